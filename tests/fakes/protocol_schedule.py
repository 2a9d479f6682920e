"""A schedule in memory that a number alone names: what happens, to whom and when is drawn from it."""

import random
from collections import Counter
from collections.abc import Callable
from typing import Final

from tests.fakes.protocol_central import DOORS
from tests.fakes.protocol_door import Copy
from tests.fakes.protocol_link import Weather
from tests.fakes.protocol_world import World

STEPS: Final = 60
COMING_CARDS: Final = 8  # the others are kept for the end
DAY: Final = 86_400
TIMES: Final = (1, 5, 20, 61, 150, 700)
SET_BY: Final = (-DAY, -3_600, -40, 40, 3_600, DAY)
RECENT: Final = 6

Act = Callable[["Player"], None]


class Player:
    """Plays one schedule."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 -- a schedule, no secret
        self.world = World()
        self.recent: list[str] = []

    def play(self, steps: int) -> Counter[str]:
        """How much of everything happened; a promise that is broken is an AssertionError."""
        try:
            acts, weights = zip(*ACTS, strict=True)
            for act in self.chance.choices(acts, weights, k=steps):
                self.world.counts[act.__name__] += 1
                act(self)
            self.world.settle()
            self.world.check()
        finally:
            self.world.close()
        return self.world.counts

    def door(self) -> int:
        return self.chance.randrange(DOORS)

    def fresh(self) -> str:
        self.recent.append(self.world.token(self.chance.randrange(COMING_CARDS)))
        return self.recent[-1]


def a_member_comes(player: Player) -> None:
    player.world.show(player.fresh(), player.door())


def one_card_at_both_doors(player: Player) -> None:
    token = player.fresh()
    for number in range(DOORS):
        player.world.show(token, number)


def a_card_is_shown_again(player: Player) -> None:
    if player.recent:
        player.world.show(player.chance.choice(player.recent[-RECENT:]), player.door())


def a_door_dies_before_it_shows(player: Player) -> None:
    player.world.show(player.fresh(), player.door(), dies=True)


def a_door_is_killed(player: Player) -> None:
    door = player.world.doors[player.door()]
    door.kill()
    door.start()


def a_door_syncs(player: Player) -> None:
    player.world.doors[player.door()].sync()


def a_door_listens(player: Player) -> None:
    player.world.doors[player.door()].listen()


def the_weather_changes(player: Player) -> None:
    player.world.doors[player.door()].link.weather = player.chance.choice(list(Weather))


def the_weather_is_fair(player: Player) -> None:
    for door in player.world.doors:
        door.link.weather = Weather.FAIR


def an_old_batch_arrives(player: Player) -> None:
    for door in player.world.doors:
        if door.link.under_way:
            door.link.deliver(player.chance.randrange(len(door.link.under_way)))


def central_goes_or_comes(player: Player) -> None:
    player.world.central.is_down = player.chance.random() < 0.5


def central_is_copied(player: Player) -> None:
    player.world.central.copy()


def central_is_put_back(player: Player) -> None:
    player.world.put_back_central()


def a_door_is_copied(player: Player) -> None:
    player.world.doors[player.door()].copy()


def a_door_is_put_back(player: Player) -> None:
    """And whoever was let in since comes again with the same code."""
    number = player.door()
    if player.world.doors[number].has_copy:
        player.world.put_back_door(number, player.chance.choice(list(Copy)))
        for token in player.recent[-RECENT:]:
            player.world.show(token, number)


def time_goes_by(player: Player) -> None:
    player.world.advance(player.chance.choice(TIMES))


def a_clock_is_set(player: Player) -> None:
    player.world.doors[player.door()].step_clock(player.chance.choice(SET_BY))


def a_clock_is_set_right(player: Player) -> None:
    door = player.world.doors[player.door()]
    door.step_clock(-door.stepped)


def what_is_too_old_is_forgotten(player: Player) -> None:
    player.world.doors[player.door()].purge()


ACTS: Final[tuple[tuple[Act, float], ...]] = (
    (a_member_comes, 8),
    (one_card_at_both_doors, 3),
    (a_card_is_shown_again, 5),
    (a_door_dies_before_it_shows, 2),
    (a_door_is_killed, 2),
    (a_door_syncs, 8),
    (a_door_listens, 3),
    (the_weather_changes, 3),
    (the_weather_is_fair, 3),
    (an_old_batch_arrives, 3),
    (central_goes_or_comes, 2),
    (central_is_copied, 1),
    (central_is_put_back, 1),
    (a_door_is_copied, 1),
    (a_door_is_put_back, 1),
    (time_goes_by, 4),
    (a_clock_is_set, 1.5),
    (a_clock_is_set_right, 2),
    (what_is_too_old_is_forgotten, 1),
)


def play(seed: int, steps: int = STEPS) -> Counter[str]:
    """Play the schedule that ``seed`` names; how much of everything happened."""
    return Player(seed).play(steps)
