"""Records that updates are held against: found by the opportunity's id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opvalidate.documents.inputs import Input, Missing, find
from opvalidate.documents.read import read_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Records:
    """What GetOpportunity returned, by `Id`; call it with a document to get its record."""

    def __init__(self, paths: Sequence[str]) -> None:
        """Read records from files, JSON Lines or folders.

        Raises OSError for what cannot be read, ValueError for a file that holds something else.
        """
        self._by_id: dict[str, Mapping[str, Any]] = {}
        for found in find(paths):
            if isinstance(found, Missing):
                raise FileNotFoundError(2, found.reason, found.argument)
            for document in read_file(found) if isinstance(found, Input) else ():
                value = document.value
                if not isinstance(value, dict) or not isinstance(value.get("Id"), str):
                    raise ValueError(  # noqa: TRY004 - a file's content, not a caller's argument
                        f"{document.file}:{document.line}: this is no record: it has no Id"
                    )
                self._by_id[value["Id"]] = value

    def __call__(self, document: Mapping[str, Any]) -> Mapping[str, Any] | None:
        identifier = document.get("Identifier")
        return self._by_id.get(identifier) if isinstance(identifier, str) else None

    def __len__(self) -> int:
        return len(self._by_id)
