"""What each request passes first: the token, the limits, and the answer to a fault."""

from __future__ import annotations

import asyncio
import hmac
import logging
import sys
from collections import Counter
from math import ceil
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.integrations.serve.parameters import header
from opvalidate.integrations.serve.problems import HttpProblem

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from opvalidate.integrations.serve.metrics import Metrics

log = logging.getLogger("opvalidate.serve")

OPEN = ("/healthz", "/")
PAGE = "/page/"
"""Paths that need no token and count in no limit: what a load balancer asks, and the page itself."""


class Limits(NamedTuple):
    """What one request may take, how many are answered at once, and how many of one client in a minute.

    `seconds` are those for receiving a body, and again for checking it. A `rate` of 0 is no limit.
    """

    body_bytes: int = 50 * 1024 * 1024
    seconds: float = 30.0
    concurrency: int = 64
    rate: int = 0


class RateLimit:
    """Counts the requests of each address in a minute; a new minute begins with new counts."""

    def __init__(self, rate: int, clock: Callable[[], float] = monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._minute = 0
        self._counts: Counter[str] = Counter()

    def seconds_to_wait(self, address: str) -> int:
        """Count a request. Return 0 if it may be answered, otherwise the seconds until the next minute."""
        minute, seconds = divmod(self._clock(), 60)
        if minute != self._minute:
            self._minute = int(minute)
            self._counts.clear()
        self._counts[address] += 1
        return 0 if self._counts[address] <= self._rate else ceil(60 - seconds)


class Guard:
    """An ASGI application around another one."""

    def __init__(self, app: ASGIApp, limits: Limits, metrics: Metrics, token: str | None = None) -> None:
        self._app = app
        self._limits = limits
        self._metrics = metrics
        self._credentials = None if token is None else f"Bearer {token}".encode()
        self._rate = RateLimit(limits.rate) if limits.rate else None
        self._count = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begin, status, started = perf_counter(), 500, False

        async def counted(message: Message) -> None:
            nonlocal status, started
            if message["type"] == "http.response.start":
                status, started = message["status"], True
                message["headers"] = [*message.get("headers", ()), *_HEADERS]
            await send(message)

        path = scope["path"]
        counts = path not in OPEN and not path.startswith(PAGE)
        self._count += counts
        self._metrics.in_flight += 1
        try:
            try:
                if counts:
                    self._admit(scope)
                await self._app(scope, receive, counted)
            except HttpProblem as problem:
                await problem.response()(scope, receive, counted)
            except Exception as error:  # noqa: BLE001 - its text and its traceback may hold a value
                # where Starlette has answered it, it raises it for servers, which would log its traceback
                log.error("internal error: %s", type(error).__name__)  # noqa: TRY400 - as above
                if not started:
                    await HttpProblem(500, "internal error").response()(scope, receive, counted)
        finally:
            self._count -= counts
            self._metrics.in_flight -= 1
            self._metrics.request(_route(scope), status, perf_counter() - begin)

    def _admit(self, scope: Scope) -> None:
        """Raise HttpProblem for a request without the token, and for one too many."""
        if self._credentials is not None:
            given = dict(scope["headers"]).get(b"authorization", b"")
            if not hmac.compare_digest(given, self._credentials):
                header = {"WWW-Authenticate": "Bearer"}
                raise HttpProblem(401, "a valid bearer token is required in the Authorization header", header)
        if self._count > self._limits.concurrency:
            detail = f"{self._limits.concurrency} requests are being answered: try again later"
            raise HttpProblem(429, detail, {"Retry-After": "1"})
        if self._rate is not None and (wait := self._rate.seconds_to_wait((scope["client"] or ("",))[0])):
            detail = f"at most {self._limits.rate} requests a minute: try again in {wait} s"
            raise HttpProblem(429, detail, {"Retry-After": str(wait)})


_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)


def _route(scope: Scope) -> str:
    """Return the route of a request, not its path, which may be anything."""
    direct = scope.get("opvalidate.route")
    if direct is not None:
        return str(direct)
    route: Any = scope.get("route")
    return getattr(route, "path", "other")


async def body(scope: Scope, receive: Receive, limits: Limits) -> bytes:
    """Receive a request's body. Raises HttpProblem for one that is too large, too slow or incomplete."""
    too_large = HttpProblem(413, f"the body is larger than {limits.body_bytes:,} bytes")
    length = header(scope, b"content-length")
    if length.isdigit() and int(length) > limits.body_bytes:
        raise too_large
    received = _received(receive, limits.body_bytes, too_large)
    try:
        if sys.version_info >= (3, 11):  # wait_for makes a task, which costs more than the check
            async with asyncio.timeout(limits.seconds):
                return await received
        return await asyncio.wait_for(received, limits.seconds)
    except asyncio.TimeoutError:
        detail = f"the body did not arrive within {limits.seconds:g} seconds"
        raise HttpProblem(408, detail, {"Connection": "close"}) from None


async def _received(receive: Receive, most: int, too_large: HttpProblem) -> bytes:
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise HttpProblem(400, "the body is incomplete")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            raise too_large
        if not message.get("more_body", False):
            return b"".join(parts)
