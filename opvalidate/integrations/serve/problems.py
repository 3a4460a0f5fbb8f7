"""Errors as problem+json (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import Response

from opvalidate.output import dumps

if TYPE_CHECKING:
    from collections.abc import Mapping


MEDIA_TYPE = "application/problem+json"


class HttpProblem(Exception):  # noqa: N818 - an answer, not an error of the program
    """A request that cannot be answered: an HTTP status, and a sentence."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail
        self.headers = headers

    def text(self) -> str:
        title = HTTPStatus(self.status).phrase
        return dumps({"type": "about:blank", "title": title, "status": self.status, "detail": self.detail})

    def response(self) -> Response:
        return Response(self.text(), self.status, self.headers, MEDIA_TYPE)
