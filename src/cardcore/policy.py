"""What a venue wants of its doors where the facts alone do not decide.

Central hands it out, the door follows it. The defaults are the shipped ones.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Final

import msgspec

Version = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]
"""Of a policy, as of any document: it only grows."""

COUNT_MAX: Final = (1 << 31) - 1

Count = Annotated[int, msgspec.Meta(ge=0, le=COUNT_MAX)]
"""Of seconds or of people: a negative one would turn a rule round."""


class Handling(StrEnum):
    """What to do with a card that is good as far as the door can tell."""

    ADMIT = "admit"
    REVIEW = "review"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRules:
    """How a door or a kiosk handles what it knows of a card's status.

    ``stale`` is for a word older than the policy's ``fresh_s``, ``unknown`` for none young enough to count,
    ``absent`` for a card that a fresh snapshot does not have while central is silent, ``lists`` for any card while
    the card lists are older than the policy's ``lists_last_s`` and central is silent: fail open, or closed.
    """

    fresh: Handling = Handling.ADMIT
    stale: Handling = Handling.ADMIT
    unknown: Handling = Handling.ADMIT
    absent: Handling = Handling.REVIEW
    lists: Handling = Handling.ADMIT


DOOR_RULES = StatusRules()
KIOSK_RULES = StatusRules(unknown=Handling.REFUSE, absent=Handling.REFUSE, lists=Handling.REFUSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorPolicy:
    """One venue's policy; durations in seconds.

    ``fresh_s``: a status this young is as good as a live one. ``last_known_s``: the oldest status that still
    counts. ``passback_s``: how long after an entry the same card is held to be inside. ``capacity``: how many may
    be inside, None for no limit; ``when_full`` is what to do with one more. ``when_holdover``: what to do with a good card
    by a clock that nobody vouches for and nothing speaks against (a clock known to be wrong refuses, always).
    ``lists_last_s``: the oldest that card lists may be. ``active_list``: a card that is not on the list of active
    cards is refused.
    """

    version: Version = 0
    fresh_s: Count = 300
    last_known_s: Count = 4 * 3_600
    passback_s: Count = 12 * 3_600
    capacity: Count | None = None
    when_full: Handling = Handling.REFUSE
    when_holdover: Handling = Handling.ADMIT
    door: StatusRules = field(default=DOOR_RULES)
    kiosk: StatusRules = field(default=KIOSK_RULES)
    lists_last_s: Count = 24 * 3_600
    active_list: bool = False

    @property
    def expects_lists(self) -> bool:
        """Whether a door must have lists: a central that signs policies hands out lists as well."""
        return self.version > 0
