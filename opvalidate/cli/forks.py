"""Work shared with forks of this process: for what is done before a pool of processes would have started."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable
    from io import BufferedReader

CAN_FORK = sys.platform == "linux"
"""Whether a fork is what it seems: on macOS there are libraries that do not survive it."""


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
        here = os.getpid()
        ends: tuple[int, ...] = ()
        try:
            reading, writing = ends = os.pipe()
            child = os.fork()
            if not child:
                os.close(reading)
                self._tell(writing)
        except OSError:
            for end in ends:
                os.close(end)
            return
        finally:
            if os.getpid() != here:  # Ctrl-C, or whatever it was: it is the parent that has a say in it
                os._exit(1)
        os.close(writing)
        self._child, self._stream = child, open(reading, "rb")  # noqa: PTH123, SIM115 - `_ended` closes it

    def _tell(self, writing: int) -> NoReturn:
        with open(writing, "wb") as stream:
            stream.write(self._work(*self._arguments))
        os._exit(0)

    def result(self) -> bytes:
        """Return what came of it, once it has; raises what the work raises."""
        if self._stream is not None:
            told = self._stream.read()
            if self._ended():
                return told
        return self._work(*self._arguments)

    def cancel(self) -> None:
        if self._stream is not None:
            from signal import SIGKILL

            os.kill(self._child, SIGKILL)
            self._ended()

    def _ended(self) -> bool:
        """Wait for the fork's end; return whether it did its work."""
        assert self._stream is not None
        self._stream.close()
        self._stream = None
        _, status = os.waitpid(self._child, 0)
        return status == 0
