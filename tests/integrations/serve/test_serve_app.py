"""The service's answers, limits and description, without a network."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import signal
from pathlib import Path

import canaries
import jsonschema
import pytest
from asgi import ask, call
from canaries import CANARY
from evaluation import TODAY, good
from openapi_spec_validator import OpenAPIV30SpecValidator, validate

import opvalidate
from opvalidate.engine.checker import Checker
from opvalidate.integrations.serve import app as app_module
from opvalidate.integrations.serve import jobs, work
from opvalidate.integrations.serve.app import make_app
from opvalidate.integrations.serve.guard import Limits, RateLimit
from opvalidate.integrations.serve.jobs import Job
from opvalidate.integrations.serve.parameters import FORMS
from opvalidate.integrations.serve.tasks import perform
from opvalidate.integrations.serve.work import CheckWorkers

ROOT = Path(__file__).parents[3]
REPORT = json.loads((ROOT / "schemas" / "report.json").read_text(encoding="utf-8"))
BAD = good("create", Customer__Account__WebsiteUrl=None, Customer__Account__Industry="manufacturing")
CHECKER = Checker(today=TODAY)


@pytest.fixture(scope="module")
def app():
    return make_app(CHECKER)


def text(value):
    return json.dumps(value).encode()


# --- answers -------------------------------------------------------------------------------------


def test_a_report_is_the_command_s(app):
    answer = ask(app, "POST", "/check", text(BAD), content_type="application/json")
    assert answer.status == 200
    jsonschema.validate(answer.json, REPORT)
    assert answer.body.decode() == opvalidate.check_text(text(BAD), today=TODAY).to_json_text()


@pytest.mark.parametrize("form", FORMS)
def test_every_format_is_served_as_its_media_type(app, form):
    answer = ask(app, "POST", f"/check?format={form}", text(BAD))
    assert answer.status == 200
    assert answer.headers["content-type"].startswith(FORMS[form])
    assert b"WebsiteUrl is required" in answer.body


def test_the_summary_says_what_can_be_submitted(app):
    activities = {"CRM-1": ["Initialized discussions with customer"], "CRM-2": None}
    requests = [
        good("create", PartnerOpportunityIdentifier=name, Project__SalesActivities=value)
        for name, value in activities.items()
    ]
    body = b"\n".join(map(text, requests))
    answer = ask(app, "POST", "/check?format=summary", body, content_type="application/x-ndjson")
    ready, not_ready = answer.body.decode().split("Not ready (1)")
    assert "CRM-1" in ready
    assert "CRM-2" in not_ready


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("application/sarif+json", "application/sarif+json"),
        ("*/*", "application/json"),
        ("image/png, */*", "application/json"),
        ("text/plain", "text/plain"),
    ],
)
def test_accept_selects_a_format(app, accept, media_type):
    answer = ask(app, "POST", "/check", text(BAD), accept=accept)
    assert answer.headers["content-type"].startswith(media_type)


def test_an_unknown_accept_is_not_acceptable(app):
    assert "application/json" in ask(app, "POST", "/check", text(BAD), accept="image/png").detail


@pytest.mark.parametrize(
    ("media_type", "body", "documents"),
    [
        ("application/json", text([BAD, BAD]), 2),
        ("application/x-ndjson", text(BAD) + b"\n" + text(good()), 2),
        ("application/yaml; charset=utf-8", b"Catalog: AWS\n---\nCatalog: AWS\n", 2),
        ("", text(BAD), 1),
        ("application/x-www-form-urlencoded", text(BAD), 1),
        ("application/json", b"", 1),
    ],
)
def test_every_media_type_is_read(app, media_type, body, documents):
    answer = ask(app, "POST", "/check", body, content_type=media_type)
    assert answer.json["summary"]["documents"] == documents


def test_an_operation_and_a_date_are_parameters(app):
    answer = ask(app, "POST", "/check?operation=submit&today=2099-01-01", text(good()))
    assert answer.json["today"] == "2099-01-01"
    assert answer.json["summary"]["operations"] == {"submit": 1}


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("/check?operation=creat", "creat"),
        ("/check?today=tomorrow", "expected YYYY-MM-DD"),
        ("/check?format=pdf", "got 'pdf'"),
        ("/check?format=github", "got 'github'"),
        ("/check?unsafe=true", "query parameter: expected operation, today, format, layout or sheet"),
        ("/fix?unsafe=yes", "unsafe: expected true or false"),
    ],
)
def test_a_wrong_parameter_is_named(app, target, said):
    answer = ask(app, "POST", target, text(BAD))
    assert answer.status == 400
    assert said in answer.detail


def test_what_cannot_be_read_is_an_unsupported_media_type(app):
    answer = ask(app, "POST", "/check", b"%PDF", content_type="application/pdf")
    assert answer.status == 415
    assert "application/json" in answer.detail


def test_fix_changes_nothing_but_what_is_fixed(app):
    body = json.dumps(BAD, indent=3).encode()
    answer = ask(app, "POST", "/fix?unsafe=true", body, content_type="application/json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.body == body.replace(b'"manufacturing"', b'"Manufacturing"')
    assert ask(app, "POST", "/fix", text(good())).body == text(good())


def test_rules_and_schemas(app):
    rules = ask(app, "GET", "/rules").json["rules"]
    assert [rule["id"] for rule in rules] == [rule.id for rule in CHECKER.rules.values()]
    one = ask(app, "GET", "/rules/opv201").json
    assert (one["name"], "examples" in one) == ("website-url-required", True)
    assert "website-url-required" in ask(app, "GET", "/rules/website-url-require").detail
    assert "properties" in ask(app, "GET", "/schemas/update").json
    assert ask(app, "GET", "/schemas/config").status == 404


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nowhere", 404), ("PUT", "/check", 405), ("GET", "/check", 405)]
)
def test_unknown_paths_and_methods_are_problems(app, method, path, status):
    answer = ask(app, method, path)
    assert answer.status == status
    assert "/openapi.json" in answer.detail


# --- limits --------------------------------------------------------------------------------------


def test_a_body_that_is_too_large_is_refused_by_its_length_and_by_its_bytes():
    app = make_app(CHECKER, limits=Limits(body_bytes=100))
    named = ask(app, "POST", "/check", parts=[], content_length="101")
    streamed = ask(app, "POST", "/check", parts=[b"x" * 60, b"x" * 60, None])
    assert named.status == streamed.status == 413
    assert named.detail == "the body is larger than 100 bytes"
    assert ask(app, "POST", "/check", b"{" + b" " * 98 + b"}", content_length="100").status == 200


def test_a_body_that_does_not_arrive_is_given_up():
    app = make_app(CHECKER, limits=Limits(seconds=0.01))
    assert ask(app, "POST", "/check", parts=[b"{", None]).status == 408


def test_a_client_that_leaves_has_no_report(app):
    answer = ask(app, "POST", "/check", parts=[b"{", {"type": "http.disconnect"}])
    assert answer.status == 400


def test_requests_over_the_limit_are_sent_away_and_health_is_not():
    app = make_app(CHECKER, limits=Limits(concurrency=2))

    async def flood():
        waiting = [asyncio.ensure_future(call(app, "POST", "/check", parts=[None])) for _ in range(2)]
        await asyncio.sleep(0)
        third = await call(app, "POST", "/check", text(BAD))
        health = await call(app, "GET", "/healthz")
        for one in waiting:
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        return third, health, await call(app, "POST", "/check", text(BAD))

    third, health, after = asyncio.run(flood())
    assert (third.status, third.headers["retry-after"]) == (429, "1")
    assert (health.status, after.status) == (200, 200)


def test_the_requests_of_an_address_are_counted_by_the_minute():
    now = [600.0]
    limit = RateLimit(2, lambda: now[0])
    assert [limit.seconds_to_wait(address) for address in ("a", "a", "b", "a")] == [0, 0, 0, 60]
    now[0] = 642.5
    assert limit.seconds_to_wait("a") == 18
    now[0] = 660.0
    assert limit.seconds_to_wait("a") == 0


def test_an_address_that_asks_too_often_is_sent_away_and_others_are_not():
    app = make_app(CHECKER, limits=Limits(rate=1))
    assert ask(app, "GET", "/rules").status == 200
    refused = ask(app, "GET", "/rules")
    assert refused.status == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.detail.startswith("at most 1 requests a minute: try again in ")
    assert ask(app, "GET", "/rules", client="127.0.0.2").status == 200
    assert ask(app, "GET", "/healthz").status == 200


def test_a_token_is_asked_for_everywhere_but_at_healthz():
    app = make_app(CHECKER, token="0123456789abcdef")
    for path in ("/rules", "/metrics", "/openapi.json", "/nowhere", "/fields/create"):
        refused = ask(app, "GET", path)
        assert (refused.status, refused.headers["www-authenticate"]) == (401, "Bearer")
        assert ask(app, "GET", path, authorization="Bearer 0123456789abcdeF").status == 401
        assert ask(app, "GET", path, authorization="Bearer 0123456789abcdef").status in (200, 404)
    assert ask(app, "GET", "/healthz").status == 200


def test_only_named_origins_may_call_from_a_browser(app):
    origin = "https://crm.example.com"
    assert "access-control-allow-origin" not in ask(app, "GET", "/rules", origin=origin).headers
    named = make_app(CHECKER, origins=[origin])
    assert ask(named, "GET", "/rules", origin=origin).headers["access-control-allow-origin"] == origin
    assert (
        "access-control-allow-origin" not in ask(named, "GET", "/rules", origin="https://x.example").headers
    )


# --- workers -------------------------------------------------------------------------------------


def test_a_large_body_is_checked_in_another_process_with_the_same_answer(app, monkeypatch):
    body = b"\n".join([text(BAD)] * 20)
    inside = ask(app, "POST", "/check", body).body
    monkeypatch.setattr(jobs, "SMALL_BYTES", 0)
    service = make_app(CHECKER, workers=1)
    assert ask(service, "POST", "/check", body).body == inside


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="Windows has no timer that interrupts a process")
def test_a_job_that_takes_too_long_ends_and_its_worker_goes_on(monkeypatch):
    """A worker's functions, in this process."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGALRM)}
    job = Job("check", b"{}", "json", "auto", TODAY)

    def endless(*_):
        while True:
            pass

    try:
        work._initialize(CHECKER, 0.01)
        with monkeypatch.context() as patched:
            patched.setattr(work, "perform", endless)
            with pytest.raises(work._TooLong):
                work._perform_in_worker(job)
        work._stop()  # a signal that is handled late does no harm
        work._initialize(CHECKER, 600)
        assert work._perform_in_worker(job) == perform(CHECKER, job)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_a_job_that_takes_too_long_is_answered(monkeypatch):
    async def too_long(*_):
        raise work._TooLong

    monkeypatch.setattr(jobs, "SMALL_BYTES", 0)
    monkeypatch.setattr(work.asyncio, "wait_for", too_long)
    workers = CheckWorkers(CHECKER, 1, 30)

    async def session():
        with pytest.raises(work.HttpProblem) as stopped:
            await workers.perform(Job("check", b"{}", "json", "auto", TODAY))
        return stopped.value

    stopped = asyncio.run(session())
    workers.close()
    assert (stopped.status, stopped.detail) == (408, "the check took longer than 30 seconds")


