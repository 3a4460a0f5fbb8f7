"""Arrow batches: the same findings as of the documents one by one."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from judging import good

import opvalidate
from opvalidate.documents.read import read_bytes

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


def test_findings_have_the_reports_members_and_no_others():
    assert opvalidate.arrow.FINDING.names == list(expected(TEXTS[1])[0])


@pytest.mark.parametrize("cell", [None, ""])
def test_an_empty_cell_is_a_finding(cell):
    found = opvalidate.arrow.check(batch([cell], kind=pa.string()), checker=CHECKER, column="doc")
    assert found.column("name").to_pylist() == ["empty-file"]


def test_an_empty_list_of_documents_is_a_finding():
    found = opvalidate.arrow.check(batch(["[]"]), checker=CHECKER, column="doc")
    assert found.column("name").to_pylist() == ["no-document"]


def test_clean_documents_give_an_empty_batch_of_the_same_columns():
    found = opvalidate.arrow.check(batch([TEXTS[0]]), checker=CHECKER, column="doc", keys=["id"])
    assert found.num_rows == 0
    assert found.schema.names == ["id", *opvalidate.arrow.FINDING.names]
    assert opvalidate.arrow.check(batch([], kind=pa.string()), checker=CHECKER, column="doc").num_rows == 0


def test_wrong_columns_are_told():
    with pytest.raises(KeyError):
        opvalidate.arrow.check(batch([TEXTS[1]]), checker=CHECKER, column="document")
    clash = pa.RecordBatch.from_pydict({"doc": [TEXTS[1]], "file": ["a"]})
    with pytest.raises(ValueError, match="file"):
        opvalidate.arrow.check(clash, checker=CHECKER, column="doc", keys=["file"])
