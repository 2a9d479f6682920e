"""Central's storage in memory. tests/contract/central holds it to the same promises as the SQL one."""

import copy
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from cardcore.documents import DocumentKind
from cardcore.ids import Audience, CardId, DeviceId, Kid, MemberId, UnixSeconds
from cardcore.lifecycle import CardState
from cardcore.membership import CardStanding
from cardcore.snapshot_document import SnapshotRow
from central.errors import ConflictError, Kind, StorageDownError
from central.ports.lookups import DatabaseState
from central.ports.records import (
    Card,
    Device,
    Evidence,
    IssuerKey,
    LinkedPhone,
    Member,
    OpenCode,
    PhoneLink,
    SignedDocument,
)
from central.ports.rollups import Tally
from central.ports.vitals import Pool
from tests.fakes.central_audit_log import Entries, FakeAuditLog, Gaps, LogKey
from tests.fakes.central_events import (
    FakeOutbox,
    FakeProcessed,
    FakeReplies,
    FakeTrail,
    KeptEvents,
)
from tests.fakes.central_happenings import (
    FakeFeed,
    FakeIncidents,
    FakeOperators,
    FakeReports,
    Happened,
)
from tests.fakes.central_lists import FakeLists, FakePolicies, KeptLists
from tests.fakes.central_lookups import STATE, FakeLookups
from tests.fakes.central_rollups import FakeRollups
from tests.fakes.central_vitals import FakeVitals
from tests.fakes.central_watching import FakeWatching, Watched


@dataclass(slots=True)
class Kept:
    members: dict[tuple[Audience, MemberId], Member] = field(default_factory=dict)
    cards: dict[CardId, Card] = field(default_factory=dict)
    links: dict[bytes, PhoneLink] = field(default_factory=dict)
    phones: dict[bytes, LinkedPhone] = field(default_factory=dict)
    keys: dict[Kid, IssuerKey] = field(default_factory=dict)
    documents: dict[tuple[DocumentKind, Audience], SignedDocument] = field(default_factory=dict)
    revisions: dict[Audience, int] = field(default_factory=dict)
    devices: dict[DeviceId, Device] = field(default_factory=dict)
    codes: dict[str, OpenCode] = field(default_factory=dict)
    entries: Entries = field(default_factory=dict)
    evidence: dict[LogKey, dict[bytes, Evidence]] = field(default_factory=dict)
    gaps: Gaps = field(default_factory=dict)
    happened: Happened = field(default_factory=Happened)
    tally: Tally = field(default_factory=Tally)
    watched: Watched = field(default_factory=Watched)
    events: KeptEvents = field(default_factory=KeptEvents)
    lists: KeptLists = field(default_factory=KeptLists)


class FakeMembers:
    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def find(self, audience: Audience, member_id: MemberId) -> Member | None:
        return self._kept.members.get((audience, member_id))

    def of(self, audience: Audience) -> Sequence[Member]:
        found = [m for m in self._kept.members.values() if m.audience == audience]
        return sorted(found, key=lambda m: m.member_id)

    def put(self, members: Iterable[Member]) -> None:
        self._kept.members |= {(m.audience, m.member_id): m for m in members}


