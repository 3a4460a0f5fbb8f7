"""Cells with values of a list: one of them, Yes or No, or several between semicolons."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from opvalidate.sheets.cell_text import CellReader
from opvalidate.sheets.reading import ABSENT, Reading
from opvalidate.suggest import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

_YES = frozenset({"true", "1", "x", "y", "yes", "ja", "oui", "si", "sí", "sim", "wahr", "vrai"})
_NO = frozenset({"false", "0", "n", "no", "nein", "non", "não", "nao", "falsch", "faux"})
_SEMICOLONS = "the values of a list are separated by semicolons"
_MOST_PARTS = 100


class PicklistReader(CellReader):
    """Reads one value of a list. A layout may spell it in another way than the API."""

    def read(self, text: str, /, *_: Any) -> Any:
        if text in self.values:
            value = self.values[text]
            return ABSENT if value is None else value
        if text in self.accepted:
            return text
        return self.common(text) or self._respelled(text)

    def _respelled(self, text: str) -> Any:
        stripped = " ".join(text.split())
        near = self.forms.get(plain(stripped))
        if stripped not in self.accepted and stripped in self.spelling:
            near = self.spelling[stripped]
        if near is None:
            return stripped if not self.values or stripped not in self.values else self.values[stripped]
        value = self.values.get(near, near)
        right = self.spelling.get(near, near)
        value = self.values.get(right, value)
        detail = f"the {self.layout.name} layout spells this value in another way"
        value = ABSENT if value is None else value
        return Reading(value, "cell-spelling", detail, right, right, judged=True)


class YesNoReader(CellReader):
    """Reads Yes or No."""

    def read(self, text: str, /, *_: Any) -> Any:
        values = self.values or {"Yes": "Yes", "No": "No"}
        if text in values:
            return values[text]
        if found := self.common(text):
            return found
        form = text.strip().casefold()
        meant = "Yes" if form in _YES else "No" if form in _NO else None
        if meant is None:
            return Reading(ABSENT, "cell-spelling", "expected Yes or No", "Yes or No")
        return Reading(values[meant], "cell-spelling", "expected Yes or No", meant, meant, judged=True)


class ListReader(PicklistReader):
    """Reads several values of a list."""

    def read(self, text: str, /, *_: Any) -> Any:
        if found := self.common(text):
            return found
        parts = [part for part in map(str.strip, text.split(";")) if part]
        if not all(map(self._is_value, parts)):
            for separator in (",", "|", "\n"):
                if separator in text and (divided := self._divided(text, separator)):
                    right = ";".join(map(self._shown, divided))
                    value = self._values_of(divided)
                    return Reading(value, "list-separator", _SEMICOLONS, None, right, safe=True, judged=True)
        found = self._of_parts(parts)
        if self.layout.name == "s3" and not isinstance(found, Reading) and text != ";".join(parts):
            detail = "no blanks around the semicolons of a list"
            return Reading(found, "list-separator", detail, None, ";".join(parts), safe=True, judged=True)
        return found

    def _is_value(self, part: str) -> bool:
        if self.column.pattern:
            return re.fullmatch(self.column.pattern, part) is not None
        return part in self.accepted or not self.accepted

    def _of_parts(self, parts: Sequence[str]) -> Any:
        if self.column.pattern and not all(map(self._is_value, parts)):
            note = self.column.note
            detail = f"these are not {note[:1].lower()}{note[1:].rstrip('.')}"
            return Reading([*parts], "cell-form", detail, judged=True)
        readings = [super(ListReader, self).read(part) for part in parts] if self.accepted else [*parts]
        wrong = [one for one in readings if isinstance(one, Reading)]
        values = [one.value if isinstance(one, Reading) else one for one in readings]
        value = [one for one in values if one is not ABSENT] or ABSENT
        if wrong:
            right = ";".join(
                one.suggestion or part if isinstance(one, Reading) else part
                for one, part in zip(readings, parts, strict=True)
            )
            return wrong[0]._replace(value=value, replacement=right)
        if len(parts) > 1 and ABSENT in values:
            alone = parts[values.index(ABSENT)]
            return Reading(value, "conflicting-values", f"{alone} excludes the other values", judged=True)
        return value

    def _values_of(self, parts: Sequence[str]) -> list[Any]:
        found = [self.values.get(one, one) for one in map(self._shown, parts)]
        return [one for one in found if one is not None]

    def _shown(self, part: str) -> str:
        return part if self._is_value(part) else self.forms[plain(part)]

    def _divided(self, text: str, separator: str) -> list[str] | None:
        """Divide at a separator that values may contain too; None unless every part is a value."""
        pieces = [piece.strip() for one in text.split(";") for piece in one.split(separator)]
        if len(pieces) > _MOST_PARTS:
            return None
        found: list[str] = []
        at = 0
        glue = separator + (" " if separator == "," else "")
        while at < len(pieces):
            for end in range(min(len(pieces), at + 4), at, -1):
                part = glue.join(pieces[at:end])
                if self._is_value(part) or plain(part) in self.forms:
                    found.append(part)
                    at = end
                    break
            else:
                if pieces[at]:
                    return None
                at += 1
        return found
