"""Central's storage in memory. tests/contract/central holds it to the same promises as the SQL one."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager

from cardcore.ids import DeviceId
from central.errors import ConflictError, Kind, StorageDownError
from central.ports.lookups import DatabaseState
from central.ports.vitals import Pool
from tests.fakes.central_audit_log import FakeAuditLog
from tests.fakes.central_collections import (
    FakeCards,
    FakeDevices,
    FakeDocuments,
    FakeKeys,
    FakeMembers,
)
from tests.fakes.central_events import (
    FakeOutbox,
    FakeProcessed,
    FakeReplies,
    FakeTrail,
)
from tests.fakes.central_happenings import (
    FakeFeed,
    FakeIncidents,
    FakeOperators,
    FakeReports,
)
from tests.fakes.central_kept import Kept
from tests.fakes.central_key_trail import FakeKeyTrail
from tests.fakes.central_lists import FakeLists, FakePolicies
from tests.fakes.central_lookups import STATE, FakeLookups
from tests.fakes.central_proofs import FakeProofs
from tests.fakes.central_rollups import FakeRollups
from tests.fakes.central_snapshots import FakeSnapshotChunks
from tests.fakes.central_vitals import FakeVitals
from tests.fakes.central_watching import FakeWatching


class FakeTransaction:
    def __init__(self, kept: Kept) -> None:
        self.members = FakeMembers(kept)
        self.cards = FakeCards(kept)
        self.keys = FakeKeys(kept)
        self.documents = FakeDocuments(kept)
        self.devices = FakeDevices(kept)
        self.audit = FakeAuditLog(kept.entries, kept.evidence, kept.gaps)
        self.proofs = FakeProofs(kept.evidence, kept.checkpoints)
        self.operators = FakeOperators(kept.happened)
        self.incidents = FakeIncidents(kept.happened)
        self.feed = FakeFeed(kept.happened)
        self.reports = FakeReports(
            kept.happened, kept.cards, kept.devices, kept.entries, self.audit.lines
        )
        self.rollups = FakeRollups(kept.tally, kept.entries, kept.devices, kept.cards)
        self.watching = FakeWatching(kept.watched)
        self.lookups = FakeLookups(kept)
        self.outbox = FakeOutbox(kept.events)
        self.trail = FakeTrail(kept.events, kept.entries)
        self.processed = FakeProcessed(kept.events)
        self.replies = FakeReplies(kept.events)
        self.vitals = FakeVitals(
            revisions=kept.revisions,
            documents=kept.documents,
            cards=kept.cards,
            devices=kept.devices,
            entries=kept.entries,
            incidents=kept.happened.incidents,
            outbox=kept.events.outbox,
            signs=kept.happened.signs,
        )
        self.lists = FakeLists(kept.lists)
        self.policies = FakePolicies(kept.lists)
        self.chunks = FakeSnapshotChunks(kept.chunks)
        self.key_trail = FakeKeyTrail(kept.key_trail, kept.cards, kept.devices, kept.entries)

    def lock(self, what: str) -> None:
        """There is one transaction at a time anyway."""


class FakeStorage:
    """Set ``is_down`` to let every transaction fail."""

    def __init__(self) -> None:
        self._kept = Kept()
        self._is_open = self.is_down = False
        self._held: set[str] = set()
        self.writes = 0

    @contextmanager
    def glance(self) -> Iterator[FakeTransaction]:
        with self.read() as tx:
            yield tx

    @contextmanager
    def read(self) -> Iterator[FakeTransaction]:
        with self._alone():
            yield FakeTransaction(copy.deepcopy(self._kept))

    @contextmanager
    def write(self) -> Iterator[FakeTransaction]:
        with self._alone():
            changed = copy.deepcopy(self._kept)
            yield FakeTransaction(changed)
            self._kept = changed
            self.writes += 1

    @contextmanager
    def write_alone(self, what: str) -> Iterator[FakeTransaction]:
        if what in self._held:
            raise ConflictError(Kind.IN_PROGRESS)
        self._held.add(what)
        try:
            with self.write() as tx:
                yield tx
        finally:
            self._held.remove(what)

    def state(self) -> DatabaseState:
        self.try_to_write()
        return STATE

    def try_to_write(self) -> None:
        with self._alone():
            pass

    def put_back(self, device_id: DeviceId, entries: int) -> None:
        """As if an old copy had been put back, with so many entries of each log of this device."""
        for (owner, _), held in self._kept.entries.items():
            if owner == device_id:
                del held[entries:]

    def pool(self) -> Pool:
        return Pool(size=1, in_use=int(self._is_open))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if self.is_down:
            msg = "disk I/O error"
            raise StorageDownError(msg)
        assert not self._is_open, "transactions do not nest"
        self._is_open = True
        try:
            yield
        finally:
            self._is_open = False
