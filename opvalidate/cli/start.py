"""Start and end of the process, only for the command: callers of `main` get unmodified modules.

orjson and jsonschema-rs import modules for features that a check does not use, 18 of some 60 ms. At start,
stand-ins replace these modules, and load the real module when another attribute is read.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from types import ModuleType
from typing import Any, NoReturn

from opvalidate.cli import collector


def script() -> NoReturn:
    """Run the command `opvalidate`; for profilers, `python -m opvalidate` ends normally."""
    code = command()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            with suppress(OSError, ValueError):  # reported before, if possible
                stream.flush()
    os._exit(code)  # the interpreter's shutdown takes 7 ms


def command() -> int:
    """Run the command; return its exit code."""
    # a run has hardly any reference cycles; saves 3 ms, and 5 % of a long run
    collector.set_threshold(3_000_000)
    if sys.argv[1:2] in (["check"], ["mcp"]):
        import_compiled()
        if not sys.modules.keys() >= _UNUSED.keys():
            _report_fallbacks()
            return _main()
    code = _main()
    if "opvalidate.fallback" in sys.modules:
        _report_fallbacks()
    return code


def _main() -> int:
    from opvalidate.cli.main import main

    return main()


def _report_fallbacks() -> None:
    """Report the compiled libraries that cannot be imported."""
    from opvalidate import native
    from opvalidate.cli.console import say

    with suppress(ImportError):  # reported by `main`, as an error
        native.load()
        names = " and ".join(native.missing())
        say(f"opvalidate: {names} cannot be imported: pure Python is used, which is slower")


_UNUSED: dict[str, dict[str, dict[str, Any]]] = {
    # serialization of dataclasses and UUIDs; the base class of an error, which is still a ValueError
    "orjson": {
        "dataclasses": {"_FIELD": None},
        "uuid": {"UUID": None},
        "json": {"JSONDecodeError": ValueError},
    },
    # parses the build date, which is left as text; email.utils imports the network modules
    "jsonschema_rs": {"email.utils": {"parsedate_to_datetime": str}},
}
"""Compiled modules, with the imports that a check does not use, and the attributes read at import."""


def import_compiled() -> None:
    """Import orjson and jsonschema-rs without the modules that a check does not use."""
    for name in _UNUSED:
        if name not in sys.modules:
            _import(name)


def _import(name: str) -> None:
    stand_ins = {
        unused: _stand_in(unused, members)
        for unused, members in _UNUSED[name].items()
        if unused not in sys.modules
    }
    sys.modules.update(stand_ins)
    with suppress(Exception):  # the module that uses it imports it again, and raises the error
        __import__(name)
    for unused, stand_in in stand_ins.items():
        if sys.modules.get(unused) is stand_in:
            del sys.modules[unused]


def _stand_in(name: str, members: dict[str, Any]) -> ModuleType:
    """Return a module with some members; any other is read from the real module, which is then imported."""

    def read_from_real_module(attribute: str) -> Any:
        if attribute == "__path__":  # `from … import` tests whether it is a package
            raise AttributeError(attribute)
        if sys.modules.get(name) is stand_in:
            del sys.modules[name]
        __import__(name)
        return getattr(sys.modules[name], attribute)

    stand_in = ModuleType(name)
    vars(stand_in).update(members, __getattr__=read_from_real_module)
    return stand_in
