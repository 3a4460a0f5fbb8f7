"""The records that updates are compared with, by the opportunity's id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opvalidate.documents.document import UNREADABLE
from opvalidate.documents.inputs import Input, Missing, find
from opvalidate.documents.json_text import shallow
from opvalidate.documents.read import read_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opvalidate.documents.document import Document


class Records:
    """What GetOpportunity returned, by `Id`; call it with a document to get the record of its opportunity."""

    def __init__(self, paths: Sequence[str]) -> None:
        """Read records from files, JSON Lines or folders; those that are unusable are in `problems`.

        Raises OSError for a file that cannot be read.
        """
        self._by_id: dict[str, Mapping[str, Any]] = {}
        self.problems: list[str] = []
        for found in find(paths):
            if isinstance(found, Missing):
                self.problems.append(f"{found.argument}: {found.reason}")
            for document in read_file(found) if isinstance(found, Input) else ():
                self._add(document)

    def _add(self, document: Document) -> None:
        document = shallow(document)
        value = document.value
        place = f"{document.file}:{document.line}"
        if value is UNREADABLE:
            problem = document.problems[0]
            self.problems.append(f"{document.file}:{problem.line}: {problem.detail}")
        elif not isinstance(value, dict) or not isinstance(value.get("Id"), str):
            self.problems.append(f"{place}: not a GetOpportunity response: Id is missing")
        elif value["Id"] in self._by_id:
            self.problems.append(f"{place}: duplicate record of {value['Id']}: keep only one")
        else:
            self._by_id[value["Id"]] = value

    def __call__(self, document: Mapping[str, Any]) -> Mapping[str, Any] | None:
        identifier = document.get("Identifier", document.get("OpportunityIdentifier"))
        return self._by_id.get(identifier) if isinstance(identifier, str) else None

    def __len__(self) -> int:
        return len(self._by_id)
