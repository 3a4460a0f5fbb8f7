"""Latency and throughput of `opvalidate serve`: `make bench-serve`.

    python benchmarks/serve.py [REQUESTS]

Starts the service, sends a clean opportunity again and again over persistent connections, and prints a
table in Markdown. The client is of the standard library, and needs more time than the service. The last
column, the processor time of the service, does not depend on it.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import documents

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
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


async def measure(
    port: int, process: int, clients: int, count: int, while_checking: bytes | None = None
) -> str:
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
    name = f"{clients}{', during a check of 49 MB' if while_checking else ''}"
    rate, each = len(times) / seconds, 1e6 * used / len(times)
    return f"| {name} | {p50:.2f} ms | {p99:.2f} ms | {rate:,.0f} | {each:.0f} µs |"


async def table(port: int, process: int, count: int) -> None:
    print("| clients | p50 | p99 | requests a second | processor time of a request |\n|---|---|---|---|---|")
    line = documents.clean(1)[0] + b"\n"
    for clients in (1, 8):
        print(await measure(port, process, clients, count))
    print(await measure(port, process, 8, count, line * (LARGE_BYTES // len(line))))


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    service = subprocess.Popen(
        [sys.executable, "-m", "opvalidate", "serve", "--isolated", "--port", "0"],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert service.stderr is not None
        port = int(service.stderr.readline().rpartition(":")[2])
        asyncio.run(table(port, service.pid, count))
    finally:
        service.terminate()
        service.wait()


if __name__ == "__main__":
    main()
