"""Health of the door of a data folder: whether it runs, can work, and how it fares. Each look opens what it needs and lets go.

So the door that runs and `gatepost health` in another process see the same, and neither waits for the other.
"""

import secrets
from contextlib import closing
from typing import Final

from cardcore.audit import Outcome
from cardcore.ids import UnixSeconds
from cardcore.keyset import Key, KeyState
from cardcore.trial import RANDOM_BYTES, is_judged_right, make_trial_card
from cardcore.verify import SKEW
from scanner.adapters.clock_system import SystemClock
from scanner.adapters.keyring_file import DevicePapers
from scanner.adapters.link_file import read_circuits, running_pid
from scanner.adapters.ntp_adjtimex import ntp_state
from scanner.bootstrap.door import open_log, open_standings
from scanner.bootstrap.trust import Trust, open_trust
from scanner.bootstrap.vault import open_papers
from scanner.circuit import OPEN
from scanner.config import Settings, guard_opencv
from scanner.door.clock_trust import judge_clock
from scanner.door.frame import Frame
from scanner.door.moment import MICROS
from scanner.ports import Clock
from telemetry.health import Examiner, Figures, Finding, Probe
from telemetry.machine import look_at_disk, look_at_memory, look_at_process, own_pid

OUTBOX_MANY: Final = 1_000  # entries; a busy door makes as many in an hour
COUNTED: Final = 2_000  # of the newest entries; a door makes fewer in an hour
SELF_TEST_EVERY: Final = 60 * MICROS
_HOUR: Final = 3_600 * MICROS
_MB: Final = 1_000_000


