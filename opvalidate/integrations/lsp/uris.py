"""Document URIs. Clients may write one URI in several ways, and pygls 2.0 and 2.1 store it differently."""

from __future__ import annotations

import re
from urllib.parse import unquote

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_DRIVE = re.compile(r"file:///[A-Za-z]:")


def document_key(uri: str) -> str:
    """Return the key of a document, which is equal for `file:///c%3A/a.json` and `file:///C:/a.json`."""
    scheme = _SCHEME.match(uri)
    if scheme:
        uri = scheme.group().lower() + uri[scheme.end() :]
    return _DRIVE.sub(lambda match: match.group().lower(), unquote(uri, errors="surrogateescape"))
