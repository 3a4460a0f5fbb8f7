"""Worker processes for one run, each with its own pipe.

The standard library's pool has one pipe for the results of all workers. If one is killed while it writes a
result, the others still have the pipe open: the parent waits for the rest of the result forever.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from threading import local
from typing import TYPE_CHECKING, Any

from opvalidate.cli.fork_pool import WorkerDied

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess


class ProcessPool:
    """Does submitted work in worker processes; a thread for each sends the work and waits for the result.

    Raises OSError or WorkerDied if the workers cannot be started.
    """

    def __init__(self, workers: int, method: str, begin: Callable[[Any], None], task: Any) -> None:
        context = get_context(method)
        self._processes: list[BaseProcess] = []
        self._connections: list[Connection] = []
        self._mine = local()
        try:
            for _ in range(workers):
                ours, theirs = context.Pipe()
                self._connections.append(ours)
                # a fork inherits the parent's ends: while one is open, the pipe has no end
                inherited = tuple(self._connections) if method == "fork" else ()
                process = context.Process(  # type: ignore[attr-defined]  # every context has this class
                    target=_serve, args=(theirs, inherited, begin, task), daemon=True
                )
                process.start()
                self._processes.append(process)
                theirs.close()
            for connection in self._connections:
                _received(connection)
        except BaseException:
            self._end()
            raise
        # threads start last: a fork has only one of them, and locks of the others would stay locked
        self._free = [*self._connections]
        self._threads = ThreadPoolExecutor(workers)

    def submit(self, work: Callable[..., bytes], /, *arguments: object) -> Future[bytes]:
        return self._threads.submit(self._ask, work, arguments)

    def shutdown(self, *, cancel_futures: bool) -> None:
        """Terminate the workers."""
        self._end()
        self._threads.shutdown(cancel_futures=cancel_futures)

    def _ask(self, work: Callable[..., bytes], arguments: tuple[object, ...]) -> bytes:
        connection: Connection | None = getattr(self._mine, "connection", None)
        if connection is None:
            connection = self._mine.connection = self._free.pop()
        try:
            connection.send((work, arguments))
        except OSError:
            raise WorkerDied from None
        return _received(connection)

    def _end(self) -> None:
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.join()
        # a thread that still waits for a result gets the pipe's end


def _received(connection: Connection) -> bytes:
    """Return a worker's result; raise what its work raised."""
    try:
        error = connection.recv()
        result = connection.recv_bytes()
    except (EOFError, OSError):
        raise WorkerDied from None
    if error is not None:
        raise error
    return result


def _serve(
    connection: Connection, inherited: Sequence[Connection], begin: Callable[[Any], None], task: Any
) -> None:
    """Do work as a worker, until the pipe ends."""
    for other in inherited:
        other.close()
    begin(task)
    with suppress(EOFError, OSError):  # the parent is gone
        _send(connection, None, b"")
        while True:
            work, arguments = connection.recv()
            try:
                result, error = work(*arguments), None
            except Exception as raised:  # noqa: BLE001 - the parent raises it
                result, error = b"", raised
            _send(connection, error, result)


def _send(connection: Connection, error: Exception | None, result: bytes) -> None:
    connection.send(error)
    connection.send_bytes(result)
