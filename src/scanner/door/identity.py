"""Who a door is, and by which rules it judges."""

from dataclasses import dataclass

from cardcore.audit import ClockTrust
from cardcore.ids import Audience, DeviceId, DoorId, UnixSeconds
from cardcore.policy import DoorPolicy, StatusRules
from scanner.door.lists import NO_LISTS, ListWord, age_of
from scanner.door.record import Circumstances


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorIdentity:
    """Who this door is, whom it admits and by which rules until central signs others."""

    door: DoorId
    device: DeviceId
    audiences: frozenset[Audience]
    policy: DoorPolicy
    rules: StatusRules
    program: str
    has_screen: bool = False  # an admission is shown only when the screen says so
    kiosk: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """What one answer rests on beside the card itself: read once, so that it cannot change on the way."""

    policy: DoorPolicy
    rules: StatusRules
    lists: ListWord = NO_LISTS


def rulebook_of(identity: DoorIdentity, signed: DoorPolicy | None) -> Rulebook:
    """The policy that central signed last, else the one the door was enrolled with."""
    if signed is None:
        return Rulebook(policy=identity.policy, rules=identity.rules)
    return Rulebook(policy=signed, rules=signed.kiosk if identity.kiosk else signed.door)


def circumstances_of(
    identity: DoorIdentity,
    rulebook: Rulebook,
    *,
    clock: ClockTrust,
    circuit: str,
    keyset_version: int,
    now: UnixSeconds,
) -> Circumstances:
    """What is so at this door, for an entry."""
    return Circumstances(
        door=identity.door,
        device=identity.device,
        clock=clock,
        circuit=circuit,
        keyset_version=keyset_version,
        policy_version=rulebook.policy.version,
        program=identity.program,
        lists_version=rulebook.lists.version,
        lists_age_s=age_of(rulebook.lists, rulebook.policy, now),
    )
