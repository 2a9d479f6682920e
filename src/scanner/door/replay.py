"""What the ledger remembers of a card: a look before the decision, not yet a claim."""

from dataclasses import dataclass
from typing import Final, TypeAlias

from cardcore.card import Claims, Mode
from cardcore.ids import UnixSeconds
from cardcore.policy import DoorPolicy
from cardcore.reasons import Reason
from cardcore.verify import SKEW

BURNED_FOR: Final = 2 * SKEW  # seconds a burned nonce is kept beyond the token's own end


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """This nonce of this card was never admitted here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """This nonce of this card was admitted before: when (seconds since 1970), and where."""

    first_used_at: UnixSeconds
    where: str


Replay: TypeAlias = Fresh | Replayed


@dataclass(frozen=True, slots=True, kw_only=True)
class Recollection:
    """All the ledger knows that bears on one card.

    ``inside_since``: when the card last went in and has not come out, in seconds since 1970; ``is_elsewhere``, where
    that was at another door. ``purge_floor``: tokens ending at or before it may have been burned and forgotten.
    ``began_at``: when this ledger was made; what was burned before, it never knew.
    """

    replay: Replay = Fresh()
    inside_since: UnixSeconds | None = None
    is_elsewhere: bool = False
    purge_floor: UnixSeconds = UnixSeconds(0)
    began_at: UnixSeconds = UnixSeconds(0)


def judge_recollection(
    claims: Claims, memory: Recollection, policy: DoorPolicy, now: UnixSeconds
) -> Reason | None:
    """The first of ``purged``, ``replayed`` and ``passback`` against this card, or None."""
    if claims.mode.burns_nonce:
        if claims.expires_at <= memory.purge_floor:
            return Reason.PURGED
        if memory.began_at and claims.issued_at < memory.began_at + SKEW:
            return Reason.PURGED
        if isinstance(memory.replay, Replayed):
            return Reason.REPLAYED
    if keeps_passback(claims.mode) and _is_inside(memory, policy, now):
        return Reason.PASSBACK
    return None


def keeps_passback(mode: Mode) -> bool:
    """Whether a card of this mode may not go in twice without coming out (token.md, the table of modes)."""
    return mode is not Mode.ONLINE


def _is_inside(memory: Recollection, policy: DoorPolicy, now: UnixSeconds) -> bool:
    return memory.inside_since is not None and now < memory.inside_since + policy.passback_s
