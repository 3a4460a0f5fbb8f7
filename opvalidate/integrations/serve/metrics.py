"""Counters of the service, in Prometheus' text format. No label has a value of a document."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opvalidate.engine.tally import Summary

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """What one process has answered since its start."""

    def __init__(self) -> None:
        self.in_flight = 0
        self._requests: Counter[tuple[str, int]] = Counter()
        self._seconds: Counter[float] = Counter()
        self._sum = 0.0
        self._documents = 0
        self._findings: Counter[str] = Counter()

    def request(self, route: str, status: int, seconds: float) -> None:
        self._requests[route, status] += 1
        self._seconds[next((limit for limit in BUCKETS if seconds <= limit), float("inf"))] += 1
        self._sum += seconds

    def checked(self, summary: Summary) -> None:
        self._documents += summary.documents
        for severity in ("error", "warning", "info"):
            self._findings[severity] += getattr(summary, severity)

    def text(self) -> str:
        return "".join(f"{line}\n" for line in self._lines())

    def _lines(self) -> Iterator[str]:
        yield from _head("requests_total", "counter", "Requests, by route and HTTP status.")
        for (route, status), count in sorted(self._requests.items()):
            yield f'opvalidate_requests_total{{route="{route}",status="{status}"}} {count}'
        yield from _head("request_duration_seconds", "histogram", "Time from a request to its answer.")
        total = 0
        for limit in (*BUCKETS, float("inf")):
            total += self._seconds[limit]
            name = "+Inf" if limit == float("inf") else f"{limit:g}"
            yield f'opvalidate_request_duration_seconds_bucket{{le="{name}"}} {total}'
        yield f"opvalidate_request_duration_seconds_sum {self._sum:.6f}"
        yield f"opvalidate_request_duration_seconds_count {total}"
        yield from _head("requests_in_flight", "gauge", "Requests that are being answered.")
        yield f"opvalidate_requests_in_flight {self.in_flight}"
        yield from _head("documents_total", "counter", "Documents that were checked.")
        yield f"opvalidate_documents_total {self._documents}"
        yield from _head("findings_total", "counter", "Findings, by severity.")
        for severity in ("error", "warning", "info"):
            yield f'opvalidate_findings_total{{severity="{severity}"}} {self._findings[severity]}'


def _head(name: str, kind: str, text: str) -> Iterator[str]:
    yield f"# HELP opvalidate_{name} {text}"
    yield f"# TYPE opvalidate_{name} {kind}"
