"""The protocol between doors and central under everything at once, in memory: real services, ledgers and sync workers.

What must hold whatever the network, the disks, the clocks and their owners do, in whatever order:

- every verdict that was shown is in central once, in order, in an unbroken chain, unless its owner destroyed every copy;
- no nonce is admitted twice at one ledger, and every double between doors, or between a ledger and its older copy, is
  an incident;
- nothing is stuck: when the faults end, all logs are handed over, all lists are taken, and a fresh card goes in.
"""

import sys
from collections import Counter
from typing import ClassVar, Final

import pytest
from hypothesis import seed, settings, strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.fakes.protocol_door import Copy
from tests.fakes.protocol_link import Weather
from tests.fakes.protocol_schedule import DAY, play
from tests.fakes.protocol_world import World

SHORT: Final = 15  # orders that Hypothesis finds
SHORT_SEEDS: Final = 15  # schedules that are drawn
FOUND_BY: Final = (462,)  # seeds that once found a fault
SOAK_SEEDS: Final = 1_000
BLOCK: Final = 50  # seeds to a line of the soak's report
STEPS: Final = 40
DOORS: Final = st.integers(0, 1)
CARDS: Final = st.integers(0, 7)  # the last two are kept for the end


class Schedule(RuleBasedStateMachine):
    """Two doors, a central, and whatever happens to them."""

    tokens: Bundle[str] = Bundle("tokens")
    counts: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.world = World()

    def teardown(self) -> None:
        try:
            self.world.settle()
            self.world.check()
            Schedule.counts.update(self.world.counts, schedules=1)
        finally:
            self.world.close()

    @rule(target=tokens, card=CARDS, door=DOORS)
    def a_member_comes(self, card: int, door: int) -> str:
        token = self.world.token(card)
        self.world.show(token, door)
        return token

    @rule(card=CARDS)
    def one_card_at_both_doors(self, card: int) -> None:
        token = self.world.token(card)
        self.world.show(token, 0)
        self.world.show(token, 1)

    @rule(token=tokens, door=DOORS)
    def a_card_is_shown_again(self, token: str, door: int) -> None:
        self.world.show(token, door)

    @rule(target=tokens, card=CARDS, door=DOORS)
    def a_door_dies_between_the_commit_and_the_screen(self, card: int, door: int) -> str:
        token = self.world.token(card)
        self.world.show(token, door, dies=True)
        return token

    @rule(door=DOORS)
    def a_door_is_killed(self, door: int) -> None:
        self.world.doors[door].kill()
        self.world.doors[door].start()

    @rule(door=DOORS)
    def sync(self, door: int) -> None:
        self.world.doors[door].sync()

    @rule(door=DOORS)
    def hear_of_the_other_door(self, door: int) -> None:
        self.world.doors[door].listen()

    @rule(door=DOORS, weather=st.sampled_from(Weather))
    def the_weather_changes(self, door: int, weather: Weather) -> None:
        self.world.doors[door].link.weather = weather

    @rule(door=DOORS, weather=st.sampled_from(list(Weather)[1:]))
    def sync_in_bad_weather(self, door: int, weather: Weather) -> None:
        link = self.world.doors[door].link
        before, link.weather = link.weather, weather
        self.world.doors[door].sync()
        link.weather = before

    @precondition(lambda self: any(door.link.under_way for door in self.world.doors))
    @rule(number=st.integers(0, 9))
    def an_old_batch_arrives(self, number: int) -> None:
        for door in self.world.doors:
            if door.link.under_way:
                door.link.deliver(number)

    @rule(down=st.booleans())
    def central_goes_or_comes(self, *, down: bool) -> None:
        self.world.central.is_down = down

    @rule()
    def central_is_copied(self) -> None:
        self.world.central.copy()

    @rule()
    def central_is_put_back(self) -> None:
        self.world.put_back_central()

    @rule(door=DOORS)
    def a_door_is_copied(self, door: int) -> None:
        self.world.doors[door].copy()

    @rule(door=DOORS, copy=st.sampled_from(Copy))
    def a_door_is_put_back(self, door: int, copy: Copy) -> None:
        if self.world.doors[door].has_copy:
            self.world.put_back_door(door, copy)

    @rule(seconds=st.sampled_from([1, 5, 20, 61, 150, 700]))
    def time_goes_by(self, seconds: int) -> None:
        self.world.advance(seconds)

    @rule(door=DOORS, seconds=st.sampled_from([-DAY, -3_600, -40, 40, 3_600, DAY]))
    def a_clock_is_set(self, door: int, seconds: int) -> None:
        self.world.doors[door].step_clock(seconds)

    @rule(door=DOORS)
    def a_clock_is_set_right(self, door: int) -> None:
        self.world.doors[door].step_clock(-self.world.doors[door].stepped)

    @rule(door=DOORS)
    def what_is_too_old_is_forgotten(self, door: int) -> None:
        self.world.doors[door].purge()


def _run(schedules: int, number: int | None = None) -> None:
    machine = Schedule if number is None else seed(number)(type("Seeded", (Schedule,), {}))
    wanted = settings(
        max_examples=schedules,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=number is None and settings().derandomize,
    )
    run_state_machine_as_test(machine, settings=wanted)


def test_no_order_of_faults_breaks_a_promise() -> None:
    Schedule.counts.clear()
    _run(SHORT)
    assert Schedule.counts["schedules"] >= SHORT


@pytest.mark.parametrize("number", [*range(SHORT_SEEDS), *FOUND_BY])
def test_a_schedule_breaks_no_promise(number: int) -> None:
    assert play(number)["verdicts"]


@pytest.mark.soak
@pytest.mark.parametrize("first", range(0, SOAK_SEEDS, BLOCK))
def test_a_thousand_schedules_break_no_promise(
    first: int, capsys: pytest.CaptureFixture[str]
) -> None:
    total: Counter[str] = Counter()
    for number in range(first, first + BLOCK):
        total += _told(number)
    with capsys.disabled():
        sys.stdout.write(f"\nseeds {first} to {first + BLOCK - 1}: {dict(sorted(total.items()))}\n")
    assert total["doubles"]
    assert total["lost replies"]


@pytest.mark.soak
@pytest.mark.parametrize("number", range(1, 5))
def test_many_orders_of_faults_break_no_promise(
    number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    Schedule.counts.clear()
    _run(BLOCK, number)
    with capsys.disabled():
        sys.stdout.write(f"\nHypothesis seed {number}: {dict(sorted(Schedule.counts.items()))}\n")
    assert Schedule.counts["schedules"] >= BLOCK


def _told(number: int) -> Counter[str]:
    try:
        return play(number)
    except Exception as error:
        error.add_note(f"the schedule of seed {number}")
        raise
