"""Arrow batches: the same findings as of the documents one by one."""

from __future__ import annotations

import json
from datetime import date
from operator import itemgetter

import dirty
import pyarrow as pa
import pytest
from evaluation import good
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import often

import opvalidate
from opvalidate.documents.normalize import without_nulls
from opvalidate.read import read_bytes
from opvalidate.testing import broken, opportunities

CHECKER = opvalidate.Checker(today="2026-11-23")
BAD = good("create", Customer__Account__WebsiteUrl=None, Project__Title="&amp;")
TEXTS = [
    json.dumps(good()),
    json.dumps(BAD, indent=2),
    json.dumps(good("update", Identifier="x")),
    json.dumps(good("record")),
    json.dumps([BAD, good()]),
    '{"Catalog": ',
    '{"Catalog": "AWS", "Catalog": "AWS"}',
    '{"Catalog": "ÄÖ", "Catalog": null}',
    "3",
]


def batch(column, *, kind=None):
    return pa.RecordBatch.from_pydict({"doc": pa.array(column, kind), "id": list(range(len(column)))})


def expected(text):
    documents = list(read_bytes(text.encode(), syntax="json"))
    return [finding.to_json() for document in documents for finding in CHECKER.check(document)]


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.binary(), pa.dictionary(pa.int32(), pa.string())], ids=str
)
def test_texts_have_the_findings_of_check_text(kind):
    texts = [text.encode() for text in TEXTS] if kind == pa.binary() else TEXTS
    found = opvalidate.arrow.check(batch(texts, kind=kind), checker=CHECKER, column="doc", keys=["id"])
    rows = found.to_pylist()
    assert [row.pop("id") for row in rows] == [n for n, text in enumerate(TEXTS) for _ in expected(text)]
    assert rows == [finding for text in TEXTS for finding in expected(text)]
    assert {row["rule"] for row in rows} > {"OPV001", "OPV003", "OPV005", "OPV201"}


def test_structs_have_the_findings_of_check_on_mappings():
    mappings = [good(), BAD, good("create", ClientToken=None)]
    found = opvalidate.arrow.check(batch(mappings), checker=CHECKER, column="doc")
    assert found.to_pylist() == [finding.to_json() for one in mappings for finding in CHECKER.check(one)]


def test_findings_have_exactly_the_report_s_members():
    assert opvalidate.arrow.FINDING.names == list(expected(TEXTS[1])[0])


@pytest.mark.parametrize("cell", [None, ""])
def test_an_empty_cell_is_a_finding(cell):
    found = opvalidate.arrow.check(batch([cell], kind=pa.string()), checker=CHECKER, column="doc")
    assert found.column("name").to_pylist() == ["empty-file"]


def test_an_empty_list_of_documents_is_a_finding():
    found = opvalidate.arrow.check(batch(["[]"]), checker=CHECKER, column="doc")
    assert found.column("name").to_pylist() == ["no-document"]


def test_clean_documents_result_in_an_empty_batch():
    found = opvalidate.arrow.check(batch([TEXTS[0]]), checker=CHECKER, column="doc", keys=["id"])
    assert found.num_rows == 0
    assert found.schema.names == ["id", *opvalidate.arrow.FINDING.names]
    assert opvalidate.arrow.check(batch([], kind=pa.string()), checker=CHECKER, column="doc").num_rows == 0


def test_unknown_or_clashing_columns_are_an_error():
    with pytest.raises(KeyError):
        opvalidate.arrow.check(batch([TEXTS[1]]), checker=CHECKER, column="document")
    clash = pa.RecordBatch.from_pydict({"doc": [TEXTS[1]], "file": ["a"]})
    with pytest.raises(ValueError, match="file"):
        opvalidate.arrow.check(clash, checker=CHECKER, column="doc", keys=["file"])


# --- whatever the documents are ---------------------------------------------------------------------


@settings(max_examples=often(40))
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(0, 40))
def test_findings_equal_those_of_the_single_documents(seed, count):
    cells = dirty.cells(seed, count)
    expected = dirty.expected(cells, CHECKER, batch=False)
    found = opvalidate.arrow.check(batch(cells, kind=pa.binary()), checker=CHECKER, column="doc", keys=["id"])
    assert found.to_pylist() == [
        {"id": number, **finding} for number, findings in enumerate(expected) for finding in findings
    ]


@given(seed=st.integers(0, 2**32 - 1), operation=st.sampled_from(["create", "update", "record"]))
def test_findings_in_structs_equal_those_in_mappings(seed, operation):
    """A struct has every member that a document of its column has, null where this one lacks it."""
    made = [*opportunities(seed, 6, operation), broken("state-value", seed, "create")]
    made[0]["Customer"] = None
    made[1]["Project"]["Title"] = None
    found = opvalidate.arrow.check(batch(made), checker=CHECKER, column="doc", keys=["id"])
    checked = [
        (number, finding.to_json())
        for number, one in enumerate(made)
        for finding in CHECKER.check(without_nulls(one))
    ]
    key = itemgetter("id", "pointer", "rule")
    assert sorted(found.to_pylist(), key=key) == sorted(
        ({"id": number, **one} for number, one in checked), key=key
    )


@pytest.mark.parametrize(
    "column",
    [
        pa.array([0]),
        pa.array([date(2027, 1, 31)]),
        pa.array([["{}"]]),
        pa.array([{"a": "b"}], pa.map_("string", "string")),
    ],
    ids=lambda column: str(column.type),
)
def test_a_column_without_documents_is_an_error(column):
    with pytest.raises(ValueError, match="the column doc has the type"):
        opvalidate.arrow.check(
            pa.RecordBatch.from_arrays([column], names=["doc"]), checker=CHECKER, column="doc"
        )


def test_a_column_of_nulls_has_empty_cells():
    found = opvalidate.arrow.check(batch([None, None]), checker=CHECKER, column="doc")
    assert found.column("name").to_pylist() == ["empty-file"] * 2
