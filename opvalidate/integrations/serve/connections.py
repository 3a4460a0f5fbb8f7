"""Limits of a connection that uvicorn lacks: for the head of a request, and for an unread answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from opvalidate.integrations.serve.problems import MEDIA_TYPE, HttpProblem

if TYPE_CHECKING:
    from asyncio import TimerHandle

MAX_HEAD_BYTES = 64 * 1024
"""Request line and headers; h11 has the same limit, httptools has none."""


def limited(protocol: type, seconds: float) -> type:
    """Return uvicorn's protocol class with limits.

    A head that is too large or too slow ends the connection, and so does an answer that is not read.
    """

    class LimitedProtocol(protocol):  # type: ignore[misc] # which one it is depends on what is installed
        _timer: TimerHandle | None = None
        _bytes = 0
        _writing: TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._start()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop()
            self._written()
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            before = self.cycle
            super().data_received(data)
            if self.cycle is not before:  # the head is complete
                self._stop()
            elif before is None or before.response_complete:
                self._bytes += len(data)
                if self._bytes > MAX_HEAD_BYTES:
                    self.transport.close()
                elif self._timer is None:
                    self._start()

        def pause_writing(self) -> None:
            super().pause_writing()
            self._written()
            # abort: closing would wait until the client has read what is buffered
            self._writing = asyncio.get_running_loop().call_later(seconds, self.transport.abort)

        def resume_writing(self) -> None:
            self._written()
            super().resume_writing()

        def _written(self) -> None:
            if self._writing is not None:
                self._writing.cancel()
                self._writing = None

        def send_400_response(self, _: str) -> None:
            """Answer what is not HTTP as every other error; uvicorn would answer plain text."""
            body = HttpProblem(400, "the request is not valid HTTP").text().encode()
            head = (
                f"HTTP/1.1 400 Bad Request\r\ncontent-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\n"
            )
            self.transport.write(head.encode() + b"connection: close\r\n\r\n" + body)
            self.transport.close()

        def _start(self) -> None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._end)

        def _stop(self) -> None:
            self._bytes = 0
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

        def _end(self) -> None:
            self.transport.close()

    return LimitedProtocol
