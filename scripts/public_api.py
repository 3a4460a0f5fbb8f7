"""Describe the public API, a line a name: `python scripts/public_api.py > tests/api/VERSION.txt`."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

import opvalidate

#: Members that only the package's own modules call.
INTERNAL = frozenset({
    "compiled_for", "context", "evaluate", "for_layout", "for_submission",
    "of", "operation_of", "recognise", "varied",
})  # fmt: skip


def lines() -> list[str]:
    """Return a line for everything that users may call, with its parameters, without types."""
    found = []
    for name in sorted(opvalidate.__all__):
        value = getattr(opvalidate, name)
        if inspect.isclass(value):
            found += _members(name, value)
        elif callable(value):
            found.append(f"{name}{_parameters(value)}")
        else:
            found.append(name)
    return found


def _members(name: str, value: type) -> list[str]:
    bases = ", ".join(base.__name__ for base in value.__mro__[1:-1] if base.__module__ == "builtins")
    found = [f"class {name}({bases})", f"{name}.__init__{_parameters(value)}"]
    members = {*dir(value)} - {*dir(tuple), *dir(Exception)}
    if dataclasses.is_dataclass(value):
        members |= {field.name for field in dataclasses.fields(value)}
    for member in sorted(members - INTERNAL):
        if not member.startswith("_"):
            attribute = inspect.getattr_static(value, member)
            parameters = _parameters(getattr(value, member)) if callable(getattr(value, member)) else ""
            kind = "property " if isinstance(attribute, property) else ""
            found.append(f"{kind}{name}.{member}{parameters}")
    return found


def _parameters(value: Any) -> str:
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):
        return "(...)"
    plain = [
        one.replace(
            annotation=one.empty, default=one.default if _is_plain(one.default) else inspect.Parameter.empty
        )
        for one in signature.parameters.values()
    ]
    return str(inspect.Signature(plain))


def _is_plain(default: Any) -> bool:
    return (
        default is inspect.Parameter.empty
        or default is None
        or isinstance(default, str | int | bool | tuple | dict)
    )


if __name__ == "__main__":
    print("\n".join(lines()))
