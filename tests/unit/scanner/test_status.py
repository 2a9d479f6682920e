"""The best word on a card in the time a door has."""

import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Final

import pytest

from cardcore.ids import CardId, UnixSeconds
from cardcore.lifecycle import CardState
from cardcore.membership import AbsentStatus, KnownStatus, Origin, UnknownStatus
from cardcore.snapshot_document import SnapshotRow
from scanner.errors import LinkRefusedError
from scanner.status import LiveStatus, StatusChain
from tests.fakes.card_material import NOW
from tests.fakes.scanner_central import FakeCentral
from tests.fakes.scanner_clock import FakeClock, moment_at
from tests.fakes.scanner_parts import FakeBreaker
from tests.fakes.scanner_standings import FakeStandings, a_standing

CARD: Final = CardId(b"the one card 16b")
AT: Final = moment_at(NOW)


class _Room:
    def __init__(self) -> None:
        self.central = FakeCentral()
        self.memory = FakeStandings()
        self.breaker = FakeBreaker(failures=2)
        self.clock = FakeClock()
        self.live = self.asking(5.0)  # a busy machine is no slow central
        self.chain = StatusChain(live=self.live, memory=self.memory)

    def asking(self, within: float) -> LiveStatus:
        return LiveStatus(
            link=self.central,
            breaker=self.breaker,
            memory=self.memory,
            mono=self.clock.mono,
            within=within,
        )

    def list_card(self, *, age: int, present: bool = True) -> None:
        rows = [SnapshotRow(card_id=CARD, standing=a_standing(as_of=NOW - age))] if present else []
        self.memory.replace_snapshot(1, UnixSeconds(NOW - age), iter(rows))


@pytest.fixture
def room() -> Iterator[_Room]:
    made = _Room()
    with closing(made.live):
        yield made


def test_a_live_answer_is_given_and_kept(room: _Room) -> None:
    room.central.cards[CARD] = a_standing(as_of=NOW - 1)
    status = room.chain.status_of(CARD, AT)
    assert status == KnownStatus(standing=a_standing(as_of=NOW - 1), origin=Origin.LIVE)
    assert room.memory.answered[CARD] == a_standing(as_of=NOW - 1)


def test_a_card_central_does_not_have_is_absent_as_of_now(room: _Room) -> None:
    assert room.chain.status_of(CARD, AT) == AbsentStatus(
        as_of=UnixSeconds(NOW), origin=Origin.LIVE
    )


def test_a_new_snapshot_that_has_the_card_saves_the_question(room: _Room) -> None:
    room.list_card(age=59)
    assert room.chain.status_of(CARD, AT) == KnownStatus(
        standing=a_standing(as_of=NOW - 59), origin=Origin.SNAPSHOT
    )
    assert room.central.asked == []


@pytest.mark.parametrize("age", [60, -1])
def test_an_older_snapshot_or_one_from_the_future_does_not(room: _Room, age: int) -> None:
    room.list_card(age=age)
    room.chain.status_of(CARD, AT)
    assert room.central.asked == ["status"]


def test_a_new_snapshot_that_lacks_the_card_does_not(room: _Room) -> None:
    room.list_card(age=1, present=False)
    room.central.cards[CARD] = a_standing()
    assert isinstance(room.chain.status_of(CARD, AT), KnownStatus)


def test_with_central_down_the_newer_of_cache_and_snapshot_speaks(room: _Room) -> None:
    room.central.down = True
    room.memory.remember(CARD, a_standing(state=CardState.SUSPENDED, as_of=NOW - 200))
    cached = room.chain.status_of(CARD, AT)
    assert isinstance(cached, KnownStatus)
    assert cached.origin is Origin.CACHE
    room.list_card(age=199)
    listed = room.chain.status_of(CARD, AT)
    assert listed == KnownStatus(standing=a_standing(as_of=NOW - 199), origin=Origin.SNAPSHOT)
    room.list_card(age=200)
    again = room.chain.status_of(CARD, AT)
    assert isinstance(again, KnownStatus)
    assert again.origin is Origin.CACHE


