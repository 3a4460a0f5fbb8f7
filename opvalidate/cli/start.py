"""Start and end of the process, for the command alone; who calls `main` gets every module as it is.

orjson and jsonschema-rs import modules for features that a check does not use, 18 of some 60 ms. Meanwhile
stand-ins take their place, which load the real module when something else is asked for.
"""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from types import ModuleType
from typing import Any, NoReturn


def script() -> NoReturn:
    """Run the command `opvalidate`; for profilers, `python -m opvalidate` ends in the usual way."""
    code = command()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            with suppress(OSError, ValueError):  # reported before, where that was possible
                stream.flush()
    os._exit(code)  # the interpreter's shutdown takes 7 ms


def command() -> int:
    """Run the command; return its exit code."""
    gc.set_threshold(3_000_000)  # a run makes hardly any reference cycles; 3 ms, and 5 % of a long run
    if sys.argv[1:2] in (["check"], ["mcp"]):
        import_compiled()
    from opvalidate.cli.main import main

    return main()


_UNUSED: dict[str, dict[str, dict[str, Any]]] = {
    # serialisation of dataclasses and UUIDs; the base class of an error, which stays a ValueError
    "orjson": {
        "dataclasses": {"_FIELD": None},
        "uuid": {"UUID": None},
        "json": {"JSONDecodeError": ValueError},
    },
    # parses the build date, which stays text; email.utils imports the network modules
    "jsonschema_rs": {"email.utils": {"parsedate_to_datetime": str}},
}
"""Compiled modules, with the imports that a check does not use, and what is read of each at import."""


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
    with suppress(Exception):  # the module that uses it imports it again, and raises
        __import__(name)
    for unused, stand_in in stand_ins.items():
        if sys.modules.get(unused) is stand_in:
            del sys.modules[unused]


def _stand_in(name: str, members: dict[str, Any]) -> ModuleType:
    """Return a module with some members; any other is read from the real module, which is then imported."""

    def read_from_real_module(attribute: str) -> Any:
        if attribute == "__path__":  # `from … import` asks whether it is a package
            raise AttributeError(attribute)
        if sys.modules.get(name) is stand_in:
            del sys.modules[name]
        __import__(name)
        return getattr(sys.modules[name], attribute)

    stand_in = ModuleType(name)
    vars(stand_in).update(members, __getattr__=read_from_real_module)
    return stand_in
