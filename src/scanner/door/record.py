"""The audit entry of a presentation: every fact the decision rested on, no name and no token text.

The ledger gives it its place in the chain (epoch, seq, previous hash) when it commits.
"""

from dataclasses import dataclass

from cardcore.audit import GENESIS, AuditEntry, ClockTrust
from cardcore.ids import DeviceId, DoorId, Micros, UnixSeconds
from cardcore.membership import AbsentStatus, KnownStatus, Status
from cardcore.verify import RejectedCard, VerifiedCard
from scanner.door.decision import Decision, outcome_of
from scanner.door.frame import Presentation

NO_EPOCH = bytes(8)
LISTS_AGE = 4  # its key in the extension map, docs/reference/audit-entry.md


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What was so at the door when a card was shown."""

    door: DoorId
    device: DeviceId
    clock: ClockTrust
    circuit: str
    keyset_version: int
    policy_version: int
    program: str
    lists_version: int | None = None
    lists_age_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusUsed:
    """A status as entries and answers state it: one word, where from, how old in seconds."""

    value: str | None = None
    origin: str | None = None
    age_s: int | None = None


def status_used(status: Status, now: UnixSeconds) -> StatusUsed:
    """``status`` in the words of an entry."""
    match status:
        case KnownStatus(standing=standing, origin=origin):
            return StatusUsed(
                value=standing.value, origin=origin.value, age_s=max(0, now - standing.as_of)
            )
        case AbsentStatus(as_of=as_of, origin=origin):
            return StatusUsed(value="absent", origin=origin.value, age_s=max(0, now - as_of))
        case _:
            return StatusUsed()


def entry_for(
    presentation: Presentation,
    verification: VerifiedCard | RejectedCard,
    status: Status,
    decision: Decision,
    *,
    circumstances: Circumstances,
    stages: dict[str, Micros],
) -> AuditEntry:
    """The entry, without its place in the chain."""
    claims = verification.claims
    used = status_used(status, presentation.at.seconds)
    age = circumstances.lists_age_s
    return AuditEntry(
        door=circumstances.door,
        device=circumstances.device,
        epoch=NO_EPOCH,
        seq=0,
        previous=GENESIS,
        wall=presentation.at.wall,
        mono=presentation.at.mono,
        boot_id=presentation.at.boot_id,
        clock=circumstances.clock,
        source=presentation.source,
        direction=presentation.direction,
        decision=outcome_of(decision),
        reason=decision.reason.value,
        kid=verification.kid,
        mode=None if claims is None else claims.mode.value,
        card_id=None if claims is None else claims.card_id,
        generation=None if claims is None else claims.generation,
        nonce=None if claims is None else claims.nonce,
        status=used.value,
        status_origin=used.origin,
        status_age_s=used.age_s,
        keyset_version=circumstances.keyset_version,
        lists_version=circumstances.lists_version,
        policy_version=circumstances.policy_version,
        circuit=circumstances.circuit,
        attendant=presentation.attendant,
        traceparent=presentation.traceparent,
        stages={stage: int(took) for stage, took in stages.items()},
        program=circumstances.program,
        extensions={} if age is None else {LISTS_AGE: age},
    )
