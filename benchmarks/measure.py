"""Timing: compared functions and commands run in turns, so that a slow moment of the machine affects all."""

from __future__ import annotations

import gc
import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class Ran(NamedTuple):
    """A command that ended: seconds, of the CPU too, peak memory in MB. `code` is None if it was stopped."""

    seconds: float
    cpu: float
    memory: float
    code: int | None


def calls(
    contenders: Mapping[str, Callable[[bytes], Any]], texts: Sequence[bytes], rounds: int
) -> dict[str, float]:
    """Return the seconds of CPU each takes for a document, the median of the rounds."""
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for function in contenders.values():
        function(texts[0])  # compilation at the first call is not measured
    for _ in range(rounds):
        for name, function in contenders.items():
            gc.collect()
            start = time.process_time()
            for text in texts:
                function(text)
            taken[name].append((time.process_time() - start) / len(texts))
    return {name: statistics.median(values) for name, values in taken.items()}


def commands(contenders: Mapping[str, Sequence[str]], rounds: int, limit: float = 60.0) -> dict[str, Ran]:
    """Run each command so many times, in turns; return the fastest run of each, with its highest memory."""
    runs: dict[str, list[Ran]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, command in contenders.items():
            if not any(run.code is None for run in runs[name]):
                runs[name].append(_run(command, limit))
    return {
        name: min(these)._replace(memory=max(run.memory for run in these)) for name, these in runs.items()
    }


def _run(command: Sequence[str], limit: float) -> Ran:
    # PYTHONPATH and the like would slow down only some of the commands
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    start = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - the commands are our own
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    watch = threading.Timer(limit, process.send_signal, [signal.SIGKILL])
    watch.start()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    watch.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    # Linux counts kilobytes, macOS bytes
    memory = usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    code = None if process.returncode == -signal.SIGKILL else process.returncode
    return Ran(seconds, usage.ru_utime + usage.ru_stime, memory, code)


def output(command: Sequence[str]) -> str:
    """Return what a command prints on both streams."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)  # noqa: S603 - as above
    return done.stdout.strip()
