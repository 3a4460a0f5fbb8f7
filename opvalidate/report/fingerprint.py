"""What a finding is known by outside: its file as other tools name it, and a fingerprint that lasts."""

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
    """Name a file from the working folder, with slashes; one outside of it keeps its absolute path."""
    if file.startswith("<"):  # standard input
        return file
    here, path = os.path.abspath("."), os.path.abspath(file)  # noqa: PTH100 - names stay as written
    inside = os.path.relpath(path, here) if path.startswith(here.rstrip(os.sep) + os.sep) else path
    return inside.replace(os.sep, "/")


def uri(file: str) -> str:
    """Name a file as a URI reference (RFC 3986): relative to the working folder where it lies inside."""
    path = relative(file)
    # a name may be no text at all (os.fsencode), or begin like a scheme, a:b
    encoded = quote(os.fsencode(path), safe="/")
    return f"file://{encoded}" if path.startswith("/") else encoded


class Fingerprints:
    """Names for findings that stay when a file is laid out anew, each given once in a run.

    They are made of rule, document and pointer: no line number, no value, no wording.
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
