"""A view looked over in vain: known again in spite of noise, and strange at once when a card comes into it."""

import numpy as np
import pytest

from scanner.adapters.decoder_grid.familiar import LOOKS, Familiar
from scanner.adapters.decoder_grid.live import LiveTier
from scanner.door.frame import Luma
from tests.fakes.scanner_grid import CODE, FakeReader, a_grid_reading
from tests.fakes.scanner_views import Ticking, shown, view_of


def noisy(view: Luma, seed: int, sigma: float = 12) -> Luma:
    noise = np.random.default_rng(seed).normal(0, sigma, view.shape)
    return np.clip(view + noise, 0, 255).astype(np.uint8)


def looked_over(view: Luma, times: int = LOOKS) -> Familiar:
    familiar = Familiar()
    for seed in range(times):
        familiar.looked_in_vain(noisy(view, seed))
    return familiar


def test_a_view_is_familiar_once_it_was_looked_over_often_enough() -> None:
    room = view_of()
    assert not Familiar().knows(room)
    assert not looked_over(room, LOOKS - 1).knows(room)
    assert looked_over(room).knows(noisy(room, 99))


@pytest.mark.parametrize("dim", [1.0, 0.15], ids=["bright", "dim"])
def test_a_card_in_it_makes_it_strange(dim: float) -> None:
    room = (view_of() * dim).astype(np.uint8)
    card = (view_of((CODE, (100, 60))) * dim).astype(np.uint8)
    assert not looked_over(room).knows(noisy(card, 99, sigma=4))


def test_another_view_begins_anew_and_the_one_before_is_forgotten() -> None:
    room, other = view_of(), np.full_like(view_of(), 30)
    familiar = looked_over(room)
    familiar.looked_in_vain(other)
    assert not familiar.knows(room)
    assert not familiar.knows(other)


def test_frames_of_another_size_and_the_smallest_are_compared_too() -> None:
    dot = np.zeros((1, 1), np.uint8)
    assert not looked_over(view_of()).knows(dot)
    familiar = Familiar()
    for _ in range(LOOKS):
        familiar.looked_in_vain(dot)
    assert familiar.knows(dot)


def test_where_something_was_read_nothing_is_familiar() -> None:
    familiar = looked_over(view_of())
    familiar.forget()
    assert not familiar.knows(view_of())


def in_view(tier: LiveTier, view: Luma, number: int) -> bool:
    """A frame more; whether it is familiar."""
    tier.offer(shown(view, number), ())
    return tier.is_familiar


class TestInTheTier:
    def test_looks_in_vain_make_the_view_familiar_and_a_card_ends_it(self) -> None:
        tier = LiveTier(FakeReader(), Ticking().mono)
        for number in range(LOOKS):
            assert not in_view(tier, view_of(), number)
            job = tier.take()
            assert job is not None
            tier.tell(job, tier.look(job))
        assert in_view(tier, view_of(), LOOKS)
        assert not in_view(tier, view_of((CODE, (100, 60))), LOOKS + 1)

    def test_glances_and_looks_that_read_do_not_count(self) -> None:
        reader = FakeReader()
        tier = LiveTier(reader, Ticking().mono)
        for number in range(3 * LOOKS):
            tier.offer(shown(view_of(), number), ())
            glance = tier.take_glance()
            assert glance is not None
            tier.tell(glance, tier.look(glance))
        assert not tier.is_familiar
        reader.readings = (a_grid_reading(),)
        for number in range(3 * LOOKS, 6 * LOOKS):
            tier.offer(shown(view_of(), number), ())
            job = tier.take()
            if job is not None:
                tier.tell(job, tier.look(job))
        assert not tier.is_familiar
