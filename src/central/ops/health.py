"""GET /health/live, /health/ready and /health/full: whether central runs, can work, and how it fares.

The first two are told to anybody, so a fault's own words go to the log, and the sentence only says where to look.
"""

import logging
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from cardcore.ids import Audience, Micros
from cardcore.trial import RANDOM_BYTES, is_judged_right, make_trial_card
from central.errors import CentralError, StorageDownError
from central.ops.beats import beat_of
from central.ports.call import Answer, Call
from central.ports.records import Caller, KeyUse
from central.ports.storage import Storage
from central.ports.world import Clock, KeyRing, Randomness
from telemetry.health import Examiner, Figures, Finding, HealthReport, Level, Probe
from telemetry.machine import look_at_disk, look_at_memory, look_at_process, own_pid

OUTBOX_MANY: Final = 1_000  # events; a worker publishes hundreds a second
SILENT_US: Final = 180 * 1_000_000  # three heartbeats that did not come
RENEW_S: Final = 86_400  # a key that stops signing sooner should have a successor
DISK_LEAST: Final = 500_000_000  # bytes; a day of a large venue's audit
SELF_TEST_US: Final = 60 * 1_000_000  # a code takes 6 ms to draw
HOUR_US: Final = 3_600 * 1_000_000
_OPEN: Final = "open"
_USES: Final = (KeyUse.SCREEN, KeyUse.PRINT_MAC, KeyUse.PRINT_SIGNATURE)
_log: Final = logging.getLogger("gatepost.central.health")


