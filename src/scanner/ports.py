"""What the path and the sync ask of the world; each adapter answers one of these with one technology."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from cardcore import wire
from cardcore.audit import AuditEntry
from cardcore.card import Claims
from cardcore.documents import Document
from cardcore.ids import Audience, CardId, Epoch, Micros, Seq, UnixSeconds
from cardcore.keyset import KeySet
from cardcore.membership import CardStanding, Status
from cardcore.policy import DoorPolicy
from cardcore.snapshot_document import SnapshotRow
from scanner.door.decision import Decision
from scanner.door.elsewhere import Sighting
from scanner.door.frame import Frame, Reading
from scanner.door.moment import Moment
from scanner.door.occupancy import VenueFigure
from scanner.door.replay import Recollection


class Clock(Protocol):
    """The door's clocks."""

    def now(self) -> Moment:
        """All of them, read once."""
        ...

    def mono(self) -> Micros:
        """Monotonic time alone, to measure how long a step took."""
        ...


class FrameSource(Protocol):
    """A camera, or what stands in for one."""

    @property
    def name(self) -> str:
        """What the log calls it, at most 64 characters."""
        ...

    def frames(self) -> Iterator[Frame]:
        """Frames as they come, until the source ends.

        Raises:
            CameraError: no frames to be had from there.
        """
        ...

    def close(self) -> None:
        """Let the device go; ``frames`` ends soon after."""
        ...


class QrDecoder(Protocol):
    """Finds QR codes in frames."""

    def decode(self, frame: Frame) -> tuple[Reading, ...]:
        """Every code in view, as bytes. Total: any frame gives an answer."""
        ...


class KeySource(Protocol):
    """The keys in force."""

    def current(self) -> KeySet:
        """The key set as last accepted; a document accepted meanwhile by another process counts."""
        ...


class StatusSource(Protocol):
    """What is known of a card's member."""

    def status_of(self, card_id: CardId, at: Moment) -> Status:
        """The best word to be had on this card in the time a door has. Total."""
        ...

    @property
    def circuit(self) -> str:
        """State of the circuit behind live answers: closed, open or half-open."""
        ...


class StatusMemory(Protocol):
    """Standings kept for when central is away."""

    def cached(self, card_id: CardId) -> CardStanding | None:
        """The last live answer about this card."""
        ...

    def remember(self, card_id: CardId, standing: CardStanding) -> None:
        """Keep a live answer, unless a newer one is kept."""
        ...

    def in_snapshot(self, card_id: CardId) -> CardStanding | None:
        """This card in the snapshot in force."""
        ...

    @property
    def snapshot_issued_at(self) -> UnixSeconds | None:
        """When central made the snapshot in force; None where there is none."""
        ...

    @property
    def snapshot_version(self) -> int:
        """The version in force, 0 for none."""
        ...

    def replace_snapshot(
        self, version: int, issued_at: UnixSeconds, rows: Iterator[SnapshotRow]
    ) -> int:
        """Put another snapshot in force, whole or not at all; how many cards it has."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A decision to be made durable: the entry without its place, and what an admission would claim.

    ``undoes`` is the admission of this epoch that an undo takes back. ``awaits_screen``: an admission counts as
    shown only when the screen says so.
    """

    entry: AuditEntry
    decision: Decision
    claims: Claims | None
    policy: DoorPolicy
    undoes: Seq | None = None
    awaits_screen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """The decision that now stands, and its place in the log."""

    decision: Decision
    seq: Seq


class Ledger(Protocol):
    """The door's durable memory: burned nonces, who is inside, the audit log. All faults are LedgerError."""

    def recall(self, claims: Claims) -> Recollection:
        """What is remembered that bears on this card."""
        ...

    def commit(self, attempt: Attempt) -> Committed:
        """Claim the nonce and append the entry in one transaction; durable when this returns.

        Where another lane claimed the nonce, or the card's place inside, since ``recall``, the decision that
        stands is a refusal.
        """
        ...

    @property
    def clock_floor(self) -> UnixSeconds:
        """An instant that has certainly passed."""
        ...

    def here(self, now: UnixSeconds, within: int) -> int:
        """How many came in here during the last ``within`` seconds and have not come out."""
        ...


