"""The chain: one audience whose cards are good at every venue of this central, under Ed25519 alone.

A door of any venue gets the public halves of the chain's keys, and how the chain's cards stand; never a key that makes one.
"""

from dataclasses import dataclass
from typing import Final

from cardcore.ids import Audience
from central.ports.records import KeyUse
from central.ports.storage import Transaction

VENUE_USES: Final = (KeyUse.SCREEN, KeyUse.PRINT_MAC, KeyUse.PRINT_SIGNATURE)
CHAIN_USES: Final = (KeyUse.PRINT_SIGNATURE,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """``audience`` is None where there is no chain."""

    audience: Audience | None = None

    def uses(self, audience: Audience) -> tuple[KeyUse, ...]:
        """What an audience may have keys for."""
        return CHAIN_USES if audience == self.audience else VENUE_USES

    def reach(self, audience: Audience) -> tuple[Audience, ...]:
        """The audiences whose cards a door of this one accepts: its own first."""
        if self.audience is None or audience == self.audience:
            return (audience,)
        return (audience, self.audience)

    def revision(self, tx: Transaction, audience: Audience) -> int:
        """Grows with whatever a door of this audience has to know."""
        return sum(tx.documents.revision(reached) for reached in self.reach(audience))


NO_CHAIN: Final = Chain()