class CentralHealth:
    """What each check looks at."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        keys: KeyRing,
        randomness: Randomness,
        folder: Path,
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._keys = keys
        self._randomness = randomness
        self._folder = folder

    def examiner(self) -> Examiner:
        """All probes, in order."""
        return Examiner(
            live=(
                Probe(name="process", look=lambda: look_at_process(own_pid()), critical=True),
                Probe(name="memory", look=lambda: look_at_memory(own_pid())),
                Probe(name="disk", look=lambda: look_at_disk(self._folder, DISK_LEAST)),
            ),
            ready=(
                Probe(name="database", look=self._database, critical=True),
                Probe(name="cache", look=self._cache),
                Probe(name="outbox", look=self._outbox),
                Probe(name="key_set", look=self._key_set, critical=True),
                Probe(name="self_test", look=self._self_test, critical=True, every=SELF_TEST_US),
                Probe(name="circuit", look=self._circuit),
                Probe(name="database_pool", look=self._pool),
            ),
            mono=lambda: int(self._clock.monotonic() * 1_000_000),
            explain=_explained,
        )

    def _database(self) -> Finding:
        self._storage.try_to_write()
        words = "the database can be written; what was tried is taken back"
        return Finding(healthy=True, words=words)

    def _cache(self) -> Finding:
        with self._storage.read() as tx:
            kept = tx.vitals.documents()
        figures = {"documents": kept.count}
        if kept.oldest is None:
            return Finding(healthy=True, words="no document was asked for yet", figures=figures)
        words = f"{kept.count} signed documents are kept and handed out again"
        return Finding(healthy=True, words=words, figures=figures)

    def _outbox(self) -> Finding:
        with self._storage.read() as tx:
            queue = tx.vitals.queue()
        words = f"{queue.waiting} events wait, {queue.dead} could not be delivered"
        return Finding(
            healthy=queue.waiting <= OUTBOX_MANY and not queue.dead,
            words=words,
            figures={"waiting": queue.waiting, "dead": queue.dead},
        )

    def _key_set(self) -> Finding:
        """Keys are made when they are first wanted: an audience without any is no fault, one with old ones is."""
        now = self._clock.now()
        with self._storage.read() as tx:
            keys = [
                key
                for audience in tx.vitals.audiences()
                for use in _USES
                if (key := self._keys.current_key(tx, audience, use)) is not None
            ]
            held = sum(bool(tx.keys.of(audience)) for audience in tx.vitals.audiences())
        signing = {key.audience for key in keys}
        if len(signing) < held:
            words = f"{held - len(signing)} of {held} venues have no key that signs now"
            return Finding(healthy=False, words=words)
        left = min((key.signs_until - now for key in keys), default=RENEW_S)
        words = f"{len(keys)} keys of {held} venues sign cards"
        if left < RENEW_S:
            words += f"; one of them stops in {left // 3_600} hours"
        return Finding(
            healthy=left >= RENEW_S, words=words, figures={"keys": len(keys)}, bearable=True
        )

    def _self_test(self) -> Finding:
        from central.cards.qr import version_of

        now = self._clock.now()
        trial = make_trial_card(self._randomness(RANDOM_BYTES), now)
        if not version_of(trial.text):
            return Finding(healthy=False, words="a card's code cannot be drawn")
        if not is_judged_right(trial, trial.text, now):
            return Finding(healthy=False, words="a good card is refused, or a forged one taken")
        return Finding(
            healthy=True, words="a card was made, drawn and verified; a forged one was refused"
        )

    def _circuit(self) -> Finding:
        now = self._clock.micros()
        with self._storage.read() as tx:
            doors = tx.vitals.doors()
        heard = [
            door.content
            for door in doors
            if door.received_at is not None and now - door.received_at < SILENT_US
        ]
        beats = [beat_of(content or b"") for content in heard]
        open_ones = sum(beat is not None and beat.circuit == _OPEN for beat in beats)
        words = (
            f"{open_ones} of {len(heard)} doors heard of late have their circuit to central open"
        )
        figures = {"doors": len(doors), "heard": len(heard), "open": open_ones}
        return Finding(healthy=2 * open_ones <= len(heard), words=words, figures=figures)

    def _pool(self) -> Finding:
        pool = self._storage.pool()
        words = f"{pool.in_use} of {pool.size} connections to the database are in use"
        figures = {"size": pool.size, "in_use": pool.in_use}
        return Finding(healthy=pool.in_use < pool.size, words=words, figures=figures)

    def figures(self, audiences: Collection[Audience] | None) -> Figures:
        """Figures of the business of these audiences; None for all.

        Raises:
            StorageDownError: they cannot be counted.
        """
        now = self._clock.micros()
        with self._storage.read() as tx:
            chosen = tx.vitals.audiences() if audiences is None else audiences
            devices = [device for device in tx.devices.all() if device.audience in chosen]
            signs = tx.reports.signs()
            counts = {
                "cards_{}": tx.vitals.cards(),
                "{}_last_hour": tx.vitals.scans_since(Micros(now - HOUR_US)),
                "incidents_{}": tx.vitals.open_incidents(),
            }
        heard = [sign for device in devices if (sign := signs.get(device.device_id)) is not None]
        figures = {
            "doors": len(devices),
            "doors_heard": sum(now - sign.received_at < SILENT_US for sign in heard),
        }
        for name, counted in counts.items():
            for (audience, word), count in counted.items():
                if audience in chosen:
                    figures[name.format(word)] = figures.get(name.format(word), 0) + count
        return figures


class HealthRoutes:
    """Health, for whoever restarts, routes or looks."""

    def __init__(self, health: CentralHealth, examiner: Examiner) -> None:
        self._health = health
        self._examiner = examiner

    def live(self, _call: Call) -> Answer:
        """Whether the process runs."""
        return self._answer(Level.LIVE)

    def ready(self, _call: Call) -> Answer:
        """Whether it can work."""
        return self._answer(Level.READY)

    def full(self, _call: Call, caller: Caller) -> Answer:
        """All checks, and figures of the caller's audiences."""
        report = self._examiner.report(Level.FULL)
        with suppress(StorageDownError):  # which a check tells
            report = replace(report, figures=self._health.figures(caller.audiences))
        return _answer_of(report)

    def _answer(self, level: Level) -> Answer:
        return _answer_of(self._examiner.report(level))


def _answer_of(report: HealthReport) -> Answer:
    return Answer(status=report.http_status, body=msgspec.json.encode(report))


def _explained(name: str, error: Exception) -> str:
    words = error.detail if isinstance(error, CentralError) else repr(error)
    _log.error("health: %s: %s", name, words)
    return "cannot be looked at now; the log says why"
