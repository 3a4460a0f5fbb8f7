"""How the command starts and ends sooner: of the 80 ms that one small file takes, 20 were neither's need."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from types import ModuleType
from typing import NoReturn


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
    gc.set_threshold(200_000)  # as mypy does: nearly nothing here is garbage in a circle; 3 ms of a start
    from opvalidate.cli.main import main

    return main()


def import_validator() -> None:
    """Import jsonschema-rs, without the 10 ms that it spends on the date it was built.

    It has email.utils (and with that socket, random, urllib, calendar) read that date, at every start.
    """
    name = "email.utils"
    if name in sys.modules:
        return
    sys.modules[name] = reader = ModuleType(name)
    vars(reader).update(parsedate_to_datetime=str)  # the date stays as it is written
    with suppress(Exception):  # it wants more of email: it is imported again, as usual, by who needs it
        import jsonschema_rs  # noqa: F401 - that it is there is the point
    del sys.modules[name]
