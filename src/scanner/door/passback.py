"""Who is inside: what an entry of the log does to it.

1. An admission on the way in puts somebody inside: the holder of a card, or somebody without one.
2. A genuine card on the way out is let out whatever else is true of it. Its holder is outside again, and nobody else:
   shown twice, it counts once; a card that did not come in here changes no count.
3. An admission on the way out, by staff, lets out the card they name, or whoever without a card came first.
4. An undo takes one admission back, as if it had not been. It never frees a nonce.
5. Whoever came in longer ago than the policy's ``passback_s`` is held to have left unseen.

So the count is a number of admissions that stand: it cannot be negative.
"""

from dataclasses import dataclass
from typing import TypeAlias, assert_never

from cardcore.audit import Direction
from cardcore.ids import CardId, Seq
from cardcore.reasons import Reason
from cardcore.verify import RejectedCard, VerifiedCard
from scanner.door.decision import Admit, Decision, Record, Refuse, Review


@dataclass(frozen=True, slots=True, kw_only=True)
class ComesIn:
    """Somebody is inside now; ``card_id`` None for one without a card."""

    card_id: CardId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GoesOut:
    """The holder of the card is outside now; None: whoever without a card came in first."""

    card_id: CardId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """The admission of this entry does not stand any more."""

    seq: Seq


Movement: TypeAlias = ComesIn | GoesOut | TakenBack | None


def decide_exit(verification: VerifiedCard | RejectedCard) -> Decision:
    """What becomes of a card shown on the way out: whoever holds a genuine one may leave.

    The entry is ``exit`` with the decision ``record``: no verdict on the card is spoken. A door that does not know
    the time lets people out all the same.
    """
    if isinstance(verification, VerifiedCard):
        return Record(reason=Reason.EXIT)
    if verification.reason is Reason.CLOCK_UNTRUSTED and verification.claims is not None:
        return Record(reason=Reason.EXIT)
    return Refuse(reason=verification.reason)


def movement_of(
    decision: Decision, direction: Direction, card_id: CardId | None, undoes: Seq | None = None
) -> Movement:
    """Who moves by this decision; ``undoes`` is the admission that an undo takes back."""
    match decision:
        case Admit():
            if direction is Direction.EXIT:
                return GoesOut(card_id=card_id)
            return ComesIn(card_id=card_id)
        case Record(reason=reason):
            if reason is Reason.EXIT:
                return GoesOut(card_id=card_id)
            return None if undoes is None else TakenBack(seq=undoes)
        case Refuse() | Review():
            return None
        case _ as never:
            assert_never(never)
