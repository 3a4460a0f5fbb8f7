"""The identity of a finding for other tools: its file's name, and a stable fingerprint."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import quote

from opvalidate.output import printable

if TYPE_CHECKING:
    from opvalidate.finding import Finding


def relative(file: str) -> str:
    """Return a file's path from the working folder, with slashes; outside of it, its absolute path."""
    if file.startswith("<"):  # standard input
        return file
    here, path = os.path.abspath("."), os.path.abspath(file)  # noqa: PTH100 - names stay as written
    inside = os.path.relpath(path, here) if path.startswith(here.rstrip(os.sep) + os.sep) else path
    return inside.replace(os.sep, "/")


def uri(file: str) -> str:
    """Return a file's URI reference (RFC 3986), relative to the working folder if it is inside."""
    path = relative(file)
    # a name may not be text (os.fsencode), or may start like a scheme, a:b
    encoded = quote(os.fsencode(path), safe="/")
    return f"file://{encoded}" if path.startswith("/") else encoded


class Fingerprints:
    """Identifiers of findings that do not change with the layout of a file, unique within a run.

    They are derived from rule, document and pointer, without line numbers, values and wording.
    """

    def __init__(self) -> None:
        self._given: Counter[tuple[str, ...]] = Counter()

    def of(self, finding: Finding) -> str:
        """Return the finding's fingerprint, 64 hexadecimal digits."""
        document = finding.opportunity or f"{printable(relative(finding.file))}#{finding.document_index}"
        key = (finding.rule, document, finding.pointer)
        self._given[key] += 1
        text = "\0".join((*key, str(self._given[key])))
        return hashlib.sha256(text.encode(errors="replace")).hexdigest()
