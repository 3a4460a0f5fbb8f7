"""The client's messages as bytes: headers in every form that clients write; an invalid one ends them."""

from __future__ import annotations

import re
from typing import BinaryIO

MAX_HEADER = 8192
MAX_CONTENT = 1 << 28
"""The largest message: texts are limited to less, but a message may have several."""

_LENGTH = re.compile(rb"content-length[ \t]*:[ \t]*([0-9]{1,12})[ \t]*\r?\n", re.IGNORECASE)


class MessageStream:
    """Reads what pygls reads. An invalid header ends the stream: the next message may begin anywhere.

    Waiting for it would leave the editor without any answer.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.problem: str | None = None

    def readline(self) -> bytes:
        """Return the next line of a header as pygls expects it; nothing at the end."""
        line = self._stream.readline(MAX_HEADER)
        if not line.strip():
            return b"\r\n" if line else b""
        length = _LENGTH.fullmatch(line)
        if length is None:
            is_named = line[:14].lower() == b"content-length"
            return self._end("invalid header") if is_named or len(line) == MAX_HEADER else line
        if int(length[1]) > MAX_CONTENT:
            return self._end(f"message larger than {MAX_CONTENT} bytes")
        return b"Content-Length: %d\r\n" % int(length[1])

    def read(self, size: int) -> bytes:
        return self._stream.read(size)

    def _end(self, problem: str) -> bytes:
        self.problem = problem
        return b""
