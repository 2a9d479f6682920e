import pytest

from central.auth import ADDRESSES_MAX, TryLimiter
from central.errors import NotAllowedError
from tests.fakes.central_world import FakeClock


def test_the_eleventh_try_within_a_minute_is_refused() -> None:
    clock = FakeClock()
    tries = TryLimiter(clock=clock)
    for _ in range(10):
        tries.count("10.0.0.1")
        clock.seconds += 5
    with pytest.raises(NotAllowedError):
        tries.count("10.0.0.1")
    clock.seconds += 10
    tries.count("10.0.0.1")


def test_one_address_does_not_use_up_anothers_tries() -> None:
    tries = TryLimiter(clock=FakeClock(), most=1)
    tries.count("10.0.0.1")
    tries.count("10.0.0.2")
    with pytest.raises(NotAllowedError):
        tries.count("10.0.0.1")


def test_many_addresses_do_not_fill_the_memory() -> None:
    tries = TryLimiter(clock=FakeClock())
    for number in range(ADDRESSES_MAX + 50):
        tries.count(str(number))
    assert len(tries._tries) == ADDRESSES_MAX
    assert str(ADDRESSES_MAX + 49) in tries._tries
