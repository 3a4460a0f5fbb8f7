"""The example Lambda function, run as Lambda runs it."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest
from evaluation import good

pytestmark = pytest.mark.slow

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "lambda" / "handler.py"


def handler(*bodies):
    spec = importlib.util.spec_from_file_location("handler", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    records = [{"messageId": f"m-{number}", "body": body} for number, body in enumerate(bodies)]
    return module.handler({"Records": records}, None)


def failed(*bodies):
    return [item["itemIdentifier"] for item in handler(*bodies)["batchItemFailures"]]


def test_only_messages_with_errors_are_returned_to_the_queue():
    bad = good("create", Customer__Account__WebsiteUrl=None)
    warned = good("create", PartnerOpportunityIdentifier=None)
    bodies = [json.dumps(good()), json.dumps(bad), json.dumps(warned), json.dumps(good("update"))]
    assert failed(*bodies) == ["m-1"]


def test_an_invalid_body_does_not_stop_the_batch():
    assert failed("", "{", "[]", "[[[", "null", json.dumps(good())) == ["m-0", "m-1", "m-2", "m-3", "m-4"]


def test_an_empty_batch_has_no_failures():
    assert handler() == {"batchItemFailures": []}


def test_the_log_has_one_line_per_finding_without_sensitive_values(capsys):
    handler(json.dumps(good("create", Customer__Account__WebsiteUrl=None, Customer__Contacts=None)))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {(line["messageId"], line["name"]) for line in lines} == {("m-0", "website-url-required")}
    assert "AnyCompany" not in str(lines)
