"""What other doors of the venue saw of a card, put together with what this ledger remembers. Pure.

1. A nonce admitted at any door is used up at this one.
2. A card is inside since it last came in, at whichever door, unless it went out since.
3. What other doors saw can refuse a card; what this door itself remembers it never undoes. (Who left by another door is
   written into the ledger when the feed brings it.)
"""

from dataclasses import dataclass, replace

from cardcore.ids import UnixSeconds
from scanner.door.replay import Recollection, Replayed


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One card as the feed tells of it: where its nonce was admitted, and since when it is inside, by other doors."""

    admitted: Replayed | None = None
    inside_since: UnixSeconds | None = None


def together(memory: Recollection, seen: Sighting) -> Recollection:
    """All that is known here and elsewhere."""
    replay = memory.replay
    if seen.admitted is not None and not isinstance(replay, Replayed):
        replay = seen.admitted
    instants = (memory.inside_since, seen.inside_since)
    since = max((at for at in instants if at is not None), default=None)
    elsewhere = since is not None and since != memory.inside_since
    return replace(memory, replay=replay, inside_since=since, is_elsewhere=elsewhere)
