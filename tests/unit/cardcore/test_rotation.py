"""What has to happen to the keys of one use: nothing but keys, policy and the instant decide."""

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from cardcore.ids import Kid, UnixSeconds
from cardcore.keyset import KeyState
from cardcore.rotation import (
    BACKDATED_S,
    GRACE_S,
    LEAD_S,
    KeyLife,
    Plan,
    RotationPolicy,
    plan_rotation,
)
from cardcore.schedule import parse_schedule

DAY = 86_400
MONTHLY = RotationPolicy(schedule=parse_schedule("0 0 1 * *"), outlives_s=400 * DAY)
FIRST = UnixSeconds(1_796_083_200)  # 2026-12-01 00:00 UTC
NEXT = UnixSeconds(FIRST + 31 * DAY)
LATER = UnixSeconds(NEXT + 31 * DAY)


def key(
    name: bytes = b"key1",
    *,
    not_before: int = FIRST - 5 * DAY,
    signs_until: int = FIRST + GRACE_S,
    state: KeyState = KeyState.ACTIVE,
) -> KeyLife:
    return KeyLife(
        kid=Kid(name),
        not_before=UnixSeconds(not_before),
        signs_until=UnixSeconds(signs_until),
        expires_at=UnixSeconds(signs_until + 400 * DAY),
        state=state,
    )


def carried_out(keys: list[KeyLife], plan: Plan, name: bytes = b"new1") -> list[KeyLife]:
    until = dict(plan.sign_until)
    changed = [
        replace(
            each,
            signs_until=until.get(each.kid, each.signs_until),
            state=KeyState.RETIRING if each.kid in plan.retire else each.state,
        )
        for each in keys
    ]
    if plan.make is None:
        return changed
    new = KeyLife(
        kid=Kid(name),
        not_before=plan.make.not_before,
        signs_until=plan.make.signs_until,
        expires_at=plan.make.expires_at,
        state=KeyState.ACTIVE,
    )
    return [*changed, new]


def test_the_first_key_signs_at_once() -> None:
    plan = plan_rotation([], MONTHLY, FIRST)
    assert plan.make is not None
    assert plan.make.not_before == FIRST - BACKDATED_S
    assert plan.make.signs_until == NEXT + GRACE_S
    assert plan.make.expires_at == NEXT + GRACE_S + 400 * DAY


def test_between_two_times_of_the_schedule_there_is_nothing_to_do() -> None:
    assert plan_rotation([key()], MONTHLY, UnixSeconds(FIRST - 1)).is_empty


def test_at_its_time_the_next_key_is_made_and_signs_once_doors_know_it() -> None:
    plan = plan_rotation([key()], MONTHLY, FIRST)
    assert plan.make is not None
    assert plan.make.not_before == FIRST + LEAD_S
    assert plan.sign_until == ((Kid(b"key1"), FIRST + LEAD_S),)
    assert plan.retire == ()


def test_there_is_always_exactly_one_key_that_signs() -> None:
    keys = carried_out([key()], plan_rotation([key()], MONTHLY, FIRST))
    for now in (FIRST, FIRST + LEAD_S - 1, FIRST + LEAD_S, FIRST + DAY):
        assert sum(each.signs(UnixSeconds(now)) for each in keys) == 1


def test_a_key_that_signs_no_more_retires() -> None:
    keys = carried_out([key()], plan_rotation([key()], MONTHLY, FIRST))
    plan = plan_rotation(keys, MONTHLY, UnixSeconds(FIRST + LEAD_S))
    assert plan == Plan(retire=(Kid(b"key1"),))


def test_a_central_that_was_off_on_the_day_makes_the_next_key_when_it_is_back() -> None:
    plan = plan_rotation([key()], MONTHLY, UnixSeconds(FIRST + 3 * DAY))
    assert plan.make is not None
    assert plan.make.not_before == FIRST + 3 * DAY + LEAD_S


def test_where_no_key_signs_any_more_the_next_signs_at_once() -> None:
    now = UnixSeconds(FIRST + GRACE_S)
    plan = plan_rotation([key()], MONTHLY, now)
    assert plan.make is not None
    assert (plan.make.not_before, plan.retire) == (now - BACKDATED_S, (Kid(b"key1"),))


def test_after_a_revocation_the_next_signs_at_once() -> None:
    now = UnixSeconds(FIRST - DAY)
    plan = plan_rotation([key(state=KeyState.REVOKED)], MONTHLY, now)
    assert plan.make is not None
    assert (plan.make.not_before, plan.retire) == (now - BACKDATED_S, ())


def test_an_operator_gets_another_key_but_not_two() -> None:
    now = UnixSeconds(FIRST - DAY)
    plan = plan_rotation([key()], MONTHLY, now, wanted=True)
    assert plan.make is not None
    keys = carried_out([key()], plan)
    assert plan_rotation(keys, MONTHLY, now, wanted=True).is_empty


def test_a_key_made_just_after_its_time_is_not_followed_at_once() -> None:
    plan = plan_rotation([], MONTHLY, UnixSeconds(FIRST + 5))
    keys = carried_out([], plan)
    assert plan_rotation(keys, MONTHLY, UnixSeconds(FIRST + 6)).is_empty


def test_a_key_of_the_years_before_schedules_is_followed_at_the_next_time() -> None:
    old = key(signs_until=FIRST + 395 * DAY)
    plan = plan_rotation([old], MONTHLY, FIRST)
    assert plan.sign_until == ((old.kid, FIRST + LEAD_S),)


@pytest.mark.parametrize("schedule", ["0 0 1 * *", "*/5 * * * *", "0 3 * * 1"])
@given(start=st.integers(FIRST, LATER), steps=st.lists(st.integers(1, 20 * DAY), max_size=12))
def test_whatever_the_times_one_key_signs_and_a_second_look_finds_nothing(
    schedule: str, start: int, steps: list[int]
) -> None:
    policy = RotationPolicy(schedule=parse_schedule(schedule), outlives_s=DAY)
    keys: list[KeyLife] = []
    now = start
    for number, step in enumerate([0, *steps]):
        now += step
        plan = plan_rotation(keys, policy, UnixSeconds(now))
        keys = carried_out(keys, plan, number.to_bytes(4, "big"))
        assert plan_rotation(keys, policy, UnixSeconds(now)).is_empty
        assert sum(each.signs(UnixSeconds(now)) for each in keys) == 1
        assert all(each.expires_at >= each.signs_until + policy.outlives_s for each in keys)
