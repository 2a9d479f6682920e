"""Counting, and what Prometheus reads of it."""

import threading

import pytest
from prometheus_client.parser import text_string_to_metric_families

from telemetry import counters
from telemetry.counters import BUCKETS, OTHER, Counters, Family, Metric, MetricKind
from telemetry.exposition import exposition, gauge_lines, labels_text

SCANS = Metric(
    name="gatepost_x_total", kind=MetricKind.COUNTER, words="Some.", labels=("decision", "reason")
)
TOOK = Metric(name="gatepost_x_seconds", kind=MetricKind.HISTOGRAM, words="Time.", labels=("s",))
AGE = Metric(name="gatepost_x_age", kind=MetricKind.GAUGE, words="Age.", labels=("door",))


def read(text: bytes) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def test_what_is_counted_is_read_back() -> None:
    tally = Counters()
    tally.count(SCANS, "admit", "ok")
    tally.count(SCANS, "admit", "ok", by=2)
    tally.count(SCANS, "refuse", "expired")
    found = read(exposition(tally.families()))
    admitted = frozenset({("decision", "admit"), ("reason", "ok")})
    assert found["gatepost_x_total", admitted] == 3


def test_a_histogram_is_cumulated() -> None:
    tally = Counters()
    for seconds in (0.0001, 0.0005, 0.02, 99.0):
        tally.observe(TOOK, seconds, "decode")
    found = read(exposition(tally.families()))
    stage = ("s", "decode")
    assert found["gatepost_x_seconds_bucket", frozenset({stage, ("le", "0.0005")})] == 2
    assert found["gatepost_x_seconds_bucket", frozenset({stage, ("le", "0.025")})] == 3
    assert found["gatepost_x_seconds_bucket", frozenset({stage, ("le", "+Inf")})] == 4
    assert found["gatepost_x_seconds_count", frozenset({stage})] == 4
    assert found["gatepost_x_seconds_sum", frozenset({stage})] == pytest.approx(99.0206)


def test_nobody_fills_the_memory_by_inventing_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counters, "MOST_SERIES", 3)
    tally = Counters()
    for number in range(10):
        tally.count(SCANS, "refuse", f"invented {number}")
        tally.observe(TOOK, 0.1, f"invented {number}")
    tally.count(SCANS, "refuse", "invented 0")
    scans, took = tally.families()
    assert len(scans.values) == len(took.spreads) == 4
    assert scans.values[OTHER, OTHER] == 7
    assert scans.values["refuse", "invented 0"] == 2


def test_many_threads_lose_no_count() -> None:
    tally = Counters()

    def count() -> None:
        for _ in range(500):
            tally.count(SCANS, "admit", "ok")

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (family,) = tally.families()
    assert family.values["admit", "ok"] == 4_000


@pytest.mark.parametrize("name", ['North "gate"', "a\\b", "two\nlines", "<b>", "Tür {1},"])
def test_a_door_of_any_name_is_read_back(name: str) -> None:
    text = gauge_lines({AGE: {labels_text(("door",), (name,)): 1.5}})
    assert read(text) == {("gatepost_x_age", frozenset({("door", name)})): 1.5}
    whole = exposition([Family(metric=AGE, values={(name,): 1.5})])
    assert read(whole) == read(text)


def test_buckets_ascend() -> None:
    assert list(BUCKETS) == sorted(BUCKETS)