def test_a_worker_that_dies_is_replaced(monkeypatch):
    monkeypatch.setattr(jobs, "SMALL_BYTES", 0)
    job = Job("check", b"{}", "json", "auto", TODAY)

    async def session():
        workers = CheckWorkers(CHECKER, 1, 30)
        try:
            await workers.perform(job)
            for process in workers._pool._processes.values():
                process.kill()
                process.join()
            with pytest.raises(work.HttpProblem) as ended:
                await workers.perform(job)
            return ended.value.status, await workers.perform(job)
        finally:
            workers.close()

    status, done = asyncio.run(session())
    assert status == 503
    assert done == perform(CHECKER, job)


# --- nothing of a document is left ---------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_no_report_and_no_log_has_a_sensitive_value(app, form, caplog):
    caplog.set_level(logging.DEBUG)
    value = canaries.planted("create", f" {CANARY} ") | {"Unknown": {"Deep": [CANARY]}}
    answer = ask(app, "POST", f"/check?format={form}", text(value))
    assert answer.status == 200
    assert CANARY not in answer.body.decode() + caplog.text
    assert CANARY not in ask(app, "GET", "/metrics").body.decode()


def test_a_fault_is_logged_and_answered_without_its_text(monkeypatch, caplog):
    async def fail(*_):
        raise RuntimeError(CANARY)

    monkeypatch.setattr(CheckWorkers, "perform", fail)
    answer = ask(make_app(CHECKER), "POST", "/check", text(BAD))
    assert (answer.status, answer.detail) == (500, "internal error")
    assert "RuntimeError" in caplog.text
    assert CANARY not in caplog.text


