"""Storage as the use cases see it: transactions over a few collections.

``Storage.read()`` sees one consistent state; ``Storage.write()`` is alone, commits when its block ends and keeps
nothing when it raises. Both raise :class:`central.errors.StorageDownError`. Transactions do not nest.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from cardcore.audit import ChainHead
from cardcore.documents import DocumentKind
from cardcore.ids import Audience, CardId, DeviceId, Epoch, Kid, MemberId, Micros, UnixSeconds
from cardcore.snapshot_document import SnapshotRow
from central.ports.records import (
    AuditLine,
    Card,
    Device,
    Evidence,
    IssuerKey,
    Member,
    OpenCode,
    PhoneLink,
    SignedDocument,
    StoredEntry,
)


class Members(Protocol):
    """The members of every audience."""

    def find(self, audience: Audience, member_id: MemberId) -> Member | None:
        """One member."""
        ...

    def of(self, audience: Audience) -> Sequence[Member]:
        """All members of an audience, by id."""
        ...

    def put(self, members: Iterable[Member]) -> None:
        """Add them, or replace what was known of them."""
        ...


class Cards(Protocol):
    """The cards of every audience, and the links that bring them to phones."""

    def find(self, card_id: CardId) -> Card | None:
        """One card."""
        ...

    def of(self, audience: Audience) -> Sequence[Card]:
        """All cards of an audience, by id."""
        ...

    def add(self, card: Card) -> None:
        """A new card."""
        ...

    def replace(self, card: Card) -> None:
        """What is now true of a card."""
        ...

    def standing(
        self, audience: Audience, card_id: CardId, as_of: UnixSeconds
    ) -> SnapshotRow | None:
        """One card with its member's status, if it is of this audience."""
        ...

    def standings(self, audience: Audience, as_of: UnixSeconds) -> Sequence[SnapshotRow]:
        """All cards of an audience with their members' status."""
        ...

    def link(self, secret_hash: bytes) -> PhoneLink | None:
        """The link of this secret."""
        ...

    def put_link(self, link: PhoneLink) -> None:
        """Add a link, or replace it."""
        ...


class Keys(Protocol):
    """Issuer keys."""

    def of(self, audience: Audience | None) -> Sequence[IssuerKey]:
        """The keys of an audience, the newest first; None for the document roots."""
        ...

    def has(self, kid: Kid) -> bool:
        """Whether a key has this id."""
        ...

    def add(self, key: IssuerKey) -> None:
        """A new key."""
        ...


class Documents(Protocol):
    """The signed document in force of each kind and audience, and the audience's revision."""

    def find(self, kind: DocumentKind, audience: Audience) -> SignedDocument | None:
        """The one in force."""
        ...

    def put(self, document: SignedDocument) -> None:
        """Replace the one in force."""
        ...

    def revision(self, audience: Audience) -> int:
        """How often anything that documents tell of has changed; 0 for an unknown audience."""
        ...

    def touch(self, audience: Audience) -> None:
        """Count a change; makes the audience known."""
        ...


class Devices(Protocol):
    """Enrolled devices and the codes that enrol them."""

    def by_token_hash(self, token_hash: bytes) -> Device | None:
        """The device of this token."""
        ...

    def all(self) -> Sequence[Device]:
        """Every device, by door."""
        ...

    def add(self, device: Device) -> None:
        """A new device."""
        ...

    def lock(self, device_id: DeviceId) -> None:
        """Let no other transaction ingest for this device until this one ends."""
        ...

    def code(self, selector: str) -> OpenCode | None:
        """The code of this selector."""
        ...

    def put_code(self, code: OpenCode) -> None:
        """Add a code, or replace it."""
        ...


class AuditLog(Protocol):
    """The audit of every device, by epoch and number."""

    def head(self, device_id: DeviceId, epoch: Epoch) -> ChainHead:
        """Up to where it is held; number 0 and a zero hash for a new epoch."""
        ...

    def hashes(
        self, device_id: DeviceId, epoch: Epoch, first: int, last: int
    ) -> Mapping[int, bytes]:
        """The hashes held from ``first`` to ``last``, both included."""
        ...

    def append(
        self,
        device_id: DeviceId,
        epoch: Epoch,
        entries: Sequence[StoredEntry],
        arrived_at: Micros,
    ) -> None:
        """Store consecutive entries behind the head; the last becomes the head."""
        ...

    def keep(
        self, device_id: DeviceId, epoch: Epoch, evidence: Evidence, arrived_at: Micros
    ) -> None:
        """Keep an entry that contradicts the log; once, however often it is sent."""
        ...

    def evidence(self, device_id: DeviceId) -> Sequence[Evidence]:
        """What is kept against this device."""
        ...

    def lines(self, most: int) -> Sequence[AuditLine]:
        """The entries that arrived last, in the order of their arrival."""
        ...


class Transaction(Protocol):
    """All collections, in one state."""

    @property
    def members(self) -> Members:
        """The members."""
        ...

    @property
    def cards(self) -> Cards:
        """The cards and links."""
        ...

    @property
    def keys(self) -> Keys:
        """The issuer keys."""
        ...

    @property
    def documents(self) -> Documents:
        """The documents in force."""
        ...

    @property
    def devices(self) -> Devices:
        """The devices and codes."""
        ...

    @property
    def audit(self) -> AuditLog:
        """The audit."""
        ...


class Storage(Protocol):
    """The database."""

    def read(self) -> AbstractContextManager[Transaction]:
        """Look at one consistent state."""
        ...

    def write(self) -> AbstractContextManager[Transaction]:
        """Change it, alone."""
        ...

    def check(self) -> None:
        """Raise where it cannot be used."""
        ...
