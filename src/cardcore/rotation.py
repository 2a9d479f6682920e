"""What has to happen to the keys of one use now: a plan from keys, policy and the instant, and nothing else. Pure.

    ──made──▶ waiting ──not_before──▶ active: signs ──signs_until──▶ retiring: verifies ──expires_at──▶ gone
                                         └────────────────revoke────────────────▶ revoked

1. A key is made when a time of the schedule has come since the newest one was. It begins to sign ``lead_s`` later, so that
   doors, which ask every minute, know it before the first card under it is shown. The one before signs until then.
2. A key is good for verifying as long after its last signature as what it signed may live (``outlives_s``).
3. A key that signs no more is retiring; one that has expired is not handed to doors any more.
4. After a key was revoked, the next one signs at once: doors get it with the revocation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cardcore.ids import Kid, UnixSeconds
from cardcore.keyset import KeyState
from cardcore.schedule import Schedule

LEAD_S: Final = 180  # two refreshes of a door, and a minute for its clock
GRACE_S: Final = 7 * 86_400  # a central that was off on the day has a week to make the next one
BACKDATED_S: Final = 60  # a door whose clock is a little behind accepts a key that signs at once


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationPolicy:
    """How keys of one use follow each other; durations in seconds."""

    schedule: Schedule
    outlives_s: int
    lead_s: int = LEAD_S


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLife:
    """What the plan has to know of a key."""

    kid: Kid
    not_before: UnixSeconds
    signs_until: UnixSeconds
    expires_at: UnixSeconds
    state: KeyState

    def signs(self, now: UnixSeconds) -> bool:
        """Whether it may sign at ``now``."""
        return self.state is KeyState.ACTIVE and self.not_before <= now < self.signs_until


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """The times of a key that is to be made."""

    not_before: UnixSeconds
    signs_until: UnixSeconds
    expires_at: UnixSeconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to do: a key to make, keys that sign until another instant, keys that retire."""

    make: NewKey | None = None
    sign_until: tuple[tuple[Kid, UnixSeconds], ...] = ()
    retire: tuple[Kid, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return self == Plan()


def plan_rotation(
    keys: Sequence[KeyLife], policy: RotationPolicy, now: UnixSeconds, *, wanted: bool = False
) -> Plan:
    """What has to happen to the keys of one use at ``now``; ``wanted``: an operator asks for another key.

    Carried out, it leaves nothing to do at the same instant.
    """
    retire = tuple(
        key.kid for key in keys if key.state is KeyState.ACTIVE and key.signs_until <= now
    )
    living = [key for key in keys if key.state is KeyState.ACTIVE and now < key.signs_until]
    if not living:
        return Plan(make=_key_from(now - BACKDATED_S, policy, now), retire=retire)
    newest = max(living, key=lambda key: (key.not_before, key.kid))
    is_due = newest.not_before + BACKDATED_S < policy.schedule.before(now)
    waits = newest.not_before > now
    if waits or not (is_due or wanted):
        return Plan(retire=retire)
    make = _key_from(now + policy.lead_s, policy, now)
    ends = tuple((key.kid, make.not_before) for key in living if key.signs_until > make.not_before)
    return Plan(make=make, sign_until=ends, retire=retire)


def _key_from(not_before: int, policy: RotationPolicy, now: UnixSeconds) -> NewKey:
    after = policy.schedule.after(UnixSeconds(max(not_before, now)))
    signs_until = UnixSeconds(after + GRACE_S)
    return NewKey(
        not_before=UnixSeconds(not_before),
        signs_until=signs_until,
        expires_at=UnixSeconds(signs_until + policy.outlives_s),
    )
