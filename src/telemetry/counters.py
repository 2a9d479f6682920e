"""Count what happens, cheaply and from any thread; whoever asks gets it as Prometheus families.

A metric has MOST_SERIES series at most: what would make more is counted under OTHER in every label, so that nobody fills the
memory by inventing words.
"""

import threading
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeVar

MOST_SERIES: Final = 2_000
OTHER: Final = "other"
BUCKETS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Upper bounds in seconds: from a decision in memory to a door that gives up on central."""

Labels = tuple[str, ...]
Key = TypeVar("Key", bound=Labels)


class MetricKind(StrEnum):
    """What kind of figure it is."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A metric by its full name, as /metrics has it (a counter's ends in ``_total``)."""

    name: str
    kind: MetricKind
    words: str
    labels: Labels = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A histogram's series: how many were in each bucket (and above the last), and their sum in seconds."""

    buckets: tuple[int, ...]
    total: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A metric with the values of its series, by their labels' values."""

    metric: Metric
    values: Mapping[Labels, float] = field(default_factory=dict)
    spreads: Mapping[Labels, Spread] = field(default_factory=dict)


def family_of(metric: Metric, values: Mapping[Key, float]) -> Family:
    """A family of these series."""
    return Family(metric=metric, values={(*labels,): value for labels, value in values.items()})


class Counters:
    """Counters and histograms of one process, from its start."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[Metric, dict[Labels, float]] = {}
        self._spreads: dict[Metric, dict[Labels, list[float]]] = {}

    def count(self, metric: Metric, *labels: str, by: float = 1) -> None:
        """So many more."""
        with self._lock:
            series = self._counts.setdefault(metric, {})
            key = _bounded(series, labels)
            series[key] = series.get(key, 0) + by

    def observe(self, metric: Metric, seconds: float, *labels: str) -> None:
        """It took so long once."""
        place = bisect_left(BUCKETS, seconds)
        with self._lock:
            series = self._spreads.setdefault(metric, {})
            key = _bounded(series, labels)
            spread = series.setdefault(key, [0.0] * (len(BUCKETS) + 2))
            spread[place] += 1
            spread[-1] += seconds

    def families(self) -> Iterator[Family]:
        """All that was counted, as it is now."""
        with self._lock:
            counts = {metric: dict(series) for metric, series in self._counts.items()}
            spreads = {
                metric: {key: tuple(spread) for key, spread in series.items()}
                for metric, series in self._spreads.items()
            }
        for metric, values in counts.items():
            yield Family(metric=metric, values=values)
        for metric, kept in spreads.items():
            yield Family(
                metric=metric,
                spreads={
                    key: Spread(buckets=tuple(map(int, spread[:-1])), total=spread[-1])
                    for key, spread in kept.items()
                },
            )


def _bounded(series: Mapping[Labels, object], labels: Labels) -> Labels:
    if labels in series or len(series) < MOST_SERIES:
        return labels
    return (OTHER,) * len(labels)
