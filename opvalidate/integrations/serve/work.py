"""Jobs: at once for a small body, in a worker process for one that would delay others."""

from __future__ import annotations

import asyncio
import os
import signal
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import TYPE_CHECKING

from opvalidate.integrations.serve.problems import HttpProblem
from opvalidate.integrations.serve.tasks import perform

if TYPE_CHECKING:
    from opvalidate.engine.checker import Checker
    from opvalidate.integrations.serve.jobs import Done, Job

GRACE = 5.0
"""Seconds after the limit until a worker that did not stop is given up."""


class CheckWorkers:
    """A pool of processes, started with the first large body; with a `count` of 0, all is done at once."""

    def __init__(self, checker: Checker, count: int, seconds: float) -> None:
        self._checker = checker
        self._count = count
        self._seconds = seconds
        self._pool: ProcessPoolExecutor | None = None

    async def perform(self, job: Job) -> Done:
        """Perform a job. Raises HttpProblem if it takes too long, or if its worker dies."""
        if not self._count or not job.is_large:
            return perform(self._checker, job)
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self._count, get_context("spawn"), _initialize, (self._checker, self._seconds)
            )
        pool = self._pool
        try:
            # in a thread: this starts the processes, and that takes longer than many checks
            future = await asyncio.to_thread(pool.submit, _perform_in_worker, job)
            return await asyncio.wait_for(asyncio.wrap_future(future), self._seconds + GRACE)
        except (_TooLong, asyncio.TimeoutError):
            raise HttpProblem(408, f"the check took longer than {self._seconds:g} seconds") from None
        except BrokenProcessPool:
            if self._pool is pool:  # the first that notices it; the next job starts another pool
                self._pool = None
            raise HttpProblem(503, "the worker that checked this body ended", {"Retry-After": "1"}) from None

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


class _TooLong(Exception):  # noqa: N818 - an answer, not an error of the program
    pass


_worker: tuple[Checker, float] | None = None


def _initialize(checker: Checker, seconds: float) -> None:
    global _worker  # noqa: PLW0603 - a process of the pool has one checker
    _worker = checker, seconds
    Thread(target=_end_with_service, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process; the server ends the pool
    with suppress(AttributeError):  # Windows has no SIGALRM
        signal.signal(signal.SIGALRM, _stop)


def _end_with_service() -> None:
    """End this process with the service; where that is killed, its workers would wait forever."""
    service = parent_process()
    if service is not None:
        service.join()
        os._exit(1)


_performing = False


def _stop(*_: object) -> None:
    if _performing:  # otherwise the job ended before Python came to handle the signal
        raise _TooLong


def _perform_in_worker(job: Job) -> Done:
    global _performing  # noqa: PLW0603 - read by the signal's handler
    assert _worker is not None
    checker, seconds = _worker
    if not hasattr(signal, "setitimer"):
        return perform(checker, job)
    try:
        _performing = True
        signal.setitimer(signal.ITIMER_REAL, seconds)
        return perform(checker, job)
    finally:
        _performing = False
        signal.setitimer(signal.ITIMER_REAL, 0)