class DoorHealth:
    """What each check looks at. ``is_running`` is for the door itself, which need not look for its process."""

    def __init__(
        self, settings: Settings, *, is_running: bool = False, clock: Clock | None = None
    ) -> None:
        self._settings = settings
        self._is_running = is_running
        self._clock = SystemClock() if clock is None else clock
        self._opened: tuple[DevicePapers, Trust] | None = None

    def examiner(self) -> Examiner:
        """All probes, in order."""
        return Examiner(
            live=(
                Probe(name="process", look=self._process, critical=True),
                Probe(name="memory", look=self._memory),
                Probe(name="disk", look=self._disk, critical=True),
            ),
            ready=(
                Probe(name="database", look=self._database, critical=True),
                Probe(name="cache", look=self._cache),
                Probe(name="outbox", look=self._outbox),
                Probe(name="key_set", look=self._key_set, critical=True),
                Probe(name="self_test", look=self._self_test, critical=True, every=SELF_TEST_EVERY),
                Probe(name="circuit", look=self._circuit),
                Probe(name="central_link", look=self._central_link),
            ),
            figures=self._figures,
            mono=self._clock.mono,
        )

    def _pid(self) -> int | None:
        if self._is_running:
            return own_pid()
        return running_pid(self._settings.folder, self._clock.now())

    def _known(self) -> tuple[DevicePapers, Trust]:
        """Papers and what is trusted, opened once: a passphrase takes its time."""
        if self._opened is None:
            papers = open_papers(self._settings)
            self._opened = papers, open_trust(self._settings, papers)
        return self._opened

    def _process(self) -> Finding:
        return look_at_process(self._pid())

    def _memory(self) -> Finding:
        return look_at_memory(self._pid())

    def _disk(self) -> Finding:
        return look_at_disk(self._settings.folder, self._settings.disk_least_mb * _MB)

    def _database(self) -> Finding:
        with open_log(self._settings) as log:
            log.try_to_write()
        return Finding(
            healthy=True, words="the ledger can be written; what was tried is taken back"
        )

    def _cache(self) -> Finding:
        last_known_s = self._known()[1].policy.current().last_known_s
        with closing(open_standings(self._settings)) as standings:
            issued_at, cards = standings.snapshot_issued_at, standings.snapshot_cards
        if issued_at is None:
            return Finding(healthy=False, words="no list of cards has come from central yet")
        age = max(0, self._clock.now().seconds - issued_at)
        words = f"a list of {cards} cards, {span(age)} old; it counts for {span(last_known_s)}"
        figures = {"cards": cards, "age_s": age}
        return Finding(healthy=age <= last_known_s, words=words, figures=figures)

    def _outbox(self) -> Finding:
        with open_log(self._settings) as log:
            waiting = log.backlog()
        words = f"{waiting} entries to hand over; up to {OUTBOX_MANY} are usual"
        return Finding(healthy=waiting <= OUTBOX_MANY, words=words, figures={"entries": waiting})

    def _key_set(self) -> Finding:
        keyring = self._known()[1].keys
        now = self._clock.now().seconds
        keys, ages = keyring.current(), keyring.ages
        judging = sum(judges(key, now) for key in keys.keys.values())
        if ages is None or not judging:
            return Finding(healthy=False, words="no key judges cards now: nobody would be let in")
        age, left = max(0, now - ages[0]), ages[1] - now
        words = f"{judging} keys judge cards; central made the set {span(age)} ago"
        if left <= 0:
            words += f" and should have renewed it {span(-left)} ago"
        figures = {"version": keys.version, "keys": judging, "age_s": age}
        return Finding(healthy=left > 0, words=words, figures=figures, bearable=True)

    def _self_test(self) -> Finding:
        guard_opencv()
        from scanner.adapters.code_drawing import draw_code
        from scanner.adapters.decoder_zxing import ZxingDecoder

        at = self._clock.now()
        trial = make_trial_card(secrets.token_bytes(RANDOM_BYTES), at.seconds)
        frame = Frame(luma=draw_code(trial.text), taken_at=at, still=True)
        read = [found.text for found in ZxingDecoder().decode(frame)]
        if read != [trial.text]:
            return Finding(healthy=False, words="a code that was just drawn cannot be read")
        if not is_judged_right(trial, read[0], at.seconds):
            return Finding(healthy=False, words="a good card is refused, or a forged one taken")
        return Finding(
            healthy=True,
            words="a card was made, drawn, read and verified; a forged one was refused",
        )

    def _circuit(self) -> Finding:
        now = self._clock.now()
        states = {
            name: facts.state_at(now.mono)
            for name, facts in read_circuits(self._settings.folder, now).items()
        }
        if not states:
            return Finding(healthy=True, words="no door runs here, so there is no circuit")
        words = ", ".join(f"{name} {state}" for name, state in states.items())
        return Finding(
            healthy=OPEN not in states.values(), words=f"circuits: {words}", figures=states
        )

    def _central_link(self) -> Finding:
        now = self._clock.now()
        sync = read_circuits(self._settings.folder, now).get("sync")
        if sync is None:
            return Finding(healthy=False, words="no door runs here that keeps in step with central")
        if not sync.failures:
            return Finding(healthy=True, words="central answered when it was last asked")
        words = f"central did not answer {sync.failures} times in a row; the door goes on without"
        return Finding(healthy=False, words=words, figures={"failures": sync.failures})

    def _figures(self) -> Figures:
        papers = self._known()[0]
        now = self._clock.now()
        with open_log(self._settings) as log:
            newest = list(log.newest(COUNTED))
            epoch = log.epochs()[-1]
            figures: dict[str, int | float | str | None] = {
                "door": papers.door,
                "audience": papers.audience,
                "here": log.here(now.seconds, papers.policy.passback_s),
                "capacity": papers.policy.capacity,
                "entries": log.head(epoch),
                "outbox": log.backlog(),
                "clock": judge_clock(now, log.clock_memory, ntp_state()).value,
            }
        recent = [found.entry for found in newest if found.entry.wall >= now.wall - _HOUR]
        for outcome in Outcome:
            figures[f"{outcome.value}_last_hour"] = sum(
                entry.decision is outcome for entry in recent
            )
        figures["last_entry_at"] = newest[0].entry.wall // MICROS if newest else None
        return figures


def judges(key: Key, now: UnixSeconds) -> bool:
    """Whether this key judges cards at ``now``."""
    in_time = key.not_before - SKEW <= now < key.expires_at + SKEW
    return key.state is not KeyState.REVOKED and in_time


def span(seconds: int) -> str:
    """So long, in the largest unit that it has two of."""
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} seconds"
