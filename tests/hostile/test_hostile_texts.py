"""Huge, deep and broken texts: the number of findings and the memory are limited."""

from __future__ import annotations

import json
import random
import tracemalloc

import fuzz
import pytest
from evaluation import BUILTIN, TODAY, good
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import often

import opvalidate
from opvalidate.documents import edit
from opvalidate.documents.document import MAX_DEPTH, MAX_PROBLEMS, UNREADABLE
from opvalidate.engine import diagnosis
from opvalidate.engine.checker import Checker, Settings
from opvalidate.fixes import apply as fixes
from opvalidate.fixes.apply import fix_bytes
from opvalidate.read import read_bytes
from opvalidate.report.diff import unified
from opvalidate.report.formats import FORMATS, Style, formatter

pytestmark = pytest.mark.slow  # large texts

CHECKER = Checker.of(BUILTIN, {rule.name: rule for rule in BUILTIN.rules}, Settings("auto", TODAY))


SEEDS = fuzz.seeds()


@settings(max_examples=often(60))
@given(seed=st.integers(0, 2**32))
def test_a_mutated_document_causes_no_failure(seed):
    fuzz.once(fuzz.mutated(random.Random(seed), SEEDS))


@settings(max_examples=often(100))
@given(data=st.binary(max_size=80))
def test_random_bytes_cause_no_failure(data):
    fuzz.once(data)


def findings(text, syntax="json"):
    return [
        finding
        for document in read_bytes(text.encode(), syntax=syntax)
        for finding in CHECKER.check(document)
    ]


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, '{"a":' * 100_000 + "1" + "}" * 100_000])
@pytest.mark.parametrize("syntax", ["json", "yaml"])
def test_deep_nesting_is_one_finding(text, syntax):
    (finding,) = findings(text if syntax == "yaml" else text.replace("[", '{"a":'), syntax)
    assert finding.name == "too-deep"


def test_a_deeply_nested_array_has_findings():
    found = findings("[" * 100_000)
    assert {finding.name for finding in found} <= {"too-deep", "json-syntax"}
    assert findings("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))


MANY = 12_000
MANY_WAYS = {
    "keys": (json.dumps({f"k{n}": 1 for n in range(MANY)}), "json"),
    "lines": (json.dumps({f"k{n}": 1 for n in range(MANY)}, indent=1), "json"),
    "nulls": (json.dumps(dict.fromkeys(map(str, range(MANY)))), "json"),
    "items": (json.dumps({"Marketing": {"UseCases": [f"x{n}" for n in range(MANY)]}}), "json"),
    "objects": (json.dumps({"Customer": {"Contacts": [{"Email": "x"}] * 2000}}), "json"),
    "yaml": ("".join(f"k{n}: x\n" for n in range(MANY)), "yaml"),
    "comments": ("# opvalidate: ignore[website-placeholder] x\n" * 2000 + "a: b\n", "yaml"),
    "comments behind": ("".join(f"k{n}: x # opvalidate: ignore[unknown-field] x\n" for n in range(2000)), "yaml"),
    "documents": ("---\na: 1\n" * 300, "yaml"),
}  # fmt: skip


@pytest.fixture
def thousand(monkeypatch):
    """A limit of a thousand findings a document: the real one takes long to reach."""
    monkeypatch.setattr(diagnosis, "MAX_FINDINGS", 1000)
    return 1000


@pytest.mark.parametrize("kind", MANY_WAYS)
def test_the_number_of_findings_in_a_document_is_limited(kind, thousand):
    text, syntax = MANY_WAYS[kind]
    documents = list(read_bytes(text.encode(), syntax=syntax))
    for document in documents:
        found = CHECKER.check(document)
        assert len(found) <= thousand + 1
        if len(found) > thousand:
            assert [finding.message for finding in found if finding.name == "too-large"] == [
                "The document has more than 1,000 findings: the others are omitted."
            ]
        for style in FORMATS:
            formatter(style, Style()).add(document, found)


@pytest.mark.parametrize("kind", MANY_WAYS)
def test_the_number_of_attempts_to_apply_fixes_is_limited(kind, monkeypatch):
    text, syntax = MANY_WAYS[kind]
    tries = []
    monkeypatch.setattr(fixes, "apply", lambda *given: tries.append(1) or edit.apply(*given))
    monkeypatch.setattr(fixes, "MAX_PASSES", 2)
    fixed = fix_bytes(CHECKER, text.encode(), syntax=syntax, unsafe=True)
    assert len(tries) <= 2 * 600
    assert unified(text.encode(), fixed, file="a", syntax=syntax, values=False) or fixed == text.encode()


@pytest.mark.parametrize(
    "text,syntax",
    [
        ("{" + '"a":1,' * 300_000 + '"a":1}', "json"),
        ("a: 1\n" * (MAX_PROBLEMS * 2), "yaml"),
        ('{"a": [' + "NaN," * 300_000 + "1]}", "json"),
    ],
)
def test_reading_stops_after_the_maximum_number_of_problems(text, syntax, thousand):
    tracemalloc.start()
    (document,) = read_bytes(text.encode(), syntax=syntax)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert document.value is UNREADABLE
    assert len(document.problems) == MAX_PROBLEMS + 1
    assert document.problems[-1].rule == "too-large"
    assert most < 10 * len(text) + 20_000_000
    found = CHECKER.check(document)
    assert len(found) == thousand + 1


def test_an_object_with_many_unknown_keys_has_a_limited_number_of_findings(thousand):
    keys = {f"k{n}": n for n in range(300_000)}
    report = opvalidate.check_text(json.dumps({"Customer": {}, "Project": {}, **keys}), today=TODAY)
    assert len(report) == thousand + 1


def test_an_excerpt_of_a_long_line_is_short_and_masked():
    value = good()
    value["Project"]["Title"] = "SECRET" * 20_000
    value["Aaa"] = "x" * 100_000
    (document,) = read_bytes(json.dumps(value).encode())
    shown = formatter("text", Style()).add(document, CHECKER.check(document))
    assert "SECRET" not in shown
    assert max(map(len, shown.splitlines())) < 200


def test_braces_in_a_key_are_not_placeholders():
    found = findings(json.dumps({**good(), "{known}": 1, "{field}{value}": 2}))
    assert {finding.message for finding in found} == {
        "There is no field {known} here.",
        "There is no field {field}{value} here.",
    }
