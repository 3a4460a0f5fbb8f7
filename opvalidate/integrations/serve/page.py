"""The page for people: static files that load nothing from other hosts."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import Response

from opvalidate.integrations.serve.problems import HttpProblem

if TYPE_CHECKING:
    from starlette.requests import Request

START = "index.html"

MEDIA_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


async def asset(request: Request) -> Response:
    """Answer with a file of the page."""
    name = request.path_params.get("name", START)
    text = _files().get(name)
    if text is None:
        raise HttpProblem(404, "unknown path: see /openapi.json")
    return Response(text, media_type=MEDIA_TYPES[Path(name).suffix], headers=HEADERS)


@lru_cache(maxsize=1)
def _files() -> dict[str, bytes]:
    folder = Path(__file__).with_name("page_files")
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in MEDIA_TYPES}
