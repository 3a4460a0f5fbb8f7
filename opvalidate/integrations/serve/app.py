"""The service's routes."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.routing import Route

from opvalidate import __version__
from opvalidate.engine.arguments import normalize
from opvalidate.engine.checker import Checker
from opvalidate.integrations.serve import parameters
from opvalidate.integrations.serve.guard import Guard, Limits, body
from opvalidate.integrations.serve.jobs import SMALL_BYTES, Job
from opvalidate.integrations.serve.metrics import CONTENT_TYPE, Metrics
from opvalidate.integrations.serve.page import asset
from opvalidate.integrations.serve.parameters import ACCEPTED, FORMS, JSON
from opvalidate.integrations.serve.problems import HttpProblem
from opvalidate.integrations.serve.work import CheckWorkers
from opvalidate.native import orjson
from opvalidate.output import dumps
from opvalidate.suggest import expected

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

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


class Endpoint:
    """An ASGI application that takes a body and answers with one.

    Starlette's requests and responses would cost more than the check itself.
    """

    def __init__(self, answer: Callable[[Scope, Receive], Awaitable[tuple[bytes, str, int]]]) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        text, media_type, notes = await self._answer(scope, receive)
        if media_type.startswith("text/") and "charset=" not in media_type:
            media_type += "; charset=utf-8"
        headers = [
            (b"content-length", str(len(text)).encode()),
            (b"content-type", media_type.encode("latin-1", "replace")),
        ]
        if notes:
            headers.append((b"opvalidate-notes", str(notes).encode()))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": text})


class Direct:
    """Passes a POST request to its endpoint without a search of the routes, the others to the application."""

    def __init__(self, endpoints: dict[str, Endpoint], app: ASGIApp) -> None:
        self._endpoints = endpoints
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint = self._endpoints.get(scope["path"]) if scope.get("method") == "POST" else None
        if endpoint is None:
            await self._app(scope, receive, send)
            return
        scope["opvalidate.route"] = scope["path"]
        await endpoint(scope, receive, send)


class _Service:
    def __init__(self, checker: Checker, limits: Limits, workers: int) -> None:
        self._checker = checker
        self._limits = limits
        self._metrics = Metrics()
        self._workers = CheckWorkers(checker, workers, limits.seconds)

    def app(self, token: str | None, origins: tuple[str, ...]) -> ASGIApp:
        endpoints = {
            "/check": Endpoint(self._check),
            "/fix": Endpoint(self._fix),
            "/convert": Endpoint(self._convert),
            "/sheet": Endpoint(self._sheet),
        }
        routes = [
            *(Route(path, endpoint, methods=["POST"]) for path, endpoint in endpoints.items()),
            Route("/rules", self._rules),
            Route("/rules/{name}", self._rule),
            Route("/fields/{operation}", self._fields),
            Route("/schemas/{operation}", self._schema),
            Route("/openapi.json", self._openapi),
            Route("/healthz", self._health),
            Route("/metrics", self._metrics_text),
            Route("/", asset),
            Route("/page/{name}", asset),
        ]
        app: ASGIApp = Starlette(
            routes=routes,
            lifespan=self._lifespan,
            exception_handlers={HTTPException: _http_problem, HttpProblem: _problem, Exception: _fault},
        )
        app = Guard(Direct(endpoints, app), self._limits, self._metrics, token)
        if origins:
            methods, headers = ("GET", "POST"), ("Authorization", "Content-Type")
            app = CORSMiddleware(
                app,
                allow_origins=origins,
                allow_methods=methods,
                allow_headers=headers,
                expose_headers=("Opvalidate-Notes", "Retry-After"),
            )
        return app

    @asynccontextmanager
    async def _lifespan(self, _: Any) -> AsyncIterator[None]:
        yield
        self._workers.close()

    # --- what takes a body -------------------------------------------------------------------

    async def _check(self, scope: Scope, receive: Receive) -> tuple[bytes, str, int]:
        given = parameters.query(scope, ("operation", "today", "format", "layout", "sheet"))
        form = parameters.form(scope, given, FORMS, ACCEPTED)
        job = await self._job("check", scope, receive, given, ("file", "mapping", "record"))
        done = await self._workers.perform(job._replace(form=form))
        assert done.summary is not None
        self._metrics.checked(done.summary)
        return done.text, FORMS[form], 0

    async def _fix(self, scope: Scope, receive: Receive) -> tuple[bytes, str, int]:
        given = parameters.query(scope, ("operation", "today", "unsafe", "layout", "sheet"))
        unsafe = parameters.one_of(given, "unsafe", ("true", "false"), "false") == "true"
        job = await self._job("fix", scope, receive, given, ("file", "mapping", "record", "edits"))
        done = await self._workers.perform(job._replace(unsafe=unsafe))
        # the rows of a workbook are written as CSV
        return done.text, "text/csv" if job.syntax == "xlsx" else job.media_type, 0

    async def _convert(self, scope: Scope, receive: Receive) -> tuple[bytes, str, int]:
        from opvalidate.integrations.serve.conversion import forms_of

        given = parameters.query(scope, ("to", "format", "layout", "sheet"))
        forms = forms_of(given.get("to"))
        form = parameters.form(scope, given, forms, {name: one for one, name in forms.items()})
        job = await self._job("convert", scope, receive, given, ("file", "mapping"))
        done = await self._workers.perform(job._replace(form=form, to=given.get("to")))
        return done.text, forms[form], done.notes

    async def _sheet(self, scope: Scope, receive: Receive) -> tuple[bytes, str, int]:
        given = parameters.query(scope, ("layout", "sheet"))
        job = await self._job("sheet", scope, receive, given, ("file", "mapping"))
        return (await self._workers.perform(job)).text, JSON, 0

    async def _job(
        self, task: str, scope: Scope, receive: Receive, given: dict[str, str], allowed: tuple[str, ...]
    ) -> Job:
        settings = self._checker.settings
        operation, today = settings.operation, settings.today
        if "operation" in given or "today" in given:
            asked = {"operation": given.get("operation", operation), "today": given.get("today", today)}
            try:
                asked = normalize(asked)
            except ValueError as error:
                raise HttpProblem(400, str(error)) from None
            operation, today = asked["operation"] or operation, asked["today"]
        data = await body(scope, receive, self._limits)
        if len(data) <= SMALL_BYTES:
            parts = parameters.content(scope, data, allowed)
        else:  # other requests are answered meanwhile
            parts = await asyncio.to_thread(parameters.content, scope, data, allowed)
        file = parts["file"]
        syntax = parameters.syntax(file)
        contents = {name: part.data for name, part in parts.items() if name != "file"}
        return Job(
            task,
            file.data,
            syntax,
            operation,
            today,
            file=file.file,
            media_type=parameters.media_type(file, syntax),
            layout=given.get("layout"),
            sheet=given.get("sheet"),
            **contents,  # type: ignore[arg-type] # only names of parts
        )

    # --- what is only read -------------------------------------------------------------------

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

    async def _fields(self, request: Request) -> Response:
        from opvalidate.report.field_page import listed

        compiled = self._checker.compiled_for(_operation(request))
        return Response(dumps({"fields": listed(compiled)}), media_type=JSON)

    async def _schema(self, request: Request) -> Response:
        from opvalidate.schema.fields import text

        return Response(text(_operation(request)), media_type="application/schema+json")

    async def _openapi(self, _: Request) -> Response:
        return Response(_openapi_text(), media_type=JSON)

    async def _health(self, _: Request) -> Response:
        return Response(dumps({"status": "ok", "version": __version__}), media_type=JSON)

    async def _metrics_text(self, _: Request) -> Response:
        return Response(self._metrics.text(), headers={"Content-Type": CONTENT_TYPE})


def _operation(request: Request) -> str:
    operation: str = request.path_params["operation"]
    if operation not in SCHEMAS:
        raise HttpProblem(404, expected("operation", SCHEMAS, operation[:100]))
    return operation


@lru_cache(maxsize=1)
def _openapi_text() -> bytes:
    from pathlib import Path

    import yaml

    described = yaml.safe_load(Path(__file__).with_name("openapi.yaml").read_text(encoding="utf-8"))
    del described["x-shared"]  # the targets of its aliases
    described["info"]["version"] = __version__
    return orjson.dumps(described)


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
