"""A weekend without a network, hour by hour: what docs/howto/a-weekend-offline.md tells an owner."""

from collections.abc import Iterator
from typing import Final

import pytest

from cardcore.card import Mode
from cardcore.ids import MemberId, Micros
from cardcore.membership import MemberStatus
from scanner.adapters.breaker_pybreaker import LinkBreaker
from scanner.config import Settings
from scanner.errors import LinkDownError
from scanner.status import ASK_WITHIN
from tests.fakes.central_material import MAIN
from tests.fakes.protocol_link import Weather
from tests.fakes.protocol_world import World
from tests.fakes.scanner_clock import FakeClock
from tools.phone import Phone

MINUTE: Final = 60
HOUR: Final = 3_600
DAY: Final = 24 * HOUR
WEEKEND_H: Final = 64  # Friday 16:00 to Monday 8:00


@pytest.fixture
def world() -> Iterator[World]:
    """Two doors that took the newest list a minute ago, and lose their network now; every promise is checked at the end."""
    made = World()
    for door in made.doors:
        door.sync()
    go_offline(made)
    yield made
    try:
        made.settle()
        made.check()
    finally:
        made.close()


def go_offline(world: World) -> None:
    world.central.is_down = True
    for door in world.doors:
        door.link.weather = Weather.CUT


def come_back(world: World) -> None:
    world.central.is_down = False
    for door in world.doors:
        door.link.weather = Weather.FAIR


def said(world: World, text: str, number: int = 0) -> tuple[str, str]:
    """What a door says to a card, and why."""
    world.show(text, number)
    (entry,) = world.doors[number].log.newest_entries(1)
    return entry.decision.value, entry.reason


def test_cards_are_let_in_every_hour_of_a_weekend_and_the_log_says_on_what_word(
    world: World,
) -> None:
    world.advance(4 * MINUTE)
    assert said(world, world.token(0)) == ("admit", "ok_snapshot")
    world.advance(3 * HOUR)
    assert said(world, world.token(0)) == ("admit", "ok_snapshot")
    world.advance(HOUR)
    for _hour in range(5, WEEKEND_H):
        assert said(world, world.token(0)) == ("admit", "ok_fallback")
        world.doors[0].sync()  # it goes on trying
        world.advance(HOUR)


def test_a_door_that_hears_nothing_for_a_month_still_reads_cards(world: World) -> None:
    for _day in range(30):
        world.advance(DAY)
        assert said(world, world.token(0), 1) == ("admit", "ok_fallback")


def test_who_was_suspended_before_stays_outside_all_weekend(world: World) -> None:
    come_back(world)
    world.central.services.members.set_status(MAIN, MemberId("M-3"), MemberStatus.SUSPENDED)
    world.advance(MINUTE)
    world.doors[0].sync()
    go_offline(world)
    for _ in range(WEEKEND_H):
        assert said(world, world.token(3)) == ("refuse", "member_suspended")
        world.advance(HOUR)


def test_who_is_suspended_on_saturday_comes_in_until_the_door_has_heard_of_it(world: World) -> None:
    world.advance(20 * HOUR)
    world.central.services.members.set_status(MAIN, MemberId("M-3"), MemberStatus.SUSPENDED)
    assert said(world, world.token(3)) == ("admit", "ok_fallback")
    come_back(world)
    world.advance(HOUR)
    world.doors[0].sync()
    assert said(world, world.token(3)) == ("refuse", "member_suspended")


def test_a_card_that_is_newer_than_the_list_is_looked_at_by_a_person_then_let_in(
    world: World,
) -> None:
    services = world.central.services
    card = services.cards.issue(MAIN, MemberId("M-4"), Mode.ROTATING)
    phone = Phone(card=services.tokens.claim_link(services.tokens.open_link(card.card_id).secret))
    assert said(world, phone.token(world.central.clock.seconds)) == ("review", "card_unknown")
    world.advance(HOUR)
    assert said(world, phone.token(world.central.clock.seconds)) == ("admit", "ok_fallback")


def test_a_code_counts_once_and_a_member_is_inside_once_without_a_network(world: World) -> None:
    world.advance(5 * HOUR)
    token = world.token(0)
    assert said(world, token) == ("admit", "ok_fallback")
    assert said(world, token) == ("refuse", "replayed")
    assert said(world, world.token(0)) == ("refuse", "passback")


def test_a_door_that_starts_without_a_network_lets_in(world: World) -> None:
    world.advance(10 * HOUR)
    world.doors[0].kill()
    world.doors[0].start()
    assert said(world, world.token(0)) == ("admit", "ok_fallback")


def test_on_monday_the_door_comes_back_by_itself_with_the_newest_list(world: World) -> None:
    door = world.doors[0]
    before = door.list_version
    for card in range(3):
        world.advance(20 * HOUR)
        world.show(world.token(card), 0)
        for _ in range(6):
            door.sync()
    assert door.log.backlog() == 3
    assert door.worker.trouble
    come_back(world)
    door.sync()
    assert door.log.backlog() == 3  # the circuit is open for a minute yet
    world.advance(MINUTE + 1)
    door.sync()
    assert (door.log.backlog(), door.worker.trouble) == (0, "")
    assert door.list_version > before
    assert said(world, world.token(4)) == ("admit", "ok_snapshot")


def test_a_door_asks_five_times_then_once_a_minute() -> None:
    clock, settings, asked = FakeClock(), Settings(), 0
    breaker = LinkBreaker(
        mono=clock.mono,
        failures=settings.circuit_failures,
        open_for=settings.circuit_open_s,
        successes=settings.circuit_successes,
    )

    def ask() -> Micros:
        nonlocal asked
        asked += 1
        msg = "nobody answers"
        raise LinkDownError(msg)

    def cards(count: int) -> int:
        before = asked
        for _ in range(count):
            with pytest.raises(LinkDownError):
                breaker.call(ask)
        return asked - before

    assert cards(20) == 5
    clock.advance(59)
    assert cards(20) == 0
    clock.advance(1.1)
    assert cards(20) == 1
    assert ASK_WITHIN == settings.ask_within_s == 0.3
