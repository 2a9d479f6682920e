"""What doors write, entry by entry, as central gets it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cardcore.audit import (
    GENESIS,
    AuditEntry,
    ClockTrust,
    Direction,
    Outcome,
    entry_hash,
    serialise_entry,
)
from cardcore.card import Mode
from cardcore.ids import Epoch
from cardcore.wire import AuditBatch, BatchAnswer
from central.bootstrap import Central
from central.ports.records import Device
from tests.fakes.central_material import EPOCH, batch
from tests.fakes.central_world import NOON

CARD = bytes(15) + b"c"


@dataclass(slots=True)
class FakeDoor:
    """A door's log; ``sent`` is up to where it has been handed in."""

    central: Central
    device: Device
    epoch: Epoch = EPOCH
    entries: list[bytes] = field(default_factory=list)
    sent: int = 0

    def write(self, data: bytes) -> None:
        """Anything at all."""
        self.entries.append(data)

    def log(
        self,
        *,
        at: int = 0,
        mono: int | None = None,
        decision: Outcome = Outcome.ADMIT,
        reason: str = "ok",
        direction: Direction = Direction.ENTRY,
        card_id: bytes | None = CARD,
        nonce: bytes | None = b"nonce-01",
        mode: Mode | None = Mode.ROTATING,
        generation: int | None = 0,
        kid: bytes | None = b"kid1",
        boot_id: bytes = bytes(16),
        attendant: str | None = None,
        status_age_s: int | None = None,
        status_origin: str | None = None,
        extensions: dict[int, object] | None = None,
        stages: dict[str, int] | None = None,
    ) -> None:
        """One entry, ``at`` seconds after noon; ``mono`` goes with it unless told."""
        entry = AuditEntry(
            door=self.device.door,
            device=self.device.device_id,
            epoch=self.epoch,
            seq=len(self.entries) + 1,
            previous=entry_hash(self.entries[-1]) if self.entries else GENESIS,
            wall=(NOON + at) * 1_000_000,
            mono=(100_000 + (at if mono is None else mono)) * 1_000_000,
            boot_id=boot_id,
            clock=ClockTrust.TRUSTED,
            source="camera",
            direction=direction,
            decision=decision,
            reason=reason,
            kid=kid,
            mode=None if mode is None else mode.value,
            card_id=card_id,
            generation=generation,
            nonce=nonce,
            attendant=attendant,
            status_age_s=status_age_s,
            status_origin=status_origin,
            extensions=extensions or {},
            stages=stages or {},
        )
        self.entries.append(serialise_entry(entry))

    def exit(self, *, at: int = 0, card_id: bytes | None = CARD) -> None:
        """Somebody leaves."""
        self.log(
            at=at,
            decision=Outcome.RECORD,
            reason="exit",
            direction=Direction.EXIT,
            card_id=card_id,
        )

    def batch(self, entries: Sequence[bytes], first: int) -> AuditBatch:
        return batch(list(entries), first, self.epoch)

    def hand_in(self) -> BatchAnswer:
        """All that was not handed in yet."""
        answer = self.central.audit.ingest(
            self.device, self.batch(self.entries[self.sent :], self.sent + 1)
        )
        self.sent = len(self.entries)
        return answer
