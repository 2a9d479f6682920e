"""What a venue wants of its doors where the facts alone do not decide.

Central hands it out, the door follows it. The defaults are the shipped ones.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

import msgspec

Version = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]
"""Of a policy, as of any document: it only grows."""

Count = Annotated[int, msgspec.Meta(ge=0, le=(1 << 31) - 1)]
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
    ``absent`` for a card that a fresh snapshot does not have while central is silent.
    """

    fresh: Handling = Handling.ADMIT
    stale: Handling = Handling.ADMIT
    unknown: Handling = Handling.ADMIT
    absent: Handling = Handling.REVIEW


DOOR_RULES = StatusRules()
KIOSK_RULES = StatusRules(unknown=Handling.REFUSE, absent=Handling.REFUSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorPolicy:
    """One venue's policy; durations in seconds.

    ``fresh_s``: a status this young is as good as a live one. ``last_known_s``: the oldest status that still
    counts. ``passback_s``: how long after an entry the same card is held to be inside. ``capacity``: how many may
    be inside, None for no limit; ``when_full`` is what to do with one more. ``when_holdover``: what to do with a good card
    by a clock that nobody vouches for and nothing speaks against (a clock known to be wrong refuses, always).
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