class Elsewhere(Protocol):
    """What other doors of the venue admitted, as far as this door has heard. All faults are LedgerError."""

    def sighting(self, claims: Claims) -> Sighting:
        """What they saw of this card and this nonce."""

    def left(self, card_id: CardId, at: UnixSeconds) -> None:
        """The card went out here: wherever it came in, it is outside now."""
        ...


class VenueSource(Protocol):
    """What central's feed last told of the whole venue."""

    def figure(self) -> VenueFigure | None:
        """The newest figure, however old; None where there never was one."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxEntry:
    """One entry of the log as it was written, with its hash."""

    seq: Seq
    data: bytes
    hash: bytes


class Outbox(Protocol):
    """The audit log as the sync reads it: entries after a position, and what central was last known to hold."""

    def epochs(self) -> tuple[Epoch, ...]:
        """All epochs with entries in this log, oldest first."""
        ...

    def after(self, epoch: Epoch, seq: Seq, limit: int) -> tuple[OutboxEntry, ...]:
        """At most ``limit`` entries behind ``seq``, in order."""
        ...

    def hash_at(self, epoch: Epoch, seq: Seq) -> bytes | None:
        """The hash of one entry; the start of a chain for 0; None where there is no such entry."""
        ...

    def head(self, epoch: Epoch) -> Seq:
        """The last entry's number, 0 for none."""
        ...

    def set_mark(self, epoch: Epoch, mark: Seq) -> None:
        """Note what central holds: for showing the backlog, never for deciding what to send."""
        ...

    def mark(self, epoch: Epoch) -> Seq:
        """What central was last seen to hold; 0 where it never acknowledged anything."""
        ...

    def carry(self, epoch: Epoch, first: Seq, new_epoch: Epoch, now: UnixSeconds) -> int:
        """Begin ``new_epoch`` with what there is of ``epoch`` from ``first`` on; how many entries."""
        ...

    def raise_clock_floor(self, at_least: UnixSeconds) -> None:
        """A document signed by central proves that this instant has passed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A document as it came, with the tag to ask for the next one by."""

    data: bytes
    etag: str | None


class CentralLink(Protocol):
    """Central over the network. All faults are LinkError."""

    def enrol(self, request: wire.EnrolRequest) -> wire.EnrolAnswer:
        """Pair this device."""
        ...

    def card_status(self, card_id: CardId) -> wire.CardStatusAnswer | None:
        """Central's word on a card now; None where it says it has no such card."""
        ...

    def key_set(self, etag: str | None) -> Fetched | None:
        """The signed key set; None where it has not changed since ``etag``."""
        ...

    def snapshot(self, etag: str | None) -> Fetched | None:
        """The signed snapshot; None where it has not changed since ``etag``."""
        ...

    def mark(self, epoch: Epoch) -> wire.MarkAnswer:
        """Up to where central holds an epoch."""
        ...

    def upload(self, batch: wire.AuditBatch) -> wire.BatchAnswer:
        """Hand over a batch."""
        ...


class KeyRing(KeySource, Protocol):
    """Where the accepted key set is kept."""

    @property
    def audience(self) -> Audience:
        """The venue this door belongs to."""
        ...

    @property
    def version(self) -> int:
        """Version of the key set in force, 0 for none."""
        ...

    @property
    def ages(self) -> tuple[UnixSeconds, UnixSeconds] | None:
        """When central made the key set in force, and until when it is to be renewed; None where there is none."""
        ...

    def opened(self, document: Document) -> KeySet:
        """The keys in a document for this device."""
        ...

    def replace(self, data: bytes) -> None:
        """Keep a document that passed every check; durable when this returns."""
        ...
