"""Limits of a connection that uvicorn lacks: for the head of a request, and for an unread answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from opvalidate.integrations.serve.problems import MEDIA_TYPE, HttpProblem

if TYPE_CHECKING:
    from asyncio import TimerHandle

    from uvicorn.protocols.http.h11_impl import H11Protocol as HttpProtocol
else:
    HttpProtocol = object

MAX_HEAD_BYTES = 64 * 1024
"""Request line and headers; h11 has the same limit, httptools has none."""


def limited(protocol: type, seconds: float) -> type:
    """Return uvicorn's protocol class with limits.

    A head that is too large or too slow ends the connection, and so does an answer that is not read.
    """
    return type("LimitedProtocol", (ConnectionLimits, protocol), {"seconds": seconds})


class ConnectionLimits(HttpProtocol):
    """What is added to a protocol class. `seconds` are those for a head, and for the client to read."""

    seconds = 0.0
    _head_timer: TimerHandle | None = None
    _head_bytes = 0
    _write_timer: TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_received()
        self._written()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        before: Any = self.cycle
        super().data_received(data)
        if self.cycle is not before:
            self._head_received()
        elif before is None or before.response_complete:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self.transport.close()
            elif self._head_timer is None:
                self._expect_head()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._written()
        # abort: closing would wait until the client has read what is buffered
        self._write_timer = asyncio.get_running_loop().call_later(self.seconds, self.transport.abort)

    def resume_writing(self) -> None:
        self._written()
        super().resume_writing()

    def send_400_response(self, _: str) -> None:
        """Answer what is not HTTP as every other error; uvicorn would answer plain text."""
        body = HttpProblem(400, "the request is not valid HTTP").text().encode()
        head = f"HTTP/1.1 400 Bad Request\r\ncontent-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\n"
        self.transport.write(head.encode() + b"connection: close\r\n\r\n" + body)
        self.transport.close()

    def _expect_head(self) -> None:
        self._head_timer = asyncio.get_running_loop().call_later(self.seconds, self._close)

    def _close(self) -> None:
        self.transport.close()

    def _head_received(self) -> None:
        self._head_bytes = 0
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _written(self) -> None:
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None
