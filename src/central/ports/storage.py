"""Storage as the use cases see it: transactions over a few collections.

``Storage.glance()`` is for single look-ups. ``Storage.read()`` sees one consistent state; ``Storage.write()`` commits when its block ends and keeps nothing when it
raises. Both raise :class:`central.errors.StorageDownError`. Transactions do not nest.

Several may write at once (on PostgreSQL they do). What looks before it changes holds something first, in this order:
a lock of its own (``lock``), a device (``devices.lock``), an audience (``documents.hold`` or ``touch``).
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from cardcore.audit import ChainHead
from cardcore.ids import DeviceId, Epoch, Micros, Seq, UnixSeconds
from central.ports.card_storage import Cards, Documents, Keys, Members
from central.ports.events import Outbox, ProcessedEvents, Replies, Trail
from central.ports.happenings import Feed, Incidents, Reports
from central.ports.key_trail import KeyTrail
from central.ports.lists import Lists, Policies
from central.ports.lookups import DatabaseState, Lookups
from central.ports.operator_storage import Operators
from central.ports.proofs import Proofs
from central.ports.records import (
    AuditLine,
    Device,
    Evidence,
    Gap,
    KeptRow,
    Log,
    OpenCode,
    StoredEntry,
)
from central.ports.rollups import Rollups
from central.ports.snapshots import SnapshotChunks
from central.ports.vitals import Pool, Vitals
from central.ports.watching import Watching


class Devices(Protocol):
    """Enrolled devices and the codes that enrol them."""

    def by_token_hash(self, token_hash: bytes) -> Device | None:
        """The device of this token."""
        ...

    def find(self, device_id: str) -> Device | None:
        """The device of this id."""
        ...

    def all(self) -> Sequence[Device]:
        """Every device, by door."""
        ...

    def add(self, device: Device) -> None:
        """A new device."""
        ...

    def change(self, device: Device) -> None:
        """Its token, its keys and its revocation are now these."""
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

    def forget_codes(self, before: UnixSeconds) -> int:
        """Drop codes that expired before this instant, used or not; how many."""
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

    def jump(self, device_id: DeviceId, gap: Gap) -> None:
        """Keep that these entries are missing; the last of them becomes the head."""
        ...

    def gaps(self, device_id: DeviceId) -> Sequence[Gap]:
        """What is missing of a device's log, by epoch and number."""
        ...

    def logs(self) -> Sequence[Log]:
        """Every log there is, by device and epoch."""
        ...

    def rows(self, device_id: DeviceId, epoch: Epoch, after: Seq, most: int) -> Sequence[KeptRow]:
        """At most so many entries behind ``after``, in order."""
        ...

    def lines(self, most: int) -> Sequence[AuditLine]:
        """The entries that arrived last, in the order of their arrival."""
        ...


class Transaction(Protocol):
    """All collections, in one state."""

    def lock(self, what: str) -> None:
        """Wait until no other writing transaction has this lock; it is let go when this one ends."""
        ...

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
    def incidents(self) -> Incidents:
        """The incidents."""
        ...

    @property
    def feed(self) -> Feed:
        """The feed of admissions."""
        ...

    @property
    def reports(self) -> Reports:
        """Lists for people."""
        ...

    @property
    def rollups(self) -> Rollups:
        """How often what happened."""
        ...

    @property
    def lookups(self) -> Lookups:
        """What the dashboard looks up."""
        ...

    @property
    def watching(self) -> Watching:
        """Sessions, alerts, samples and baselines."""
        ...

    @property
    def operators(self) -> Operators:
        """The operators."""
        ...

    @property
    def audit(self) -> AuditLog:
        """The audit."""
        ...

    @property
    def proofs(self) -> Proofs:
        """What the audit is proven by."""
        ...

    @property
    def outbox(self) -> Outbox:
        """The events on their way."""
        ...

    @property
    def trail(self) -> Trail:
        """What happened to each card."""
        ...

    @property
    def processed(self) -> ProcessedEvents:
        """The events that were processed."""
        ...

    @property
    def replies(self) -> Replies:
        """The first answers."""
        ...

    @property
    def vitals(self) -> Vitals:
        """How central fares."""
        ...

    @property
    def lists(self) -> Lists:
        """The card lists."""
        ...

    @property
    def key_trail(self) -> KeyTrail:
        """What keys signed, and their revocations."""
        ...

    @property
    def policies(self) -> Policies:
        """The policies."""
        ...

    @property
    def chunks(self) -> SnapshotChunks:
        """The chunks of snapshots."""
        ...


class Storage(Protocol):
    """The database."""

    def glance(self) -> AbstractContextManager[Transaction]:
        """Look something up: each question sees what is committed by then, and costs one trip to the server."""
        ...

    def read(self) -> AbstractContextManager[Transaction]:
        """Look at one consistent state."""
        ...

    def write(self) -> AbstractContextManager[Transaction]:
        """Change it."""
        ...

    def write_alone(self, what: str) -> AbstractContextManager[Transaction]:
        """Change it while nobody else has ``what``, in this process or another.

        Whoever comes second waits for nothing, not even for another writer: :class:`central.errors.ConflictError`,
        kind ``in_progress``.
        """
        ...

    def try_to_write(self) -> None:
        """Write something and take it back, to see whether a writer would get through."""
        ...

    def pool(self) -> Pool:
        """How many connections there are, and how many are in use."""
        ...

    def state(self) -> DatabaseState:
        """How it fares."""
        ...
