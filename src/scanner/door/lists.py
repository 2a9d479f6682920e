"""What the card lists say of one card, and how old that is. Pure.

1. A card on the list of revoked ones is refused, however old the list: nobody comes back from being revoked.
2. Where the venue keeps a list of active cards, one that is not on it is refused, unless central told of the card after
   the list was made.
3. The age of the lists is that of the oldest one in use. Where it is more than the policy's ``lists_last_s``, or a list
   that must be there is not, the rules for the door or kiosk decide: fail open or closed. An answer that central gave on
   this card just now needs no list.
"""

from dataclasses import dataclass
from typing import Protocol

from cardcore.ids import CardId, UnixSeconds
from cardcore.membership import KnownStatus, Origin, Status
from cardcore.policy import DoorPolicy
from cardcore.reasons import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Whether a card is on one list; the list's version, and when central made it."""

    on_it: bool
    version: int
    issued_at: UnixSeconds


@dataclass(frozen=True, slots=True, kw_only=True)
class ListWord:
    """What the lists say of a card; None for a list that is not there."""

    revoked: Listed | None = None
    active: Listed | None = None

    @property
    def version(self) -> int | None:
        """Of the list of revoked cards, which every venue has."""
        return None if self.revoked is None else self.revoked.version


NO_LISTS = ListWord()


class CardLists(Protocol):
    """The lists of revoked and of active cards, as far as they are there."""

    def word_on(self, card_id: CardId) -> ListWord:
        """What they say of this card. Total."""
        ...


def judge_lists(word: ListWord, status: Status, policy: DoorPolicy) -> Reason | None:
    """``card_revoked`` or ``card_unknown``, where the lists say so; else None."""
    if word.revoked is not None and word.revoked.on_it:
        return Reason.CARD_REVOKED
    active = word.active if policy.active_list else None
    if active is None or active.on_it:
        return None
    heard_since = isinstance(status, KnownStatus) and status.standing.as_of > active.issued_at
    return None if heard_since else Reason.CARD_UNKNOWN


def age_of(word: ListWord, policy: DoorPolicy, now: UnixSeconds) -> int | None:
    """The age of the oldest list in use, in seconds; None where none is there."""
    active = word.active if policy.active_list else None
    ages = [max(0, now - each.issued_at) for each in (word.revoked, active) if each is not None]
    return max(ages, default=None)


def are_stale(word: ListWord, status: Status, policy: DoorPolicy, now: UnixSeconds) -> bool:
    """Whether the lists are too old to rely on, and nothing newer was heard of this card."""
    if isinstance(status, KnownStatus) and status.origin is Origin.LIVE:
        return False
    if policy.expects_lists and (
        word.revoked is None or (policy.active_list and word.active is None)
    ):
        return True
    age = age_of(word, policy, now)
    return age is not None and age > policy.lists_last_s
