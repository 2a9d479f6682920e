"""What central counts while it runs, and the names that /metrics has for it."""

from collections.abc import Sequence
from typing import Final

from cardcore.reasons import Reason
from central.errors import Kind
from central.ports.records import Device, StoredEntry
from telemetry.counters import OTHER, Counters, Metric, MetricKind

_KNOWN: Final = frozenset(reason.value for reason in Reason)
SCANS: Final = Metric(
    name="gatepost_central_scans_total",
    kind=MetricKind.COUNTER,
    words="Verdicts and records of doors that central took in, each once.",
    labels=("audience", "decision", "reason"),
)
INGESTED: Final = Metric(
    name="gatepost_central_ingested_entries_total",
    kind=MetricKind.COUNTER,
    words="Entries of batches, by what became of them.",
    labels=("audience", "outcome"),
)
REFUSED: Final = Metric(
    name="gatepost_central_refused_batches_total",
    kind=MetricKind.COUNTER,
    words="Batches that were refused: a gap, a fork, a broken chain.",
    labels=("audience", "kind"),
)
REPEATED: Final = Metric(
    name="gatepost_central_repeats_total",
    kind=MetricKind.COUNTER,
    words="What came again and had no second effect.",
    labels=("what",),
)
ANSWERED: Final = Metric(
    name="gatepost_central_request_seconds",
    kind=MetricKind.HISTOGRAM,
    words="How long calls took, by route and status.",
    labels=("method", "path", "status"),
)


class CentralMeter:
    """The one meter there is."""

    def __init__(self) -> None:
        self.counters = Counters()

    def took(self, device: Device, entries: Sequence[StoredEntry], *, duplicate: int) -> None:
        """A batch was stored."""
        venue = device.audience
        for stored in entries:
            entry = stored.entry
            if entry is not None and stored.quarantine is None:
                reason = entry.reason if entry.reason in _KNOWN else OTHER
                self.counters.count(SCANS, venue, entry.decision.value, reason)
        quarantined = sum(stored.quarantine is not None for stored in entries)
        outcomes = {
            "accepted": len(entries) - quarantined,
            "duplicate": duplicate,
            "quarantined": quarantined,
        }
        for outcome, count in outcomes.items():
            if count:
                self.counters.count(INGESTED, venue, outcome, by=count)
        if duplicate:
            self.counters.count(REPEATED, "audit_entry", by=duplicate)

    def refused(self, device: Device, kind: Kind) -> None:
        """A batch was refused."""
        self.counters.count(REFUSED, device.audience, kind.value)

    def repeated(self, what: str) -> None:
        """Something came again."""
        self.counters.count(REPEATED, what)

    def answered(self, method: str, path: str, status: int, seconds: float) -> None:
        """A call was answered."""
        self.counters.observe(ANSWERED, seconds, method, path, str(status))
