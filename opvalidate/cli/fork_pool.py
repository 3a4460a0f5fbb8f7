"""Work shared with forks of this process, for work that takes less time than starting a process pool."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable
    from io import BufferedReader

CAN_FORK = sys.platform == "linux"
"""Whether a fork is safe: some libraries of macOS do not work after one."""

WORTH_A_FORK = 1_200_000
"""Bytes of JSON from which two processes are faster than one: 350 usual files."""

_LENGTH = 8  # bytes, before a fork's result


class WorkerDied(Exception):  # noqa: N818 - not an error of the program
    """A worker process ended before it had sent its result."""


class Forks:
    """Does submitted work, in the manner of an `Executor`: the first here, the rest in a fork each.

    If a fork does not return its result, for any reason, its work is done here.
    """

    def __init__(self) -> None:
        self._promises: list[Promise] = []

    def submit(self, work: Callable[..., bytes], /, *arguments: object) -> Promise:
        promise = Promise(work, arguments)
        if self._promises:
            promise.fork()
        self._promises.append(promise)
        return promise

    def shutdown(self, *, cancel_futures: bool) -> None:
        """End the forks; their results are not needed any more."""
        for promise in self._promises if cancel_futures else ():
            promise.cancel()


class Promise:
    """Work, and its future result."""

    def __init__(self, work: Callable[..., bytes], arguments: tuple[object, ...]) -> None:
        self._work = work
        self._arguments = arguments
        self._child = 0
        self._stream: BufferedReader | None = None

    def fork(self) -> None:
        """Start a fork for the work; if that is impossible, `result` does the work."""
        try:
            reading, writing = os.pipe()
        except OSError:
            return
        here = os.getpid()
        try:
            self._child = os.fork()
            if not self._child:
                os.close(reading)  # otherwise it would wait for itself if the parent is gone
                self._send(writing)
        except OSError:
            os.close(reading)
        else:
            self._stream = open(reading, "rb")  # noqa: PTH123, SIM115 - `_ended` closes it
        finally:
            if os.getpid() != here:  # Ctrl-C or another exception: the parent handles it
                os._exit(1)
            os.close(writing)

    def _send(self, writing: int) -> NoReturn:
        result = self._work(*self._arguments)
        with open(writing, "wb") as stream:
            stream.write(len(result).to_bytes(_LENGTH, "big") + result)
        os._exit(0)

    def result(self) -> bytes:
        """Wait for the result and return it; raises what the work raises."""
        if self._stream is not None:
            length, result = self._stream.read(_LENGTH), self._stream.read()
            self._ended()
            if len(length) == _LENGTH and len(result) == int.from_bytes(length, "big"):
                return result
        return self._work(*self._arguments)

    def cancel(self) -> None:
        if self._stream is not None:
            from signal import SIGKILL

            with suppress(ProcessLookupError):
                os.kill(self._child, SIGKILL)
            self._ended()

    def _ended(self) -> None:
        """Wait until the fork has ended."""
        assert self._stream is not None
        self._stream.close()
        self._stream = None
        with suppress(ChildProcessError):  # the parent process may have set SIGCHLD to be ignored
            os.waitpid(self._child, 0)