class FakeCards:
    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def find(self, card_id: CardId) -> Card | None:
        return self._kept.cards.get(card_id)

    def of(self, audience: Audience) -> Sequence[Card]:
        found = [card for card in self._kept.cards.values() if card.audience == audience]
        return sorted(found, key=lambda card: card.card_id)

    def ids(self, audience: Audience, states: Collection[CardState]) -> Sequence[CardId]:
        return [card.card_id for card in self.of(audience) if card.state in states]

    def overdue(self, now: UnixSeconds, most: int) -> Sequence[CardId]:
        dead = (CardState.REVOKED, CardState.EXPIRED)
        found = [
            card.card_id
            for card in self._kept.cards.values()
            if card.expires_at is not None and card.expires_at <= now and card.state not in dead
        ]
        return found[:most]

    def add(self, card: Card) -> None:
        self._kept.cards[card.card_id] = card

    def replace(self, card: Card) -> None:
        self._kept.cards[card.card_id] = card

    def standing(
        self, audience: Audience, card_id: CardId, as_of: UnixSeconds
    ) -> SnapshotRow | None:
        rows = self.standings(audience, as_of)
        return next((row for row in rows if row.card_id == card_id), None)

    def standings(self, audience: Audience, as_of: UnixSeconds) -> Sequence[SnapshotRow]:
        return [self._row(card, as_of) for card in self.of(audience)]

    def link(self, secret_hash: bytes) -> PhoneLink | None:
        return self._kept.links.get(secret_hash)

    def put_link(self, link: PhoneLink) -> None:
        self._kept.links[link.secret_hash] = link

    def forget_links(self, before: UnixSeconds) -> int:
        old = [key for key, link in self._kept.links.items() if link.expires_at < before]
        for secret_hash in old:
            del self._kept.links[secret_hash]
        return len(old)

    def phone(self, token_hash: bytes) -> LinkedPhone | None:
        phone = self._kept.phones.get(token_hash)
        if phone is None or self._kept.cards[phone.card_id].generation != phone.generation:
            return None
        return phone

    def add_phone(self, phone: LinkedPhone) -> None:
        self._kept.phones[phone.token_hash] = phone

    def _row(self, card: Card, as_of: UnixSeconds) -> SnapshotRow:
        member = self._kept.members[card.audience, card.member_id]
        return SnapshotRow(
            card_id=card.card_id,
            standing=CardStanding(
                state=card.state,
                generation=card.generation,
                member=member.status,
                display_name=member.display_name,
                as_of=as_of,
            ),
        )


class FakeKeys:
    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def of(self, audience: Audience | None) -> Sequence[IssuerKey]:
        found = [key for key in self._kept.keys.values() if key.audience == audience]
        return sorted(found, key=lambda key: (-key.signs_until, key.kid))

    def has(self, kid: Kid) -> bool:
        return kid in self._kept.keys

    def add(self, key: IssuerKey) -> None:
        self._kept.keys[key.kid] = key


class FakeDocuments:
    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def find(self, kind: DocumentKind, audience: Audience) -> SignedDocument | None:
        return self._kept.documents.get((kind, audience))

    def put(self, document: SignedDocument) -> None:
        self._kept.documents[document.kind, document.audience] = document

    def revision(self, audience: Audience) -> int:
        return self._kept.revisions.get(audience, 0)

    def hold(self, audience: Audience) -> None:
        """There is one transaction at a time anyway."""

    def touch(self, audience: Audience) -> None:
        self._kept.revisions[audience] = self.revision(audience) + 1


class FakeDevices:
    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def by_token_hash(self, token_hash: bytes) -> Device | None:
        return next((d for d in self._kept.devices.values() if d.token_hash == token_hash), None)

    def all(self) -> Sequence[Device]:
        return sorted(self._kept.devices.values(), key=lambda d: (d.door, d.device_id))

    def find(self, device_id: str) -> Device | None:
        return self._kept.devices.get(DeviceId(device_id))

    def add(self, device: Device) -> None:
        self._kept.devices[device.device_id] = device

    def change(self, device: Device) -> None:
        self._kept.devices[device.device_id] = device

    def lock(self, device_id: DeviceId) -> None:
        """There is one transaction at a time anyway."""

    def code(self, selector: str) -> OpenCode | None:
        return self._kept.codes.get(selector)

    def put_code(self, code: OpenCode) -> None:
        self._kept.codes[code.selector] = code

    def forget_codes(self, before: UnixSeconds) -> int:
        old = [code.selector for code in self._kept.codes.values() if code.expires_at < before]
        for selector in old:
            del self._kept.codes[selector]
        return len(old)


class FakeTransaction:
    def __init__(self, kept: Kept) -> None:
        self.members = FakeMembers(kept)
        self.cards = FakeCards(kept)
        self.keys = FakeKeys(kept)
        self.documents = FakeDocuments(kept)
        self.devices = FakeDevices(kept)
        self.audit = FakeAuditLog(kept.entries, kept.evidence, kept.gaps)
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

    def lock(self, what: str) -> None:
        """There is one transaction at a time anyway."""


class FakeStorage:
    """Set ``is_down`` to let every transaction fail."""

    def __init__(self) -> None:
        self._kept = Kept()
        self._is_open = False
        self._held: set[str] = set()
        self.is_down = False
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
