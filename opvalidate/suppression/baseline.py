"""A baseline: findings that existed before, identified by their subject, never by a line number.

An entry names the rule, the document (by the opportunity's id, else by file and index), the field, and a
digest of its value: another rule, field or value is another finding. The key of the digest is the file's
salt with the field's place, so that equal values are not visible. The salt is in the file, so that a reader
of the file can try values; a slow hash does not help where there are few possible values (states, amounts,
first names). So the digest of a sensitive value has 8 bits: one in 256 of all values matches, and the file
reveals no more than that. The cost: of 256 changes from one invalid value to another, one is not detected.
Values that reports show anyway have 32 bits. A file that is written again has the same salt: two salts
would reveal twice as much.
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
"""Enough for more than a million findings; a larger file is not a baseline."""
_HIDDEN_BYTES, _OPEN_BYTES = 1, 4
_NEVER = ("rule-failed", "opinions-differ", "invalid-suppression")
_ABSENT: Any = object()


class Fingerprint(NamedTuple):
    """The identity of a finding."""

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
            raise ValueError(f"{path}: the baseline is larger than {MAX_BYTES} bytes")
        try:
            value = json.loads(data)
            if value["format"] == FORMAT:
                known = frozenset(Fingerprint(**entry) for entry in value["findings"])
                salt = bytes.fromhex(value["salt"])
                blake2b(key=salt)  # raises ValueError for a key over 64 bytes
                return cls(path, salt, known)
        except (ValueError, KeyError, TypeError, RecursionError):
            pass
        raise ValueError(f"{path}: not a baseline: create one with --write-baseline")

    def covers(self, checker: Checker, document: Document, finding: Finding) -> bool:
        """Whether the baseline has the finding."""
        fingerprint = self.fingerprint(checker, document, finding)
        return fingerprint is not None and fingerprint in self.known

    def fingerprint(self, checker: Checker, document: Document, finding: Finding) -> Fingerprint | None:
        """Return the identity of a finding; None for one that cannot be accepted.

        A document that cannot be read or evaluated was not checked: such a finding is always reported.
        """
        if document.value is UNREADABLE or finding.name in _NEVER:
            return None
        name = finding.opportunity or self._file(document)
        path = resolve(document.value, finding.pointer)
        found = get(document.value, path, _ABSENT)
        subject = json.dumps(
            [name, finding.pointer, [] if found is _ABSENT else [found]], sort_keys=True, default=str
        )
        is_open = found is _ABSENT or _is_open(checker, finding, document, path)
        size = _OPEN_BYTES if is_open else _HIDDEN_BYTES
        digest = blake2b(subject.encode(), key=self.salt, digest_size=size).hexdigest()
        return Fingerprint(finding.rule, name, finding.pointer, digest)

    def _file(self, document: Document) -> str:
        folder = os.path.dirname(os.path.abspath(self.path))
        file = document.file
        if not file.startswith("<"):  # standard input
            from opvalidate.finding import plain_name

            file = plain_name(os.path.relpath(os.path.abspath(file), folder).replace(os.sep, "/"))
        return f"{file}#{document.index}"


class NewBaseline(Baseline):
    """Collects all findings, and writes them to a file."""

    def __init__(self, path: str) -> None:
        """Start a baseline at `path`. Raises OSError; ValueError if the file there is not a baseline."""
        import secrets

        salt = Baseline.read(path).salt if os.path.exists(path) else secrets.token_bytes(16)  # noqa: PTH110 - as above
        super().__init__(path, salt)
        self._new: set[Fingerprint] = set()

    def covers(self, checker: Checker, document: Document, finding: Finding) -> bool:
        fingerprint = self.fingerprint(checker, document, finding)
        if fingerprint is None:
            return False
        self._new.add(fingerprint)
        return True

    def write(self) -> int:
        """Write the file, an entry a line; return their number."""
        entries = ",\n  ".join(json.dumps(entry._asdict()) for entry in sorted(self._new))
        body = f"[\n  {entries}\n ]" if entries else "[]"
        head = f'{{\n "format": "{FORMAT}",\n "salt": "{self.salt.hex()}",\n'
        write(self.path, f'{head} "findings": {body}\n}}\n'.encode())
        return len(self._new)


def _is_open(checker: Checker, finding: Finding, document: Document, path: Path) -> bool:
    """Whether reports may show the value: text, in a text field that is not sensitive."""
    from opvalidate.schema.fields import is_sensitive

    if finding.operation is None or not isinstance(get(document.value, path, _ABSENT), str):
        return False
    return not is_sensitive(checker.compiled_for(finding.operation).fields(document.value), path)
