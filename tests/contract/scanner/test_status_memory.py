"""Standings kept in SQLite and in memory keep the same promises."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from cardcore.errors import UntrustedError
from cardcore.ids import CardId, UnixSeconds
from cardcore.lifecycle import CardState
from cardcore.membership import MemberStatus
from cardcore.snapshot_document import SnapshotRow
from scanner.adapters.snapshot_sqlite import SqliteStandings
from scanner.ports import StatusMemory
from tests.fakes.card_material import NOW
from tests.fakes.scanner_standings import FakeStandings, a_standing
from tests.fakes.vault import VAULT

CARD: Final = CardId(b"the one card 16b")
OTHER: Final = CardId(b"other card, 16 b")


@pytest.fixture(params=["memory", "sqlite"])
def memory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StatusMemory]:
    if request.param == "memory":
        yield FakeStandings()
        return
    with closing(SqliteStandings(tmp_path / "standings.sqlite3", VAULT)) as standings:
        yield standings


def _row(card_id: CardId, name: str | None = None) -> SnapshotRow:
    return SnapshotRow(card_id=card_id, standing=a_standing(name=name))


def test_nothing_is_known_at_first(memory: StatusMemory) -> None:
    assert memory.cached(CARD) is None
    assert memory.in_snapshot(CARD) is None
    assert memory.snapshot_issued_at is None
    assert memory.snapshot_version == 0


def test_a_live_answer_is_kept_whole(memory: StatusMemory) -> None:
    standing = a_standing(
        state=CardState.SUSPENDED, generation=65_535, member=MemberStatus.EXPIRED, name="Ada Ümit"
    )
    memory.remember(CARD, standing)
    assert memory.cached(CARD) == standing
    assert memory.cached(OTHER) is None


def test_a_late_older_answer_replaces_no_newer_one(memory: StatusMemory) -> None:
    newer = a_standing(state=CardState.REVOKED, as_of=NOW)
    memory.remember(CARD, newer)
    memory.remember(CARD, a_standing(as_of=NOW - 1))
    assert memory.cached(CARD) == newer


def test_of_two_answers_of_one_second_the_later_stands(memory: StatusMemory) -> None:
    memory.remember(CARD, a_standing())
    memory.remember(CARD, a_standing(state=CardState.REVOKED))
    kept = memory.cached(CARD)
    assert kept is not None
    assert kept.state is CardState.REVOKED


def test_a_snapshot_replaces_the_one_before_as_a_whole(memory: StatusMemory) -> None:
    assert memory.replace_snapshot(1, UnixSeconds(NOW), iter([_row(CARD, "Ada")])) == 1
    assert memory.replace_snapshot(2, UnixSeconds(NOW + 1), iter([_row(OTHER)])) == 1
    assert memory.in_snapshot(CARD) is None
    assert memory.in_snapshot(OTHER) == a_standing(as_of=NOW + 1)
    assert (memory.snapshot_version, memory.snapshot_issued_at) == (2, NOW + 1)


def test_an_empty_snapshot_is_a_snapshot(memory: StatusMemory) -> None:
    assert memory.replace_snapshot(3, UnixSeconds(NOW), iter([])) == 0
    assert memory.snapshot_version == 3


def test_a_snapshot_that_breaks_off_leaves_the_one_before_in_force(memory: StatusMemory) -> None:
    memory.replace_snapshot(1, UnixSeconds(NOW), iter([_row(CARD)]))

    def broken() -> Iterator[SnapshotRow]:
        yield _row(OTHER)
        msg = "cards not in order"
        raise UntrustedError(msg)

    with pytest.raises(UntrustedError):
        memory.replace_snapshot(2, UnixSeconds(NOW + 1), broken())
    assert memory.snapshot_version == 1
    assert memory.in_snapshot(CARD) is not None
    assert memory.in_snapshot(OTHER) is None
    assert memory.replace_snapshot(2, UnixSeconds(NOW + 1), iter([_row(OTHER)])) == 1


def test_live_answers_outlive_a_snapshot(memory: StatusMemory) -> None:
    memory.remember(CARD, a_standing(name="Ada"))
    memory.replace_snapshot(1, UnixSeconds(NOW), iter([]))
    assert memory.cached(CARD) == a_standing(name="Ada")
