"""GET /metrics for Prometheus, of the audiences of whoever asks: what was counted since the start, and how things are now."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from cardcore.audit import ClockTrust
from cardcore.ids import Audience, UnixSeconds
from central.ops.beats import beat_of
from central.ops.meter import CentralMeter
from central.ports.call import Answer, Call
from central.ports.records import Caller
from central.ports.storage import Storage
from central.ports.vitals import DoorSign, Queue
from central.ports.world import Clock
from telemetry.counters import Family, Metric, MetricKind, family_of
from telemetry.health import Examiner, Level

if TYPE_CHECKING:
    from telemetry.tracing import Tracing

_MICROS: Final = 1_000_000
_TRUST: Final = {ClockTrust.TRUSTED: 1.0, ClockTrust.HOLDOVER: 0.5, ClockTrust.UNTRUSTED: 0.0}
_DOOR: Final = ("audience", "door", "device")


def _gauge(name: str, words: str, *labels: str) -> Metric:
    return Metric(name=name, kind=MetricKind.GAUGE, words=words, labels=labels)


HEARD: Final = _gauge(
    "gatepost_door_silent_seconds", "Seconds since the door's last heartbeat.", *_DOOR
)
OUTBOX: Final = _gauge(
    "gatepost_door_outbox_entries", "Entries that the door has still to hand over.", *_DOOR
)
CIRCUIT: Final = _gauge(
    "gatepost_door_circuit_open", "1 where the door's circuit to central is open.", *_DOOR
)
TRUST: Final = _gauge(
    "gatepost_door_clock_trust", "1 trusted, 0.5 in holdover, 0 untrusted.", *_DOOR
)
KEY_SET: Final = _gauge("gatepost_door_key_set_version", "The key set in force there.", *_DOOR)
DOORS: Final = _gauge("gatepost_central_doors", "Enrolled devices.", "audience")
CARDS: Final = _gauge("gatepost_central_cards", "Cards by their state.", "audience", "state")
INCIDENTS: Final = _gauge(
    "gatepost_central_incidents_open", "Incidents that nobody has handled.", "audience", "kind"
)
DOCUMENTS: Final = _gauge(
    "gatepost_central_document_age_seconds",
    "Seconds since the key set or the list of cards in force was made.",
    "audience",
    "kind",
)
EVENTS: Final = _gauge("gatepost_central_events", "Events that wait, and dead letters.", "state")
CONNECTIONS: Final = _gauge(
    "gatepost_central_database_connections", "Connections: in use, and all there may be.", "state"
)
HEALTH: Final = _gauge("gatepost_central_health", "1 where the check is well.", "check")
RATIO: Final = _gauge("gatepost_central_health_ratio", "The share of checks that are well.")
DISK: Final = _gauge("gatepost_door_disk_free_bytes", "Free where the ledger is.", *_DOOR)
OF_DOORS: Final = (HEARD, OUTBOX, CIRCUIT, TRUST, KEY_SET, DISK)
NOW: Final = (
    *OF_DOORS,
    DOORS,
    CARDS,
    INCIDENTS,
    DOCUMENTS,
    EVENTS,
    CONNECTIONS,
    HEALTH,
    RATIO,
)


class MetricsRoutes:
    """Figures for Prometheus."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        meter: CentralMeter,
        examiner: Examiner,
        tracing: "Tracing | None" = None,
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._meter = meter
        self._examiner = examiner
        self._tracing = tracing
        self._labels: dict[tuple[Audience, str, str], str] = {}

    def metrics(self, _call: Call, caller: Caller) -> Answer:
        """All figures of the caller's audiences."""
        from telemetry.exposition import CONTENT_TYPE, exposition, gauge_lines

        venues = caller.audiences
        with self._storage.read() as tx:
            signs = [sign for sign in tx.vitals.doors() if sign.audience in venues]
            families = [
                family_of(CARDS, tx.vitals.cards()),
                family_of(INCIDENTS, tx.vitals.open_incidents()),
                family_of(DOCUMENTS, self._ages(tx.vitals.document_ages())),
                family_of(EVENTS, _queued(tx.vitals.queue())),
            ]
        families += [
            family_of(DOORS, {(it,): _count(signs, it) for it in sorted(venues)}),
            *self._of_this_process(),
            *self._meter.counters.families(),
            *(() if self._tracing is None else self._tracing.families()),
        ]
        body = exposition(_of(venues, family) for family in families)
        return Answer(body=body + gauge_lines(self._of_doors(signs)), media_type=CONTENT_TYPE)

    def _ages(
        self, made: Mapping[tuple[Audience, str], UnixSeconds]
    ) -> Mapping[tuple[str, ...], float]:
        now = self._clock.now()
        return {key: max(0, now - at) for key, at in made.items()}

    def _of_this_process(self) -> Iterator[Family]:
        pool = self._storage.pool()
        values = {("in_use",): pool.in_use, ("size",): pool.size}
        yield family_of(CONNECTIONS, values)
        report = self._examiner.report(Level.READY)
        checks = {(check.name,): float(check.healthy) for check in report.checks}
        yield family_of(HEALTH, checks)
        yield family_of(RATIO, {(): report.ratio})

    def _of_doors(self, signs: Sequence[DoorSign]) -> Mapping[Metric, Mapping[str, float]]:
        now = self._clock.micros()
        found: dict[Metric, dict[str, float]] = {metric: {} for metric in OF_DOORS}
        heard, outbox, circuit, trust, key_set, disk = (found[metric] for metric in OF_DOORS)
        for sign in signs:
            if sign.received_at is None or sign.content is None:
                continue
            labels = self._labels_of(sign)
            heard[labels] = max(0, now - sign.received_at) / _MICROS
            beat = beat_of(sign.content)
            if beat is None:
                continue
            outbox[labels] = beat.outbox
            circuit[labels] = float(beat.circuit == "open")
            trust[labels] = _TRUST[beat.clock]
            key_set[labels] = beat.keyset_version
            if beat.free_bytes is not None:
                disk[labels] = beat.free_bytes
        return found

    def _labels_of(self, sign: DoorSign) -> str:
        """Made once for each door: there may be a thousand."""
        key = (sign.audience, sign.door, sign.device_id)
        found = self._labels.get(key)
        if found is None:
            from telemetry.exposition import labels_text

            found = self._labels[key] = labels_text(_DOOR, key)
        return found


def _of(venues: Collection[Audience], family: Family) -> Family:
    """What of it belongs to these audiences."""
    if "audience" not in family.metric.labels:
        return family
    return Family(
        metric=family.metric,
        values={key: value for key, value in family.values.items() if key[0] in venues},
        spreads=family.spreads,
    )


def _queued(queue: Queue) -> Mapping[tuple[str, ...], float]:
    return {("waiting",): queue.waiting, ("dead",): queue.dead}


def _count(signs: Sequence[DoorSign], audience: Audience) -> int:
    return sum(sign.audience == audience for sign in signs)