def test_with_central_down_a_card_the_snapshot_lacks_is_absent_as_of_then(room: _Room) -> None:
    room.central.down = True
    room.list_card(age=100, present=False)
    assert room.chain.status_of(CARD, AT) == AbsentStatus(
        as_of=UnixSeconds(NOW - 100), origin=Origin.SNAPSHOT
    )


def test_with_nothing_kept_and_nobody_to_ask_nothing_is_known(room: _Room) -> None:
    room.central.down = True
    assert room.chain.status_of(CARD, AT) == UnknownStatus()


def test_a_refusal_is_no_word_on_the_card(room: _Room) -> None:
    room.central.refusal = LinkRefusedError(403, "urn:x", "no")
    assert room.chain.status_of(CARD, AT) == UnknownStatus()
    assert room.chain.circuit == "closed"


def test_an_answer_about_another_card_is_no_answer(room: _Room) -> None:
    room.central.cards[CARD] = a_standing()
    room.central.nonsense = True
    assert room.chain.status_of(CARD, AT) == UnknownStatus()
    assert room.memory.answered == {}


def test_an_open_circuit_asks_nobody(room: _Room) -> None:
    room.central.down = True
    for _ in range(5):
        room.chain.status_of(CARD, AT)
    assert len(room.central.asked) == 2
    assert room.chain.circuit == "open"


def test_a_door_without_a_live_link_is_as_good_as_open() -> None:
    chain = StatusChain(live=None, memory=FakeStandings())
    assert chain.circuit == "open"
    assert chain.status_of(CARD, AT) == UnknownStatus()


def test_a_slow_central_holds_up_nobody_and_its_late_word_is_kept(room: _Room) -> None:
    room.central.hang = threading.Event()
    room.central.cards[CARD] = a_standing()
    with closing(room.asking(0.05)) as live:
        chain = StatusChain(live=live, memory=room.memory)
        try:
            assert chain.status_of(CARD, AT) == UnknownStatus()
            assert chain.status_of(CARD, AT) == UnknownStatus()  # the first question still hangs
            assert room.central.asked == ["status"]
        finally:
            room.central.hang.set()
        assert live._asked is not None
        live._asked.result(timeout=5)
    assert room.memory.answered[CARD] == a_standing()


def test_an_answer_later_than_a_door_waits_is_a_failure_to_the_circuit_and_kept(
    room: _Room,
) -> None:
    room.central.cards[CARD] = a_standing()
    room.central.takes = lambda: room.clock.advance(5.1)
    for _ in range(2):
        room.chain.status_of(CARD, AT)
    assert room.memory.answered[CARD] == a_standing()
    assert room.chain.circuit == "open"


def test_an_answer_just_in_time_is_none(room: _Room) -> None:
    room.central.takes = lambda: room.clock.advance(4.9)
    for _ in range(5):
        room.chain.status_of(CARD, AT)
    assert room.chain.circuit == "closed"


def test_a_clock_that_is_set_while_central_answers_makes_no_answer_late(room: _Room) -> None:
    room.central.takes = lambda: room.clock.step(86_400)
    for _ in range(5):
        room.chain.status_of(CARD, AT)
    assert room.chain.circuit == "closed"


def test_a_memory_that_cannot_be_read_is_as_good_as_none(room: _Room) -> None:
    room.memory.trouble = "disk error"
    assert room.chain.status_of(CARD, AT) == UnknownStatus()


def test_a_word_that_cannot_be_kept_counts_all_the_same(room: _Room) -> None:
    room.central.cards[CARD] = a_standing(state=CardState.REVOKED)
    room.memory.full = "disk full"
    status = room.chain.status_of(CARD, AT)
    assert isinstance(status, KnownStatus)
    assert status.standing.state is CardState.REVOKED


def test_an_answer_from_the_future_is_as_old_as_the_question(room: _Room) -> None:
    room.central.cards[CARD] = a_standing(as_of=NOW + 10**9)
    room.chain.status_of(CARD, AT)
    assert room.memory.answered[CARD].as_of == NOW
    room.central.cards[CARD] = a_standing(state=CardState.REVOKED, as_of=NOW + 1)
    room.chain.status_of(CARD, moment_at(NOW + 1))
    assert room.memory.answered[CARD].state is CardState.REVOKED
