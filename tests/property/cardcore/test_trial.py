"""The card a program tries itself with."""

from hypothesis import given, strategies as st

from cardcore.ids import UnixSeconds
from cardcore.trial import RANDOM_BYTES, is_judged_right, make_trial_card

NOW = UnixSeconds(1_790_000_000)
RANDOM = st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES)


@given(RANDOM)
def test_a_trial_card_is_judged_right(random: bytes) -> None:
    trial = make_trial_card(random, NOW)
    assert is_judged_right(trial, trial.text, NOW)


@given(RANDOM, st.text(max_size=200))
def test_no_other_text_passes_for_it(random: bytes, text: str) -> None:
    trial = make_trial_card(random, NOW)
    assert not is_judged_right(trial, text, NOW)


@given(RANDOM)
def test_it_is_good_for_a_minute_alone(random: bytes) -> None:
    trial = make_trial_card(random, NOW)
    assert not is_judged_right(trial, trial.text, UnixSeconds(NOW + 100))
