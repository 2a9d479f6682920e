"""The life of a card, walked at random: what central may do to one, and what it never can."""

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from cardcore.errors import IllegalTransitionError
from cardcore.lifecycle import CardState, CardStep, state_after


class LifeOfACard(RuleBasedStateMachine):
    """A card, with what must be remembered of it."""

    def __init__(self) -> None:
        super().__init__()
        self.state = CardState.ISSUED
        self.was_revoked = False
        self.was_activated = False

    @rule(step=st.sampled_from(CardStep))
    def take(self, step: CardStep) -> None:
        before = self.state
        try:
            self.state = state_after(before, step)
        except IllegalTransitionError:
            return
        assert before is not CardState.REVOKED
        self.was_revoked |= step is CardStep.REVOKE
        self.was_activated |= step in {CardStep.ACTIVATE, CardStep.REISSUE}

    @rule()
    def revoking_works_from_everywhere_once(self) -> None:
        if self.state is not CardState.REVOKED:
            assert state_after(self.state, CardStep.REVOKE) is CardState.REVOKED

    @invariant()
    def revoked_is_for_good(self) -> None:
        assert (self.state is CardState.REVOKED) is self.was_revoked

    @invariant()
    def nobody_is_active_by_accident(self) -> None:
        assert self.state is not CardState.ACTIVE or self.was_activated

    @invariant()
    def a_suspended_card_stays_so_until_someone_says_otherwise(self) -> None:
        if self.state is CardState.SUSPENDED:
            assert state_after(self.state, CardStep.REISSUE) is CardState.SUSPENDED


TestLifeOfACard = LifeOfACard.TestCase
TestLifeOfACard.settings = settings(stateful_step_count=12)  # there are five states
