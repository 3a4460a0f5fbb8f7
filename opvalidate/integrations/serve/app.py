"""The service's routes."""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.routing import Route

from opvalidate import __version__
from opvalidate.documents.read import syntax_of
from opvalidate.engine.arguments import normalize
from opvalidate.engine.checker import Checker
from opvalidate.integrations.serve.guard import Guard, Limits, body
from opvalidate.integrations.serve.metrics import CONTENT_TYPE, Metrics
from opvalidate.integrations.serve.problems import HttpProblem
from opvalidate.integrations.serve.work import CheckWorkers, Job
from opvalidate.native import orjson
from opvalidate.output import dumps
from opvalidate.report.formats import FORMATS
from opvalidate.suggest import expected

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from starlette.requests import Request
    from starlette.types import ASGIApp

JSON = "application/json"

FORMS = {
    "json": JSON,
    "jsonl": "application/x-ndjson",
    "sarif": "application/sarif+json",
    "junit": "application/xml",
    "html": "text/html",
    "csv": "text/csv",
    "markdown": "text/markdown",
    "text": "text/plain",
    "concise": "text/plain",
    "agent": "text/plain",
    "gitlab": JSON,
}
"""The media type of each format; `github` writes into a workflow's files, and is not served."""
assert {*FORMS} == {*FORMATS} - {"github"}

ACCEPTED = {
    JSON: "json",
    "application/x-ndjson": "jsonl",
    "application/jsonl": "jsonl",
    "application/sarif+json": "sarif",
    "text/html": "html",
    "application/xml": "junit",
    "text/markdown": "markdown",
    "text/plain": "text",
}

SUFFIXES = {
    JSON: ".json",
    "application/x-ndjson": ".jsonl",
    "application/jsonl": ".jsonl",
    "application/yaml": ".yaml",
    "application/x-yaml": ".yaml",
    "text/yaml": ".yaml",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
}
"""How a file of a media type is called: what `documents.read` can read of files, it can read here."""

UNKNOWN = ("", "text/plain", "application/octet-stream", "application/x-www-form-urlencoded")
"""Media types that do not say what a body is: its text does. The last is the default of `curl --data`."""

SCHEMAS = ("create", "update", "submit", "record")


def make_app(
    checker: Checker | None = None,
    *,
    limits: Limits = Limits(),  # noqa: B008 - it is immutable
    token: str | None = None,
    origins: Iterable[str] = (),
    workers: int = 2,
) -> ASGIApp:
    """Return the service as an ASGI application.

    `checker` has the rules and the default operation and date. `token` is asked for as a bearer token;
    without, the service is open: restrict access in front of it. `origins` may call it from a browser.
    `workers` are processes for large bodies; 0 checks every body at once.
    """
    return _Service(checker or Checker(), limits, workers).app(token, tuple(origins))