def test_paths_are_not_labels_of_metrics(app):
    ask(app, "GET", f"/{CANARY}")
    ask(app, "GET", f"/rules/{CANARY}")
    metrics = ask(app, "GET", "/metrics").body.decode()
    assert 'route="/rules/{name}",status="404"' in metrics
    assert CANARY not in metrics


def test_metrics_are_valid_and_count():
    app = make_app(CHECKER)
    ask(app, "POST", "/check", text(BAD))
    answer = ask(app, "GET", "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    sample = re.compile(r'opvalidate_[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.]+')
    lines = answer.body.decode().splitlines()
    assert all(line.startswith(("# HELP ", "# TYPE ")) or sample.fullmatch(line) for line in lines)
    assert 'opvalidate_requests_total{route="/check",status="200"} 1' in lines
    assert "opvalidate_documents_total 1" in lines
    assert 'opvalidate_request_duration_seconds_bucket{le="+Inf"} 1' in lines


# --- OpenAPI -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def described(app):
    return ask(app, "GET", "/openapi.json").json


def test_the_description_is_valid_openapi_3_0(described):
    validate(described, cls=OpenAPIV30SpecValidator)
    assert described["openapi"].startswith("3.0.")
    assert described["info"]["version"] == opvalidate.__version__


def test_the_description_has_every_route_and_no_other(described):
    source = Path(app_module.__file__).read_text(encoding="utf-8")
    routes = set(re.findall(r'Route\("([^"]+)"|^ *"(/\w+)": Endpoint', source, re.MULTILINE))
    assert {*described["paths"]} == {one or other for one, other in routes} - {"/page/{name}"}


def nested(value):
    """Yield every object of a JSON document."""
    if isinstance(value, dict):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nested(one)


SALESFORCE = ["checkOpportunity", "fixOpportunity", "listRules", "getRule", "listFields"]
"""The operations that docs/serve.md names for External Services."""


def test_salesforce_can_import_the_description(described):
    """The limits are those of Salesforce Help: External Services, Schema Definition Support."""
    operations = {
        one["operationId"]: (method, one)
        for path in described["paths"].values()
        for method, one in path.items()
    }
    assert len(operations) == sum(len(path) for path in described["paths"].values())
    assert len(json.dumps(described)) < 10_000_000
    identifier = r"[A-Za-z](_?[A-Za-z0-9])*"  # of Apex
    names = [*operations, *described["components"]["schemas"]]
    for one in nested({**described, "x-shared": None}):
        assert not {"oneOf", "anyOf", "allOf", "not", "discriminator"} & one.keys()
        assert len(str(one.get("description") or "")) <= 1333
        names += one["properties"] if isinstance(one.get("properties"), dict) else []
    for method, one in operations.values():
        assert method == "post" or "requestBody" not in one
        names += [parameter["name"] for parameter in one.get("parameters", ())]
    assert not [name for name in names if not re.fullmatch(identifier, name) or len(name) > 80]


def test_the_operations_for_salesforce_use_media_types_that_it_supports(described):
    page = (ROOT / "docs" / "serve.md").read_text(encoding="utf-8")
    operations = [one for path in described["paths"].values() for one in path.values()]
    assert [one["operationId"] for one in operations if one["operationId"] in SALESFORCE] == SALESFORCE
    for one in operations:
        if one["operationId"] in SALESFORCE:
            assert f"`{one['operationId']}`" in page
            sent = one.get("requestBody", {"content": {}})["content"]
            assert {*sent, *one["responses"]["200"]["content"]} <= {"application/json", "text/plain"}
            assert "headers" not in one["responses"]["200"]


def test_examples_and_answers_fit_the_description(app, described):
    from openapi_schema_validator import OAS30Validator

    def validate_at(schema, value):
        OAS30Validator({**schema, "components": described["components"]}).validate(value)

    for path in described["paths"].values():
        for one in path.values():
            for response in one["responses"].values():
                for content in response["content"].values():
                    if "example" in content:
                        validate_at(content["schema"], content["example"])
    report = {"$ref": "#/components/schemas/Report"}
    jsonschema.validate(described["paths"]["/check"]["post"]["responses"]["200"]["content"]["application/json"]["example"], REPORT)  # fmt: skip
    validate_at(report, ask(app, "POST", "/check", text(BAD)).json)
    validate_at({"$ref": "#/components/schemas/Rules"}, ask(app, "GET", "/rules").json)
    validate_at({"$ref": "#/components/schemas/Fields"}, ask(app, "GET", "/fields/update").json)
    validate_at({"$ref": "#/components/schemas/Problem"}, ask(app, "GET", "/nowhere").json)


def test_formats_and_operations_are_those_that_are_served(described):
    operation, _, form, *_ = described["paths"]["/check"]["post"]["parameters"]
    assert form["schema"]["enum"] == [*FORMS]
    assert operation["schema"]["enum"] == ["auto", "create", "update", "submit", "record"]
