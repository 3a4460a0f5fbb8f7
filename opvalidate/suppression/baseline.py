"""A baseline: findings that were there before, known again by what they are about, never by a line number.

An entry names the rule, the document (by the opportunity's id, else by file and index), the field, and a
digest of its value: another rule, field or value is another finding. The digest is keyed with the file's
salt and the field's place, so that equal values do not show. Who has the file has the salt too, and
could try values until one fits; no slow hash helps where the values that come into question are few
(states, amounts, first names). So the digest of what must not be seen has 8 bits: one in 256 of all values
fits, and that is all the file can tell of it, however long somebody tries. The price: of 256 changes from
one wrong value to another, one goes unnoticed. Values that reports show anyway have 32 bits. A file that
is written anew keeps its salt; two salts would tell twice as much.
"""

# ruff: noqa: PTH100, PTH120 - paths stay as they are written

from __future__ import annotations

import json
import os
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.documents.document import UNREADABLE
from opvalidate.documents.replace import write
from opvalidate.files import read_regular
from opvalidate.paths import get, resolve

if TYPE_CHECKING:
    from opvalidate.documents.document import Document, Path
    from opvalidate.engine.checker import Checker
    from opvalidate.finding import Finding

FORMAT = "opvalidate-baseline/1"
MAX_BYTES = 256 * 1024 * 1024
"""More than a million findings: beyond that it is something else, or has no end."""
_HIDDEN_BYTES, _OPEN_BYTES = 1, 4
_NEVER = ("rule-failed", "invalid-suppression")
_ABSENT: Any = object()


class Fingerprint(NamedTuple):
    """What a finding is known by."""

    rule: str
    document: str
    pointer: str
    value: str


class Baseline:
    """The findings of a baseline file."""

    def __init__(self, path: str, salt: bytes, known: frozenset[Fingerprint] = frozenset()) -> None:
        self.path = path
        self.salt = salt
        self.known = known

    @classmethod
    def read(cls, path: str) -> Baseline:
        """Read a baseline file. Raises OSError, and ValueError for a file that is something else."""
        data = read_regular(path, MAX_BYTES)
        if len(data) > MAX_BYTES:
            raise ValueError(f"{path}: a baseline has at most {MAX_BYTES} bytes")
        try:
            value = json.loads(data)
            if value["format"] == FORMAT:
                known = frozenset(Fingerprint(**entry) for entry in value["findings"])
                salt = bytes.fromhex(value["salt"])
                blake2b(key=salt)  # a key has 64 bytes at most
                return cls(path, salt, known)
        except (ValueError, KeyError, TypeError, RecursionError):
            pass
        raise ValueError(f"{path}: this is no baseline; --write-baseline makes one")

    def covers(self, checker: Checker, document: Document, finding: Finding) -> bool:
        """Whether the finding was there before."""
        fingerprint = self.fingerprint(checker, document, finding)
        return fingerprint is not None and fingerprint in self.known

    def fingerprint(self, checker: Checker, document: Document, finding: Finding) -> Fingerprint | None:
        """Return what a finding is known by; None for one that nobody can have accepted.

        What could not be read, or not be judged, was not looked at: that is told every time.
        """
        if document.value is UNREADABLE or finding.name in _NEVER:
            return None
        name = finding.opportunity or self._file(document)
        path = resolve(document.value, finding.pointer)
        found = get(document.value, path, _ABSENT)
        told = json.dumps(
            [name, finding.pointer, [] if found is _ABSENT else [found]], sort_keys=True, default=str
        )
        is_open = found is _ABSENT or _is_open(checker, finding, document, path)
        size = _OPEN_BYTES if is_open else _HIDDEN_BYTES
        digest = blake2b(told.encode(), key=self.salt, digest_size=size).hexdigest()
        return Fingerprint(finding.rule, name, finding.pointer, digest)

    def _file(self, document: Document) -> str:
        folder = os.path.dirname(os.path.abspath(self.path))
        file = document.file
        if not file.startswith("<"):  # standard input
            from opvalidate.finding import plain_name

            file = plain_name(os.path.relpath(os.path.abspath(file), folder).replace(os.sep, "/"))
        return f"{file}#{document.index}"


class NewBaseline(Baseline):
    """Takes in every finding that it is shown, and writes them to a file."""

    def __init__(self, path: str) -> None:
        """Begin a baseline at `path`. Raises OSError and ValueError when there is something else."""
        import secrets

        salt = Baseline.read(path).salt if os.path.exists(path) else secrets.token_bytes(16)  # noqa: PTH110 - as above
        super().__init__(path, salt)
        self._taken: set[Fingerprint] = set()

    def covers(self, checker: Checker, document: Document, finding: Finding) -> bool:
        fingerprint = self.fingerprint(checker, document, finding)
        if fingerprint is None:
            return False
        self._taken.add(fingerprint)
        return True

    def write(self) -> int:
        """Write the file, an entry a line; return their number."""
        entries = ",\n  ".join(json.dumps(entry._asdict()) for entry in sorted(self._taken))
        body = f"[\n  {entries}\n ]" if entries else "[]"
        head = f'{{\n "format": "{FORMAT}",\n "salt": "{self.salt.hex()}",\n'
        write(self.path, f'{head} "findings": {body}\n}}\n'.encode())
        return len(self._taken)


def _is_open(checker: Checker, finding: Finding, document: Document, path: Path) -> bool:
    """Whether reports may show the value: text, in a field for text that nobody marked."""
    from opvalidate.schema.fields import is_sensitive

    if finding.operation is None or not isinstance(get(document.value, path, _ABSENT), str):
        return False
    return not is_sensitive(checker.compiled_for(finding.operation).fields(document.value), path)
