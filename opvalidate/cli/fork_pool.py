"""Work shared with forks of this process: for what is done before a pool of processes would have started."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable
    from io import BufferedReader

CAN_FORK = sys.platform == "linux"
"""Whether a fork is what it seems: on macOS there are libraries that do not survive it."""

WORTH_A_FORK = 1_200_000
"""Bytes of JSON from which two processes are quicker than one: 350 usual files."""

_LENGTH = 8  # bytes, before what a fork tells


class WorkerDied(Exception):  # noqa: N818 - not an error of the program
    """A worker process ended before it had sent its result."""


class Forks:
    """Does what is submitted, in the manner of an `Executor`: the first here, the rest in a fork each.

    What a fork does not come back with, for whatever reason, is done here.
    """

    def __init__(self) -> None:
        self._promised: list[Promise] = []

    def submit(self, work: Callable[..., bytes], /, *arguments: object) -> Promise:
        promise = Promise(work, arguments)
        if self._promised:
            promise.fork()
        self._promised.append(promise)
        return promise

    def shutdown(self, *, cancel_futures: bool) -> None:
        """End the forks, whose results nobody wants any more."""
        for promise in self._promised if cancel_futures else ():
            promise.cancel()


class Promise:
    """Work, and what will come of it."""

    def __init__(self, work: Callable[..., bytes], arguments: tuple[object, ...]) -> None:
        self._work = work
        self._arguments = arguments
        self._child = 0
        self._stream: BufferedReader | None = None

    def fork(self) -> None:
        """Have a fork do it; where none can be had, it is not done yet."""
        try:
            reading, writing = os.pipe()
        except OSError:
            return
        here = os.getpid()
        try:
            self._child = os.fork()
            if not self._child:
                os.close(reading)  # else it would wait for itself, where the parent is gone
                self._tell(writing)
        except OSError:
            os.close(reading)
        else:
            self._stream = open(reading, "rb")  # noqa: PTH123, SIM115 - `_ended` closes it
        finally:
            if os.getpid() != here:  # Ctrl-C, or whatever it was: it is the parent that has a say in it
                os._exit(1)
            os.close(writing)

    def _tell(self, writing: int) -> NoReturn:
        told = self._work(*self._arguments)
        with open(writing, "wb") as stream:
            stream.write(len(told).to_bytes(_LENGTH, "big") + told)
        os._exit(0)

    def result(self) -> bytes:
        """Return what came of it, once it has; raises what the work raises."""
        if self._stream is not None:
            length, told = self._stream.read(_LENGTH), self._stream.read()
            self._ended()
            if len(length) == _LENGTH and len(told) == int.from_bytes(length, "big"):
                return told
        return self._work(*self._arguments)

    def cancel(self) -> None:
        if self._stream is not None:
            from signal import SIGKILL

            with suppress(ProcessLookupError):
                os.kill(self._child, SIGKILL)
            self._ended()

    def _ended(self) -> None:
        """Wait for the fork's end."""
        assert self._stream is not None
        self._stream.close()
        self._stream = None
        with suppress(ChildProcessError):  # whoever started us may have said that children are of no interest
            os.waitpid(self._child, 0)
