"""What a door with a screen asks of the world, besides what the path asks."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from cardcore.audit import AuditEntry
from cardcore.ids import CardId, Seq, UnixSeconds
from cardcore.membership import CardStanding
from scanner.desk import Attendant, Role
from scanner.door.attendance import PinLock
from scanner.door.moment import Moment
from scanner.ports import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """The last admission of this ledger: its entry, when it was, and whether it was taken back."""

    seq: Seq
    at: Moment
    card_id: CardId | None
    is_undone: bool


class FloorLedger(Ledger, Protocol):
    """The ledger as a door with a screen uses it: besides decisions, what became of them. Faults are LedgerError."""

    def last_admission(self) -> Admission | None:
        """The newest admission on the way in; None where there is none."""
        ...

    def shown(self, seq: Seq, at: UnixSeconds) -> None:
        """The verdict of this entry is on the screen."""
        ...

    def opened(self, seq: Seq, at: UnixSeconds) -> bool:
        """Claim the opening of the door for this admission; True once, and only for one that stands."""
        ...

    def unshown(self, now: UnixSeconds) -> tuple[AuditEntry, ...]:
        """Admissions of the last 30 s that await the screen still, oldest first."""
        ...

    def probe(self) -> None:
        """Write something that changes nothing, to see whether the ledger can be written."""
        ...


class DoorLog(Protocol):
    """The log as screens read it; no reading waits for a decision. Faults are LedgerError."""

    def here(self, now: UnixSeconds, within: int) -> int:
        """As :meth:`Ledger.here`."""
        ...

    def inside_since(self, card_id: CardId) -> UnixSeconds | None:
        """When the card came in here; None where it is not inside."""
        ...

    def newest_entries(self, limit: int) -> tuple[AuditEntry, ...]:
        """The newest entries, newest first."""
        ...

    def backlog(self) -> int:
        """How many entries central was not yet known to hold, when last asked."""
        ...


class Directory(Protocol):
    """The members this device knows. Faults are LedgerError."""

    def search(self, text: str, limit: int) -> tuple[tuple[CardId, CardStanding], ...]:
        """At most ``limit`` cards by their holder's name or the beginning of their id, best first."""
        ...

    def standing_of(self, card_id: CardId) -> CardStanding | None:
        """The newest that is kept about this card."""
        ...


class Strike(Protocol):
    """What holds the door shut. Without power, or after a fault, it is shut."""

    def open(self) -> None:
        """Let one person through; returns at once.

        Raises:
            DeviceError: it stayed shut.
        """
        ...

    def close(self) -> None:
        """Shut, and let the device go."""
        ...


class CodeReader(Protocol):
    """A scanner that types what it reads."""

    @property
    def name(self) -> str:
        """What the log calls it, at most 64 characters."""
        ...

    def texts(self) -> Iterator[str]:
        """What is read, as it comes.

        Raises:
            DeviceError: it is not there, or not there any more.
        """
        ...

    def close(self) -> None:
        """Let the device go; ``texts`` ends soon after."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PinHolder:
    """An attendant and the digest of their PIN."""

    attendant: Attendant
    digest: bytes


class AttendantBook(Protocol):
    """Who may be on duty, and how many wrong PINs there were. Faults are LedgerError."""

    def holders(self) -> tuple[PinHolder, ...]:
        """All attendants, by name."""
        ...

    def lock(self) -> PinLock | None:
        """Wrong PINs in a row; None for none."""
        ...

    def set_lock(self, lock: PinLock | None) -> None:
        """Keep it; durable when this returns."""
        ...

    def add(self, name: str, role: Role, digest: bytes) -> None:
        """One more attendant, or another PIN and role for one that there is."""
        ...

    def remove(self, name: str) -> bool:
        """Whether there was one of this name."""
        ...
