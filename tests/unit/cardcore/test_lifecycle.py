import pytest

from cardcore.errors import IllegalTransitionError
from cardcore.lifecycle import CardState, CardStep, state_after
from cardcore.membership import CardStanding, MemberStatus
from tests.fakes.card_material import NOW

# Every state and step; a step that is not here is refused.
LIFE = """
issued     activate  active
issued     revoke    revoked
issued     reissue   issued
issued     expire    expired
active     suspend   suspended
active     revoke    revoked
active     reissue   active
active     expire    expired
suspended  activate  active
suspended  revoke    revoked
suspended  reissue   suspended
suspended  expire    expired
expired    revoke    revoked
expired    reissue   active
"""
AFTER = {
    (CardState(before), CardStep(step)): CardState(after)
    for before, step, after in (line.split() for line in LIFE.split("\n") if line)
}


@pytest.mark.parametrize("state", CardState)
@pytest.mark.parametrize("step", CardStep)
def test_a_step_leads_where_the_table_says_or_nowhere(state: CardState, step: CardStep) -> None:
    if (state, step) in AFTER:
        assert state_after(state, step) is AFTER[state, step]
        return
    with pytest.raises(IllegalTransitionError) as caught:
        state_after(state, step)
    assert (caught.value.state, caught.value.step) == (state.value, step.value)


@pytest.mark.parametrize(
    ("state", "member", "word"),
    [
        (CardState.ACTIVE, MemberStatus.ACTIVE, "active"),
        (CardState.ACTIVE, MemberStatus.CANCELLED, "cancelled"),
        (CardState.SUSPENDED, MemberStatus.ACTIVE, "card_suspended"),
        (CardState.REVOKED, MemberStatus.SUSPENDED, "card_revoked"),
    ],
)
def test_a_standing_has_one_word_and_the_card_comes_first(
    state: CardState, member: MemberStatus, word: str
) -> None:
    standing = CardStanding(state=state, generation=1, member=member, display_name=None, as_of=NOW)
    assert standing.value == word
