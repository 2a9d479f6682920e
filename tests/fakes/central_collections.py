"""Members, cards, keys, documents and devices of central's storage in memory."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from cardcore.documents import DocumentKind
from cardcore.ids import Audience, CardId, DeviceId, Kid, MemberId, UnixSeconds
from cardcore.lifecycle import CardState
from cardcore.membership import CardStanding, MemberStatus
from cardcore.snapshot_document import SnapshotRow
from central.ports.records import (
    Card,
    Device,
    IssuerKey,
    LinkedPhone,
    Member,
    OpenCode,
    PhoneLink,
    SignedDocument,
)
from tests.fakes.central_kept import Kept


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

    def erase(self, audience: Audience, member_id: MemberId, stand_in: MemberId) -> int:
        before = self._kept.members.pop((audience, member_id))
        nobody = replace(
            before, member_id=stand_in, display_name=None, status=MemberStatus.CANCELLED
        )
        self.put([nobody])
        theirs = {
            card.card_id: replace(card, member_id=stand_in)
            for card in self._kept.cards.values()
            if (card.audience, card.member_id) == (audience, member_id)
        }
        self._kept.cards |= theirs
        for found in (self._kept.phones, self._kept.links):
            for key in [key for key, value in found.items() if value.card_id in theirs]:
                del found[key]
        return len(theirs)


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

    def standings_in_order(
        self, audiences: Sequence[Audience], as_of: UnixSeconds
    ) -> Iterator[SnapshotRow]:
        rows = (row for each in audiences for row in self.standings(each, as_of))
        yield from sorted(rows, key=lambda row: row.card_id)

    def count(self, audiences: Sequence[Audience]) -> int:
        return sum(len(self.of(each)) for each in audiences)

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

    def move_phones(self, card_id: CardId, before: int, after: int) -> int:
        moved = [
            phone
            for phone in self._kept.phones.values()
            if (phone.card_id, phone.generation) == (card_id, before)
        ]
        for phone in moved:
            self._kept.phones[phone.token_hash] = replace(phone, generation=after)
        return len(moved)

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

    def find(self, kid: Kid) -> IssuerKey | None:
        return self._kept.keys.get(kid)

    def add(self, key: IssuerKey) -> None:
        self._kept.keys[key.kid] = key

    def replace(self, key: IssuerKey) -> None:
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

    def audiences(self) -> Sequence[Audience]:
        return sorted(self._kept.revisions)

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
