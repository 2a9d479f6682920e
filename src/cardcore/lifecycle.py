"""The life of a card: its states, and the steps that lead from one to another.

    issued ──activate──▶ active ◀──activate── suspended
       │                 │  └────suspend────────▲
       └───────┬─────────┴──────────────────────┘
               ├──revoke──▶ revoked     (for good)
               └──expire──▶ expired     (reissue brings it back)

``reissue`` raises the generation, so that every older token dies; it leaves an active card active and takes
an expired one back to active. A revoked card stays revoked whatever happens.
"""

from enum import StrEnum
from typing import Final

from cardcore.errors import IllegalTransitionError


class CardState(StrEnum):
    """Where a card is in its life."""

    ISSUED = "issued"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    EXPIRED = "expired"


class CardStep(StrEnum):
    """What an operator, or time, does to a card."""

    ACTIVATE = "activate"
    SUSPEND = "suspend"
    REVOKE = "revoke"
    REISSUE = "reissue"
    EXPIRE = "expire"


_TRANSITIONS: Final = {
    (CardState.ISSUED, CardStep.ACTIVATE): CardState.ACTIVE,
    (CardState.SUSPENDED, CardStep.ACTIVATE): CardState.ACTIVE,
    (CardState.ACTIVE, CardStep.SUSPEND): CardState.SUSPENDED,
    (CardState.ISSUED, CardStep.REVOKE): CardState.REVOKED,
    (CardState.ACTIVE, CardStep.REVOKE): CardState.REVOKED,
    (CardState.SUSPENDED, CardStep.REVOKE): CardState.REVOKED,
    (CardState.EXPIRED, CardStep.REVOKE): CardState.REVOKED,
    (CardState.ISSUED, CardStep.REISSUE): CardState.ISSUED,
    (CardState.ACTIVE, CardStep.REISSUE): CardState.ACTIVE,
    (CardState.SUSPENDED, CardStep.REISSUE): CardState.SUSPENDED,
    (CardState.EXPIRED, CardStep.REISSUE): CardState.ACTIVE,
    (CardState.ISSUED, CardStep.EXPIRE): CardState.EXPIRED,
    (CardState.ACTIVE, CardStep.EXPIRE): CardState.EXPIRED,
    (CardState.SUSPENDED, CardStep.EXPIRE): CardState.EXPIRED,
}


def state_after(state: CardState, step: CardStep) -> CardState:
    """The state a card in ``state`` has after ``step``.

    Raises:
        IllegalTransitionError: no such step from there.
    """
    after = _TRANSITIONS.get((state, step))
    if after is None:
        raise IllegalTransitionError(state.value, step.value)
    return after
