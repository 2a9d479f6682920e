"""Figures in Prometheus' text format.

prometheus-client writes everything but what there is a thousand times of: at 20 µs a sample, a figure each of a thousand
doors would take longer than the whole answer may. Those lines are written here, and a test reads them back with the library.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.registry import Collector

from telemetry.counters import BUCKETS, Family, Labels, Metric, MetricKind, Spread

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
_ESCAPES: Final = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})

Made = CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily


def exposition(families: Iterable[Family]) -> bytes:
    """The text of ``families``."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Given([_made(family) for family in families]))
    return generate_latest(registry)


def gauge_lines(metrics: Mapping[Metric, Mapping[str, float]]) -> bytes:
    """The text of gauges of which there are many; their series by :func:`labels_text`."""
    parts: list[str] = []
    for metric, series in metrics.items():
        name = metric.name
        parts.append(f"# HELP {name} {metric.words}\n# TYPE {name} {MetricKind.GAUGE.value}\n")
        parts += [f"{name}{labels} {value!r}\n" for labels, value in series.items()]
    return "".join(parts).encode()


def labels_text(names: Labels, values: Labels) -> str:
    """Labels as they stand behind a metric's name."""
    pairs = (
        f'{name}="{value.translate(_ESCAPES)}"' for name, value in zip(names, values, strict=True)
    )
    return f"{{{','.join(pairs)}}}"


class _Given(Collector):
    def __init__(self, families: list[Made]) -> None:
        self._families = families

    def collect(self) -> Iterable[Made]:
        return self._families


def _made(family: Family) -> Made:
    metric = family.metric
    if metric.kind is MetricKind.HISTOGRAM:
        histogram = HistogramMetricFamily(metric.name, metric.words, labels=metric.labels)
        for labels, spread in family.spreads.items():
            histogram.add_metric(list(labels), _cumulated(spread), spread.total)
        return histogram
    kind = CounterMetricFamily if metric.kind is MetricKind.COUNTER else GaugeMetricFamily
    made = kind(metric.name, metric.words, labels=metric.labels)
    for labels, value in family.values.items():
        made.add_metric(list(labels), value)
    return made


def _cumulated(spread: Spread) -> list[tuple[str, float]]:
    buckets: list[tuple[str, float]] = []
    seen = 0
    for bound, count in zip((*map(str, BUCKETS), "+Inf"), spread.buckets, strict=True):
        seen += count
        buckets.append((bound, seen))
    return buckets
