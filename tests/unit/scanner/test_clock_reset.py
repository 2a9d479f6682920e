"""`gatepost clock reset`: believed again once somebody said so, and written down."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from cardcore.audit import ClockTrust, Outcome
from cardcore.ids import UnixSeconds
from scanner.adapters.ledger_sqlite import SqliteLog
from scanner.bootstrap.clock import clock_state
from scanner.bootstrap.door import LEDGER_FILE, open_ledger
from scanner.bootstrap.eyes import system_clock
from scanner.cli.clock import command as clock
from scanner.config import Settings
from tests.fakes.card_material import DAY
from tests.fakes.rehearsal_door import rehearsal_folder
from tests.fakes.scanner_folder import vault_of


@pytest.fixture
def door(tmp_path: Path) -> Settings:
    """A door that has seen the day after tomorrow."""
    settings = Settings(data=str(rehearsal_folder(tmp_path)))
    open_ledger(settings, rehearsal=False).close()
    with closing(SqliteLog(tmp_path / LEDGER_FILE, vault_of(tmp_path))) as log:
        log.raise_clock_floor(UnixSeconds(now() + 2 * DAY))
    return settings


def now() -> UnixSeconds:
    return system_clock().now().seconds


def trust(door: Settings) -> ClockTrust:
    return clock_state(door, system_clock().now()).trust


def test_a_reset_is_believed_and_in_the_log(door: Settings) -> None:
    assert trust(door) is ClockTrust.UNTRUSTED
    done = CliRunner().invoke(clock, ["reset", "--yes", "--json", "--data", door.data])
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert (answer["was"], answer["seq"]) == ("untrusted", 1)
    assert trust(door) is ClockTrust.TRUSTED
    with closing(SqliteLog(door.folder / LEDGER_FILE, vault_of(door.folder))) as log:
        (entry,) = log.newest_entries(1)
        assert log.verify(log.epochs()[-1]).seq == 1
    assert (entry.decision, entry.reason) == (Outcome.RECORD, "clock_reset")
    assert (entry.clock, entry.source) == (ClockTrust.UNTRUSTED, "operator")


def test_without_a_yes_nothing_changes(door: Settings) -> None:
    done = CliRunner().invoke(clock, ["reset", "--data", door.data], input="n\n")
    assert done.exit_code == 1
    assert "Is the clock right?" in done.stderr
    assert trust(door) is ClockTrust.UNTRUSTED


def test_a_yes_by_hand_says_what_became_of_it(door: Settings) -> None:
    done = CliRunner().invoke(clock, ["reset", "--data", door.data], input="y\n")
    assert "believed again; entry 1" in done.stdout
