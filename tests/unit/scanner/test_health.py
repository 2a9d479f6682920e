"""Health of a door: each probe by its name, well and not."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from cardcore.ids import CardId, Epoch, Micros, UnixSeconds
from cardcore.lifecycle import CardState
from cardcore.membership import CardStanding, MemberStatus
from cardcore.snapshot_document import SnapshotRow
from scanner.adapters import code_drawing
from scanner.adapters.ledger_sqlite import SqliteLedger
from scanner.adapters.link_file import LinkFile
from scanner.adapters.snapshot_sqlite import SqliteStandings
from scanner.bootstrap import health
from scanner.bootstrap.health import DoorHealth, span
from scanner.circuit import CLOSED, OPEN, CircuitFacts
from scanner.cli.health import command
from scanner.config import Settings
from scanner.sqlite import connect
from telemetry.health import Check, Condition, HealthReport, Level
from tests.fakes.card_material import DAY, NOW
from tests.fakes.rehearsal_door import rehearsal_folder
from tests.fakes.scanner_clock import BOOT, FakeClock
from tests.fakes.scanner_door import an_attempt
from tests.fakes.scanner_folder import vault_of

LIVE = ("process", "memory", "disk")
READY = ("database", "cache", "outbox", "key_set", "self_test", "circuit", "central_link")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=str(rehearsal_folder(tmp_path / "door")))


@pytest.fixture
def ledger(settings: Settings) -> Iterator[SqliteLedger]:
    made = SqliteLedger.open(
        settings.folder / "ledger.sqlite3",
        vault_of(settings.folder),
        new_epoch=Epoch(b"epoch-01"),
        now=NOW,
        rehearsal=False,
    )
    with closing(made) as opened:
        yield opened


@pytest.fixture
def running(settings: Settings, ledger: SqliteLedger) -> Iterator[LinkFile]:
    """A door that runs and is well."""
    assert not ledger.is_rehearsal
    with (
        closing(
            SqliteStandings(settings.folder / "standings.sqlite3", vault_of(settings.folder))
        ) as standings,
        closing(LinkFile(settings.folder, "sync", BOOT)) as notes,
    ):
        standings.replace_snapshot(3, UnixSeconds(NOW - 60), iter([a_row()]))
        notes.tell(CircuitFacts(state=CLOSED))
        yield notes


def a_row() -> SnapshotRow:
    standing = CardStanding(
        state=CardState.ACTIVE,
        generation=0,
        member=MemberStatus.ACTIVE,
        display_name="Ada L.",
        as_of=NOW,
    )
    return SnapshotRow(card_id=CardId(bytes(16)), standing=standing)


def report(settings: Settings, clock: FakeClock, level: Level = Level.FULL) -> HealthReport:
    return DoorHealth(settings, clock=clock).examiner().report(level)


def check(settings: Settings, clock: FakeClock, name: str) -> Check:
    return next(one for one in report(settings, clock).checks if one.name == name)


@pytest.mark.usefixtures("running")
def test_a_door_that_runs_is_up(settings: Settings, clock: FakeClock) -> None:
    told = report(settings, clock)
    assert [one.name for one in told.checks] == [*LIVE, *READY]
    assert [(one.name, one.words) for one in told.checks if not one.healthy] == []
    assert told.status is Condition.UP
    assert all(one.words for one in told.checks)
    assert all(one.ms > 0 for one in told.checks)
    assert told.figures["door"] == "Test door"


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize(("level", "names"), [(Level.LIVE, LIVE), (Level.READY, READY)])
def test_a_level_asks_what_it_says(
    settings: Settings, clock: FakeClock, level: Level, names: tuple[str, ...]
) -> None:
    told = report(settings, clock, level)
    assert tuple(one.name for one in told.checks) == names
    assert told.status is Condition.UP


def test_process_of_a_door_that_does_not_run(settings: Settings, clock: FakeClock) -> None:
    found = check(settings, clock, "process")
    assert (found.healthy, found.critical) == (False, True)
    assert DoorHealth(settings, is_running=True).examiner().report(Level.LIVE).checks[0].healthy


def test_memory_is_told(settings: Settings, clock: FakeClock) -> None:
    assert "MB are free" in check(settings, clock, "memory").words


@pytest.mark.usefixtures("running")
def test_disk_without_room_is_down(settings: Settings, clock: FakeClock) -> None:
    full = replace(settings, disk_least_mb=1_000_000_000)
    assert report(full, clock, Level.LIVE).status is Condition.DOWN


@pytest.mark.usefixtures("running")
def test_database_that_is_held_is_down(
    settings: Settings, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scanner.sqlite.BUSY_TIMEOUT", 0.05)
    with closing(connect(settings.folder / "ledger.sqlite3")) as other:
        other.conn.execute("BEGIN IMMEDIATE")
        found = check(settings, clock, "database")
        assert "locked" in found.words
        assert report(settings, clock, Level.READY).status is Condition.DOWN
        other.conn.execute("ROLLBACK")
    assert check(settings, clock, "database").healthy


def test_database_is_as_it_was_after_the_trial(
    settings: Settings, clock: FakeClock, ledger: SqliteLedger
) -> None:
    before = ledger.clock_floor
    assert check(settings, clock, "database").healthy
    assert ledger.clock_floor == before


def test_cache_without_a_list(settings: Settings, clock: FakeClock) -> None:
    assert "no list" in check(settings, clock, "cache").words


@pytest.mark.usefixtures("running")
def test_cache_with_a_list_that_is_too_old_to_count(settings: Settings, clock: FakeClock) -> None:
    assert check(settings, clock, "cache").healthy
    clock.advance(4 * 3_600)
    found = check(settings, clock, "cache")
    assert (found.healthy, found.critical) == (False, False)
    assert found.words == "a list of 1 cards, 4 hours old; it counts for 4 hours"


def test_outbox_with_a_backlog(
    settings: Settings,
    clock: FakeClock,
    ledger: SqliteLedger,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ledger.commit(an_attempt())
    assert check(settings, clock, "outbox").healthy
    monkeypatch.setattr(health, "OUTBOX_MANY", 0)
    found = check(settings, clock, "outbox")
    assert (found.healthy, found.figures) == (False, {"entries": 1})
    told = report(settings, clock).figures
    assert (told["admit_last_hour"], told["refuse_last_hour"], told["outbox"]) == (1, 0, 1)


def test_key_set_that_should_have_been_renewed_is_bearable(
    settings: Settings, clock: FakeClock
) -> None:
    clock.advance(DAY + 10)  # keys are judged with 30 s to spare
    found = check(settings, clock, "key_set")
    assert (found.healthy, found.critical) == (False, False)
    assert "should have renewed it 10 seconds ago" in found.words


def test_key_set_without_a_key_that_judges_is_down(settings: Settings, clock: FakeClock) -> None:
    clock.advance(2 * DAY)
    assert check(settings, clock, "key_set").critical
    (settings.folder / "keyset.cose").unlink()
    assert "nobody would be let in" in check(settings, clock, "key_set").words


def test_self_test_that_cannot_read_its_own_code(
    settings: Settings, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert check(settings, clock, "self_test").healthy
    drawn = code_drawing.draw_code
    monkeypatch.setattr(code_drawing, "draw_code", lambda text: drawn(text + "?"))
    found = check(settings, clock, "self_test")
    assert (found.healthy, found.critical) == (False, True)
    assert "cannot be read" in found.words


def test_self_test_that_takes_a_forged_card(
    settings: Settings, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "is_judged_right", lambda *_: False)
    assert "forged one taken" in check(settings, clock, "self_test").words


def test_circuit_that_is_open(settings: Settings, clock: FakeClock, running: LinkFile) -> None:
    facts = CircuitFacts(state=OPEN, failures=5, next_try=Micros(clock.ticks + 60_000_000))
    running.tell(facts)
    assert check(settings, clock, "circuit").words == "circuits: sync open"
    told = report(settings, clock, Level.READY)
    assert (told.status, told.http_status) == (Condition.DEGRADED, 200)
    clock.advance(61)
    assert check(settings, clock, "circuit").healthy


def test_central_link_that_is_down_does_not_stop_the_door(
    settings: Settings, clock: FakeClock, running: LinkFile
) -> None:
    running.tell(CircuitFacts(state=CLOSED, failures=2))
    found = check(settings, clock, "central_link")
    assert "did not answer 2 times" in found.words
    assert report(settings, clock, Level.READY).status is Condition.DEGRADED
    running.close()
    assert "no door runs here" in check(settings, clock, "central_link").words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (119, "119 seconds"),
        (120, "2 minutes"),
        (7_200, "2 hours"),
        (172_800, "2 days"),
    ],
)
def test_a_span_is_told_in_one_unit(seconds: int, words: str) -> None:
    assert span(seconds) == words


class TestCommand:
    def test_a_door_that_does_not_run_is_exit_code_1(self, settings: Settings) -> None:
        run = CliRunner().invoke(command, ["--data", settings.data])
        assert run.exit_code == 1
        assert "critical process" in run.stdout
        assert run.stdout.splitlines()[-1].startswith("DOWN, ")

    def test_a_program_reads_the_same(self, settings: Settings) -> None:
        run = CliRunner().invoke(command, ["--data", settings.data, "--live", "--json"])
        told = json.loads(run.stdout)
        assert (run.exit_code, told["status"]) == (1, "DOWN")
        assert [one["name"] for one in told["checks"]] == list(LIVE)

    @pytest.mark.parametrize(
        ("condition", "code"),
        [(Condition.UP, 0), (Condition.DEGRADED, 3), (Condition.DOWN, 1)],
    )
    def test_the_exit_code_says_how_it_is(
        self,
        settings: Settings,
        monkeypatch: pytest.MonkeyPatch,
        condition: Condition,
        code: int,
    ) -> None:
        told = HealthReport(status=condition, ratio=1.0, checks=(), figures={"here": None})
        monkeypatch.setattr("telemetry.health.Examiner.report", lambda _self, _level: told)
        run = CliRunner().invoke(command, ["--data", settings.data, "--ready"])
        assert run.exit_code == code
        assert "here                   none" in run.stdout
