"""The order of the fields of a document that has no text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opvalidate.documents.document import Path

_MANY = 50  # keys of an object


class DocumentOrder:
    """Where paths are in a value, so that findings can be sorted."""

    def __init__(self, value: Any) -> None:
        self._value = value
        self._orders: dict[Path, dict[Any, int]] = {}  # of a mapping's keys

    def of(self, path: Path) -> tuple[int, ...]:
        """Return where a path is in a document without text: the number of each key in its object."""
        order: list[int] = []
        value = self._value
        for depth, step in enumerate(path):
            if isinstance(value, dict):
                if step not in value:
                    break
                order.append(self._number(path[:depth], value, step))
                value = value[step]
            elif isinstance(value, list | tuple) and isinstance(step, int) and step < len(value):
                order.append(step)
                value = value[step]
            else:
                break
        return tuple(order)

    def _number(self, path: Path, value: dict[Any, Any], key: Any) -> int:
        """Return a key's number in its object; of many, by a dictionary that is cached."""
        if len(value) < _MANY:
            return list(value).index(key)
        if path not in self._orders:
            self._orders[path] = {key: number for number, key in enumerate(value)}
        return self._orders[path][key]
