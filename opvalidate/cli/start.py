"""How the command starts and ends sooner: 30 of 75 ms, for one small file, went into what it does not use.

All of this is for a process that is the command; who calls `main` gets everything as it is.
"""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from types import ModuleType

TYPE_CHECKING = False  # as `typing` has it
if TYPE_CHECKING:
    from typing import Any, NoReturn


def script() -> NoReturn:
    """Be the command `opvalidate`; `python -m opvalidate` is for profilers, which work when Python ends."""
    code = command()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            with suppress(OSError, ValueError):  # it has been told, where there was somebody to tell
                stream.flush()
    os._exit(code)  # Python takes 7 ms to take itself apart


def command() -> int:
    """Run the command; return its exit code."""
    gc.set_threshold(3_000_000)  # nearly nothing here is garbage in a circle; 3 ms, 5 % of a long run
    if sys.argv[1:2] == ["check"]:
        sys.modules.setdefault("typing", _stand_in("typing", _TYPING))
        import_compiled()
    _import("argparse")
    from opvalidate.cli.main import main

    return main()


def import_compiled() -> None:
    """Import orjson and jsonschema-rs without most of what they import, which nobody here has a use for."""
    _import("orjson")
    _import("jsonschema_rs")
    # dataclasses has it at hand for classes without a docstring: 7 ms of the way to a finding
    sys.modules.setdefault("inspect", _stand_in("inspect", {}))


#: What annotations are made of, which nobody looks at here; to have it made takes 2 ms. Dataclasses, which
#: looks for class variables among its fields, finds none.
_TYPING: dict[str, Any] = {
    name: type(name, (), {})
    for name in ("Any", "BinaryIO", "IO", "NoReturn", "TypeAlias", "ClassVar", "_GenericAlias")
} | {"TYPE_CHECKING": False}

_WITHOUT: dict[str, dict[str, dict[str, Any]]] = {
    # it looks for its words in other languages, of which there are none: 2 ms
    "argparse": {"gettext": {"gettext": str, "ngettext": lambda one, more, n: one if n == 1 else more}},
    # how to write what no document has in it, and the base of an error, which stays a ValueError: 11 ms
    "orjson": {
        "dataclasses": {"_FIELD": None},
        "uuid": {"UUID": None},
        "json": {"JSONDecodeError": ValueError},
    },
    # reads the date it was built, which stays as it is written; and with it comes half of the network: 10 ms
    "jsonschema_rs": {"email.utils": {"parsedate_to_datetime": str}},
}
"""Modules, with those that they import for no more than this."""


def _import(name: str) -> None:
    """Import a module while stand-ins take the place of what it makes no use of, unless that is there."""
    if name in sys.modules:
        return
    stand_ins = {
        unused: _stand_in(unused, known)
        for unused, known in _WITHOUT[name].items()
        if unused not in sys.modules
    }
    sys.modules.update(stand_ins)
    with suppress(Exception):  # whoever needs it will be told
        __import__(name)
    for unused, stand_in in stand_ins.items():
        if sys.modules.get(unused) is stand_in:
            del sys.modules[unused]


def _stand_in(name: str, known: dict[str, Any]) -> ModuleType:
    """Return what has some of a module, and the rest from the module itself, which is then imported."""

    def really(attribute: str) -> Any:
        if attribute == "__path__":  # whether it is a package: `from ... import` asks
            raise AttributeError(attribute)
        if sys.modules.get(name) is stand_in:
            del sys.modules[name]
        __import__(name)
        return getattr(sys.modules[name], attribute)

    stand_in = ModuleType(name)
    vars(stand_in).update(known, __getattr__=really)
    return stand_in
