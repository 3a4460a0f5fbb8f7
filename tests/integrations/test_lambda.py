"""The example Lambda function, run as Lambda runs it."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest
from judging import good

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


def test_messages_with_errors_go_back_to_the_queue_and_the_others_do_not():
    bad = good("create", Customer__Account__WebsiteUrl=None)
    warned = good("create", PartnerOpportunityIdentifier=None)
    bodies = [json.dumps(good()), json.dumps(bad), json.dumps(warned), json.dumps(good("update"))]
    assert failed(*bodies) == ["m-1"]


def test_whatever_a_body_is_the_batch_goes_on():
    assert failed("", "{", "[]", "[[[", "null", json.dumps(good())) == ["m-0", "m-1", "m-2", "m-3", "m-4"]


def test_an_empty_batch_has_no_failures():
    assert handler() == {"batchItemFailures": []}


def test_the_log_says_why_in_one_line_a_finding_and_holds_no_customers_value(capsys):
    handler(json.dumps(good("create", Customer__Account__WebsiteUrl=None, Customer__Contacts=None)))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {(line["messageId"], line["name"]) for line in lines} == {("m-0", "website-url-required")}
    assert "AnyCompany" not in str(lines)
