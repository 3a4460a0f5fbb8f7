"""Latency and throughput of `opvalidate serve`: `make bench-serve`.

    python benchmarks/serve.py [REQUESTS [--json]]

Starts the service, sends a clean opportunity again and again over persistent connections, and prints a
table in Markdown, or the figures as JSON, which `make bench` reads. The client is of the standard library,
and needs more time than the service. The last figure, the processor time of the service, does not depend
on it.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import documents

LARGE_BYTES = 49_000_000


def request(body: bytes, media_type: str = "application/json") -> bytes:
    head = f"POST /check HTTP/1.1\r\nHost: x\r\nContent-Type: {media_type}\r\n"
    head += f"Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 "), head
    length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
    return await reader.readexactly(int(length))


async def client(port: int, text: bytes, count: int, times: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(count):
        begin = time.perf_counter()
        writer.write(text)
        await answer(reader)
        times.append(time.perf_counter() - begin)
    writer.close()


async def large(port: int, body: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request(body, "application/x-ndjson"))
    report = json.loads(await answer(reader))
    assert report["summary"]["documents"] > 1000
    writer.close()


def cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Served(NamedTuple):
    """Milliseconds that half and 99 % of the requests need at most, requests a second, µs of the CPU each."""

    p50: float
    p99: float
    rate: float
    cpu: float


async def measure(
    port: int, process: int, clients: int, count: int, while_checking: bytes | None = None
) -> Served:
    text = request(documents.clean(1)[0])
    await client(port, text, 200, [])
    times: list[float] = []
    before, begin = cpu_seconds(process), time.perf_counter()
    other = asyncio.create_task(large(port, while_checking)) if while_checking else None
    await asyncio.gather(*(client(port, text, count // clients, times) for _ in range(clients)))
    seconds, used = time.perf_counter() - begin, cpu_seconds(process) - before
    if other is not None:
        await other
    times.sort()
    p50, p99 = (1000 * times[int(len(times) * share)] for share in (0.5, 0.99))
    return Served(p50, p99, len(times) / seconds, 1e6 * used / len(times))


async def figures(port: int, process: int, count: int, *, large: bool) -> dict[str, Served]:
    found = {str(clients): await measure(port, process, clients, count) for clients in (1, 8)}
    if large:
        line = documents.clean(1)[0] + b"\n"
        lines = line * (LARGE_BYTES // len(line))
        found["8, during a check of 49 MB"] = await measure(port, process, 8, count, lines)
    return found


def table(found: dict[str, Served]) -> str:
    head = "| clients | p50 | p99 | requests a second | processor time of a request |\n|---|---|---|---|---|"
    rows = (
        f"| {name} | {one.p50:.2f} ms | {one.p99:.2f} ms | {one.rate:,.0f} | {one.cpu:.0f} µs |"
        for name, one in found.items()
    )
    return "\n".join((head, *rows))


def main() -> None:
    count, as_json = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000, "--json" in sys.argv
    service = subprocess.Popen(
        [sys.executable, "-m", "opvalidate", "serve", "--isolated", "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert service.stderr is not None
        first = service.stderr.readline()
        port = int(first.rpartition(":")[2]) if "http" in first else sys.exit(first)
        found = asyncio.run(figures(port, service.pid, count, large=not as_json))
        print(json.dumps(found) if as_json else table(found))
    finally:
        service.terminate()
        service.wait()


if __name__ == "__main__":
    main()
