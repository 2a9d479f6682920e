"""What the buckets of latencies say. Pure."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from central.ports.rollups import Latency, bucket_middle

_MS: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Latencies:
    """Milliseconds; those of a bucket are told by its middle, so percentiles are within 5 %."""

    entries: int
    p50: float
    p90: float
    p95: float
    p99: float
    average: float
    longest: float


def latencies_in(buckets: Mapping[int, Latency]) -> Latencies | None:
    """The figures of these buckets; None where nothing was timed."""
    if not buckets:
        return None
    order = sorted(buckets)
    up_to = list(accumulate(buckets[bucket].entries for bucket in order))
    entries = up_to[-1]
    longest = max(latency.max_us for latency in buckets.values())

    def at(part: float) -> float:
        bucket = order[bisect_left(up_to, part * entries)]
        return min(bucket_middle(bucket), longest) / _MS

    return Latencies(
        entries=entries,
        p50=at(0.5),
        p90=at(0.9),
        p95=at(0.95),
        p99=at(0.99),
        average=sum(latency.sum_us for latency in buckets.values()) / entries / _MS,
        longest=longest / _MS,
    )


def slower_than(buckets: Mapping[int, Latency], ms: float) -> tuple[int, int]:
    """How many took longer than so many milliseconds, by the middle of their bucket; and how many there are."""
    slow = sum(
        latency.entries for bucket, latency in buckets.items() if bucket_middle(bucket) > ms * _MS
    )
    return slow, sum(latency.entries for latency in buckets.values())