class _Service:
    def __init__(self, checker: Checker, limits: Limits, workers: int) -> None:
        self._checker = checker
        self._limits = limits
        self._metrics = Metrics()
        self._workers = CheckWorkers(checker, workers, limits.seconds)

    def app(self, token: str | None, origins: tuple[str, ...]) -> ASGIApp:
        routes = [
            Route("/check", self._check, methods=["POST"]),
            Route("/fix", self._fix, methods=["POST"]),
            Route("/rules", self._rules),
            Route("/rules/{name}", self._rule),
            Route("/schemas/{operation}", self._schema),
            Route("/openapi.json", self._openapi),
            Route("/healthz", self._health),
            Route("/metrics", self._metrics_text),
        ]
        app: ASGIApp = Starlette(
            routes=routes,
            lifespan=self._lifespan,
            exception_handlers={HTTPException: _http_problem, HttpProblem: _problem, Exception: _fault},
        )
        app = Guard(app, self._limits, self._metrics, token)
        if origins:
            methods, headers = ("GET", "POST"), ("Authorization", "Content-Type")
            app = CORSMiddleware(app, allow_origins=origins, allow_methods=methods, allow_headers=headers)
        return app

    @asynccontextmanager
    async def _lifespan(self, _: Any) -> AsyncIterator[None]:
        yield
        self._workers.close()

    async def _check(self, request: Request) -> Response:
        form = _form(request)
        job = await self._job(request, form)
        done = await self._workers.perform(job)
        if done.summary is not None:
            self._metrics.checked(done.summary)
        return Response(done.text, media_type=FORMS[form])

    async def _fix(self, request: Request) -> Response:
        unsafe = _one_of(request, "unsafe", ("true", "false"), "false") == "true"
        job = await self._job(request, None, unsafe=unsafe)
        done = await self._workers.perform(job)
        return Response(done.text, media_type=_media_type(request) or "application/octet-stream")

    async def _job(self, request: Request, form: str | None, *, unsafe: bool = False) -> Job:
        known = ("operation", "today", "format" if form else "unsafe")
        for name in request.query_params:
            if name not in known:
                raise HttpProblem(400, expected("query parameter", known, name))
        settings = self._checker.settings
        try:
            given = normalize(
                {
                    "operation": request.query_params.get("operation", settings.operation),
                    "today": request.query_params.get("today", settings.today),
                }
            )
        except ValueError as error:
            raise HttpProblem(400, str(error)) from None
        syntax = _syntax(request)
        data = await body(request.scope, request.receive, self._limits)
        return Job(data, syntax, given["operation"], given["today"], form, unsafe)

    async def _rules(self, _: Request) -> Response:
        from opvalidate.report.rule_page import facts

        tables = self._checker.ruleset.tables
        left_out = ("values", "examples")
        rules = [
            {name: fact for name, fact in facts(rule, tables).items() if name not in left_out}
            for rule in self._checker.rules.values()
        ]
        return Response(dumps({"rules": rules}), media_type=JSON)

    async def _rule(self, request: Request) -> Response:
        from opvalidate.report.rule_page import facts
        from opvalidate.ruleset.select import find

        rules, name = self._checker.ruleset, request.path_params["name"]
        try:
            rule = rules.find(name.upper()) or rules.find(name.lower()) or find(rules, name)
        except ValueError as error:
            raise HttpProblem(404, str(error)) from None
        return Response(dumps(facts(rule, rules.tables)), media_type=JSON)

    async def _schema(self, request: Request) -> Response:
        from opvalidate.schema.fields import text

        operation = request.path_params["operation"]
        if operation not in SCHEMAS:
            raise HttpProblem(404, expected("operation", SCHEMAS, operation))
        return Response(text(operation), media_type="application/schema+json")

    async def _openapi(self, _: Request) -> Response:
        return Response(_openapi_text(), media_type=JSON)

    async def _health(self, _: Request) -> Response:
        return Response(dumps({"status": "ok", "version": __version__}), media_type=JSON)

    async def _metrics_text(self, _: Request) -> Response:
        return Response(self._metrics.text(), headers={"Content-Type": CONTENT_TYPE})


@lru_cache(maxsize=1)
def _openapi_text() -> bytes:
    described = orjson.loads(Path(__file__).with_name("openapi.json").read_bytes())
    described["info"]["version"] = __version__
    return orjson.dumps(described)


def _form(request: Request) -> str:
    """Return the format that a request asks for: by name, or by `Accept`."""
    if "format" in request.query_params:
        return _one_of(request, "format", tuple(FORMS), "json")
    for accepted in request.headers.get("accept", "*/*").split(","):
        media_type = accepted.partition(";")[0].strip().lower()
        if media_type in ("*/*", "application/*", ""):
            return "json"
        if media_type in ACCEPTED:
            return ACCEPTED[media_type]
    raise HttpProblem(406, expected("Accept", tuple(ACCEPTED), request.headers.get("accept", "")[:100]))


def _one_of(request: Request, name: str, allowed: tuple[str, ...], default: str) -> str:
    value = request.query_params.get(name, default)
    if value not in allowed:
        raise HttpProblem(400, expected(name, allowed, value[:100]))
    return value


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _syntax(request: Request) -> str | None:
    """Return how a body is to be read; None if its text says that."""
    media_type = _media_type(request)
    if media_type in UNKNOWN:
        return None
    syntax = syntax_of(SUFFIXES.get(media_type, ""))
    if syntax is None:
        readable = tuple(name for name, suffix in SUFFIXES.items() if syntax_of(suffix))
        raise HttpProblem(415, expected("Content-Type", readable, media_type[:100]))
    return syntax


async def _problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, HttpProblem)
    return error.response()


async def _fault(_: Request, __: Exception) -> Response:
    return HttpProblem(500, "internal error").response()


async def _http_problem(_: Request, error: Exception) -> Response:
    """Answer an unknown path or method as every other error."""
    assert isinstance(error, HTTPException)
    details = {404: "unknown path: see /openapi.json", 405: "this path has another method: see /openapi.json"}
    detail = details.get(error.status_code, str(error.detail))
    return HttpProblem(error.status_code, detail, error.headers).response()
