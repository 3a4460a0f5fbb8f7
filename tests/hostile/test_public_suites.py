"""The public suites of JSON and YAML texts, if environment variables name clones: no crash, the right verdicts.

OPVALIDATE_JSON_SUITE=…/JSONTestSuite OPVALIDATE_YAML_SUITE=…/yaml-test-suite pytest -rP tests/hostile/test_public_suites.py
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest
import yaml

import opvalidate
from opvalidate.documents.document import UNREADABLE
from opvalidate.documents.yaml_scalars import BAD_TAG
from opvalidate.documents.yaml_text import _COMPLEX_KEY
from opvalidate.read import read_bytes

pytestmark = pytest.mark.slow

JSON_SUITE, YAML_SUITE = os.environ.get("OPVALIDATE_JSON_SUITE"), os.environ.get("OPVALIDATE_YAML_SUITE")

#: Problems of texts that JSON allows.
OURS = {"duplicate-key", "too-deep", "invalid-encoding", "non-finite-number"}
#: The suite's marks for invisible characters.
MARKS = {"␣": " ", "»": "\t", "—": "", "↵": "", "∎\n": "", "←": "\r", "⇔": "\ufeff"}


@pytest.mark.skipif(not JSON_SUITE, reason="OPVALIDATE_JSON_SUITE is not set")
def test_json_texts_have_the_suite_s_verdicts():
    wrong, verdicts = [], Counter()
    for path in sorted(Path(JSON_SUITE, "test_parsing").glob("*.json")):
        data, expected = path.read_bytes(), path.name[0]
        documents = list(read_bytes(data, syntax="json"))
        rules = {problem.rule for document in documents for problem in document.problems}
        unreadable = any(document.value is UNREADABLE for document in documents)
        opvalidate.check_text(data)
        verdicts[expected, unreadable] += 1
        if (expected == "y" and rules - OURS) or (expected == "n" and not rules):
            wrong.append(path.name)
        if expected == "y" and not rules:
            meant = json.loads(data)
            assert [document.value for document in documents] == (
                meant if isinstance(meant, list) else [meant]
            )
    print(dict(verdicts))  # noqa: T201 - the figures of docs/assurance.md
    assert sum(verdicts.values()) > 300
    assert wrong == []


def cases():
    for path in sorted(Path(YAML_SUITE, "src").glob("*.yaml")):
        for number, case in enumerate(yaml.load(path.read_bytes(), yaml.CBaseLoader)):
            if "yaml" in case and "skip" not in case:
                text = case["yaml"]
                for mark, meant in MARKS.items():
                    text = text.replace(mark, meant)
                yield f"{path.stem}-{number}", text.encode(), "fail" in case, case.get("json")


@pytest.mark.skipif(not YAML_SUITE, reason="OPVALIDATE_YAML_SUITE is not set")
def test_yaml_texts_have_the_suite_s_or_libyaml_s_verdicts():
    """Except for unsupported tags and keys."""
    verdicts, wrong = Counter(), {}
    for name, text, invalid, meant in cases():
        documents = list(read_bytes(text, syntax="yaml"))
        opvalidate.check_text(text)
        errors = [
            document.problems[-1].detail
            for document in documents
            if document.value is UNREADABLE and document.problems[-1].rule != "empty-file"
        ]
        parsed = libyaml(text)
        if bool(errors) is invalid:
            verdict = "as the suite"
        elif errors and set(errors) <= {BAD_TAG, _COMPLEX_KEY}:
            verdict = "valid, but with an unsupported tag or key"
        elif bool(errors) is (parsed is None):
            verdict = "as libyaml, not as the suite"
        else:
            verdict = "wrong"
            wrong[name] = errors or "read"
        verdicts["invalid" if invalid else "valid", verdict] += 1
        if not errors and meant and len(documents) == 1 and documents[0].value is not UNREADABLE:
            expected, end = json.JSONDecoder().raw_decode(meant)
            if not meant[end:].strip() and as_text(documents[0].value) != as_text(expected):
                verdicts["valid", "another value than the suite's"] += 1
                if blank(documents[0].value) != blank(parsed[0]):
                    wrong[name] = documents[0].value, parsed[0]
    print(dict(verdicts))  # noqa: T201 - the figures of docs/assurance.md
    assert sum(verdicts.values()) > 300
    assert wrong == {}


def libyaml(text):
    """Return the documents as libyaml reads them, None for what it rejects."""
    try:
        return list(yaml.load_all(text, yaml.CBaseLoader))
    except (yaml.YAMLError, TypeError):
        return None


def blank(value):
    """Write nulls as libyaml reads them without YAML's types: as empty text."""
    if isinstance(value, dict):
        return {key: blank(item) for key, item in value.items()}
    if isinstance(value, list):
        return [blank(item) for item in value]
    return "" if value in (None, "~", "null") else value


def as_text(value):
    """Write numbers and booleans as text, as opvalidate reads them."""
    if isinstance(value, dict):
        return {key: as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_text(item) for item in value]
    return value if value is None or isinstance(value, str) else json.dumps(value)
