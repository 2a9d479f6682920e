"""Figures of the spans themselves: how many are under way, were made, failed; and the longest of each operation."""

import threading
from collections.abc import Iterator
from typing import Final

from telemetry.counters import MOST_SERIES, OTHER, Family, Metric, MetricKind

ACTIVE: Final = Metric(
    name="gatepost_spans_active", kind=MetricKind.GAUGE, words="Spans under way."
)
CREATED: Final = Metric(
    name="gatepost_spans_created_total",
    kind=MetricKind.COUNTER,
    words="Spans that were recorded to their end.",
    labels=("operation",),
)
FAILED: Final = Metric(
    name="gatepost_span_errors_total",
    kind=MetricKind.COUNTER,
    words="Spans that ended in an error.",
    labels=("operation",),
)
LONGEST: Final = Metric(
    name="gatepost_span_longest_seconds",
    kind=MetricKind.GAUGE,
    words="The longest span of an operation since the start.",
    labels=("operation",),
)
SPOOLED: Final = Metric(
    name="gatepost_span_spool_bytes", kind=MetricKind.GAUGE, words="Spans that wait to be sent."
)
DROPPED: Final = Metric(
    name="gatepost_span_batches_dropped_total",
    kind=MetricKind.COUNTER,
    words="Batches of spans that had no room, or that the collector refused.",
)


class SpanFigures:
    """Counts spans; for any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._active = 0
        self._created: dict[str, int] = {}
        self._failed: dict[str, int] = {}
        self._longest: dict[str, float] = {}

    def began(self) -> None:
        """A span began."""
        with self._lock:
            self._active += 1

    def ended(self, operation: str, seconds: float, *, failed: bool) -> None:
        """A span ended."""
        with self._lock:
            self._active -= 1
            name = self._known(operation)
            self._created[name] = self._created.get(name, 0) + 1
            self._longest[name] = max(seconds, self._longest.get(name, 0.0))
            if failed:
                self._failed[name] = self._failed.get(name, 0) + 1

    def families(self, spooled: int, dropped: int) -> Iterator[Family]:
        """As they are now."""
        with self._lock:
            yield _single(ACTIVE, self._active)
            for metric, series in (
                (CREATED, self._created),
                (FAILED, self._failed),
                (LONGEST, self._longest),
            ):
                yield Family(metric=metric, values={(name,): it for name, it in series.items()})
        yield _single(SPOOLED, spooled)
        yield _single(DROPPED, dropped)

    def _known(self, operation: str) -> str:
        if operation in self._created or len(self._created) < MOST_SERIES:
            return operation
        return OTHER


def _single(metric: Metric, value: float) -> Family:
    return Family(metric=metric, values={(): value})
