"""What every storage promises: the one in memory, which the unit tests use, and the real one."""

from dataclasses import replace

import pytest

from cardcore.audit import GENESIS, START, entry_hash, parse_entry
from cardcore.card import Mode
from cardcore.device_keys import DevicePublicKeys
from cardcore.documents import DocumentKind
from cardcore.ids import CardId, DoorId, Kid, MemberId, Micros, Seq, UnixSeconds
from cardcore.keyset import KeyState
from cardcore.lifecycle import CardState
from cardcore.membership import MemberStatus
from central.ports.records import (
    Card,
    Evidence,
    IssuerKey,
    KeyUse,
    LinkedPhone,
    OpenCode,
    PhoneLink,
    Quarantine,
    SignedDocument,
    StoredEntry,
)
from central.ports.storage import Storage
from tests.fakes.central_material import ADA, BOB, EPOCH, MAIN, POOL, chain, some_device
from tests.fakes.central_world import NOON

CARD = Card(
    card_id=CardId(bytes(16)),
    audience=MAIN,
    member_id=ADA.member_id,
    mode=Mode.ROTATING,
    state=CardState.ACTIVE,
    generation=3,
    issued_at=UnixSeconds(NOON),
    changed_at=UnixSeconds(NOON + 1),
)
KEY = IssuerKey(
    kid=Kid(b"kid1"),
    use=KeyUse.PRINT_SIGNATURE,
    audience=MAIN,
    secret=bytes(32),
    public_key=bytes(range(32)),
    not_before=UnixSeconds(NOON),
    signs_until=UnixSeconds(NOON + 10),
    expires_at=UnixSeconds(NOON + 20),
    state=KeyState.ACTIVE,
)
CODE = OpenCode(
    selector="ABC",
    secret_hash=bytes(32),
    door=DoorId("North"),
    audience=MAIN,
    expires_at=UnixSeconds(NOON),
)
LINK = PhoneLink(secret_hash=bytes(32), card_id=CARD.card_id, expires_at=UnixSeconds(NOON))
DOCUMENT = SignedDocument(
    kind=DocumentKind.SNAPSHOT,
    audience=MAIN,
    version=1,
    issued_at=UnixSeconds(NOON),
    revision=1,
    content=b"signed",
)


@pytest.fixture
def peopled(storage: Storage) -> Storage:
    with storage.write() as tx:
        tx.documents.touch(MAIN)
        tx.documents.touch(POOL)
        tx.members.put([ADA, BOB])
        tx.cards.add(CARD)
        tx.devices.add(some_device())
    return storage


def stored(data: bytes, seq: int, quarantine: Quarantine | None = None) -> StoredEntry:
    entry = None if quarantine is Quarantine.UNREADABLE else parse_entry(data)
    return StoredEntry(
        seq=Seq(seq), hash=entry_hash(data), raw=data, entry=entry, quarantine=quarantine
    )


def test_it_can_be_used_once_opened(storage: Storage) -> None:
    storage.try_to_write()


def test_a_transaction_that_raises_leaves_nothing_behind(peopled: Storage) -> None:
    def change_and_fail() -> None:
        with peopled.write() as tx:
            tx.members.put([replace(ADA, status=MemberStatus.CANCELLED)])
            raise KeyError

    with pytest.raises(KeyError):
        change_and_fail()
    with peopled.read() as tx:
        assert tx.members.find(MAIN, ADA.member_id) == ADA


def test_members_are_found_listed_and_replaced(peopled: Storage) -> None:
    changed = replace(BOB, status=MemberStatus.ACTIVE, display_name="Bob")
    with peopled.write() as tx:
        tx.members.put([])
        tx.members.put([changed])
    with peopled.read() as tx:
        assert tx.members.of(MAIN) == [ADA, changed]
        assert tx.members.of(POOL) == []
        assert tx.members.find(POOL, ADA.member_id) is None
        assert tx.members.find(MAIN, MemberId("M-9")) is None


def test_cards_are_found_listed_and_replaced(peopled: Storage) -> None:
    other = replace(CARD, card_id=CardId(b"\xff" * 16), mode=Mode.PRINT)
    with peopled.write() as tx:
        tx.cards.add(other)
        tx.cards.replace(replace(CARD, state=CardState.REVOKED, generation=4))
    with peopled.read() as tx:
        assert tx.cards.of(MAIN) == [replace(CARD, state=CardState.REVOKED, generation=4), other]
        assert tx.cards.of(POOL) == []
        assert tx.cards.find(other.card_id) == other
        assert tx.cards.find(CardId(b"\x01" * 16)) is None


def test_a_standing_is_told_to_its_own_audience_alone(peopled: Storage) -> None:
    now = UnixSeconds(NOON)
    with peopled.read() as tx:
        row = tx.cards.standing(MAIN, CARD.card_id, now)
        assert row is not None
        assert row.standing.member is MemberStatus.ACTIVE
        assert row.standing.display_name == "Ada L."
        assert (row.standing.state, row.standing.generation) == (CardState.ACTIVE, 3)
        assert row.standing.as_of == NOON
        assert tx.cards.standings(MAIN, now) == [row]
        assert tx.cards.standing(POOL, CARD.card_id, now) is None
        assert tx.cards.standings(POOL, now) == []


def test_a_phone_is_found_by_its_tokens_hash_until_the_reissue(peopled: Storage) -> None:
    phone = LinkedPhone(
        token_hash=bytes(32),
        card_id=CARD.card_id,
        generation=CARD.generation,
        linked_at=UnixSeconds(NOON),
    )
    with peopled.write() as tx:
        assert tx.cards.phone(phone.token_hash) is None
        tx.cards.add_phone(phone)
        tx.cards.add_phone(replace(phone, token_hash=b"\x01" * 32))
        assert tx.cards.phone(phone.token_hash) == phone
    with peopled.write() as tx:
        tx.cards.replace(replace(CARD, generation=CARD.generation + 1))
        assert tx.cards.phone(phone.token_hash) is None


def test_links_are_found_by_their_hash_and_replaced(peopled: Storage) -> None:
    used = replace(LINK, used_at=UnixSeconds(NOON))
    with peopled.write() as tx:
        tx.cards.put_link(LINK)
        assert tx.cards.link(LINK.secret_hash) == LINK
        tx.cards.put_link(used)
    with peopled.read() as tx:
        assert tx.cards.link(LINK.secret_hash) == used
        assert tx.cards.link(b"\x01" * 32) is None


def test_keys_come_newest_first_and_roots_apart(peopled: Storage) -> None:
    newer = replace(KEY, kid=Kid(b"kid2"), signs_until=UnixSeconds(NOON + 11))
    root = replace(KEY, kid=Kid(b"root"), audience=None, use=KeyUse.DOCUMENT_ROOT)
    with peopled.write() as tx:
        for key in (KEY, newer, root):
            tx.keys.add(key)
    with peopled.read() as tx:
        assert tx.keys.of(MAIN) == [newer, KEY]
        assert tx.keys.of(None) == [root]
        assert tx.keys.of(POOL) == []
        assert tx.keys.has(Kid(b"kid1"))
        assert not tx.keys.has(Kid(b"kid9"))


def test_one_document_is_in_force(peopled: Storage) -> None:
    newer = replace(DOCUMENT, version=2, content=b"newer")
    with peopled.write() as tx:
        assert tx.documents.find(DocumentKind.SNAPSHOT, MAIN) is None
        tx.documents.put(DOCUMENT)
        tx.documents.put(newer)
    with peopled.read() as tx:
        assert tx.documents.find(DocumentKind.SNAPSHOT, MAIN) == newer
        assert tx.documents.find(DocumentKind.KEY_SET, MAIN) is None
        assert tx.documents.find(DocumentKind.SNAPSHOT, POOL) is None


def test_an_audience_counts_its_changes(storage: Storage) -> None:
    with storage.write() as tx:
        assert tx.documents.revision(MAIN) == 0
        tx.documents.touch(MAIN)
        tx.documents.touch(MAIN)
        assert tx.documents.revision(MAIN) == 2
        assert tx.documents.revision(POOL) == 0


def test_devices_are_found_by_their_tokens_hash(peopled: Storage) -> None:
    device = some_device()
    with peopled.write() as tx:
        tx.devices.lock(device.device_id)
    with peopled.read() as tx:
        assert tx.devices.by_token_hash(device.token_hash) == device
        assert tx.devices.by_token_hash(bytes(32)) is None
        assert tx.devices.all() == [device]


def test_a_devices_keys_token_and_revocation_can_change(peopled: Storage) -> None:
    before = some_device()
    keys = DevicePublicKeys(signing=b"s" * 32, receiving=b"r" * 32)
    after = replace(
        before, token_hash=b"t" * 32, keys=keys, revoked_at=UnixSeconds(NOON), revocation=b"signed"
    )
    with peopled.write() as tx:
        assert tx.devices.find(before.device_id) == before
        tx.devices.change(after)
    with peopled.read() as tx:
        assert tx.devices.find(before.device_id) == after
        assert tx.devices.by_token_hash(before.token_hash) is None
        assert tx.devices.by_token_hash(b"t" * 32) == after
        assert tx.devices.find("d-nobody") is None


def test_a_device_may_come_with_its_keys(peopled: Storage) -> None:
    keys = DevicePublicKeys(signing=b"s" * 32, receiving=b"r" * 32)
    device = replace(some_device("d-2"), keys=keys)
    with peopled.write() as tx:
        tx.devices.add(device)
    with peopled.read() as tx:
        assert tx.devices.find("d-2") == device


def test_codes_are_found_by_their_selector_and_replaced(peopled: Storage) -> None:
    tried = replace(CODE, failures=2, used_at=UnixSeconds(NOON))
    with peopled.write() as tx:
        tx.devices.put_code(CODE)
        assert tx.devices.code("ABC") == CODE
        tx.devices.put_code(tried)
    with peopled.read() as tx:
        assert tx.devices.code("ABC") == tried
        assert tx.devices.code("XYZ") is None


def test_the_audit_grows_behind_its_head(peopled: Storage) -> None:
    device = some_device().device_id
    entries = chain(3, device)
    with peopled.write() as tx:
        assert tx.audit.head(device, EPOCH) == START
        tx.audit.append(device, EPOCH, [stored(entries[0], 1)], Micros(1))
        later = [stored(entries[1], 2, Quarantine.UNREADABLE), stored(entries[2], 3)]
        tx.audit.append(device, EPOCH, later, Micros(2))
    with peopled.read() as tx:
        head = tx.audit.head(device, EPOCH)
        assert (head.seq, head.hash) == (3, entry_hash(entries[2]))
        assert tx.audit.hashes(device, EPOCH, 2, 9) == {
            2: entry_hash(entries[1]),
            3: entry_hash(entries[2]),
        }
        assert tx.audit.hashes(some_device("d-2").device_id, EPOCH, 1, 3) == {}


def test_the_audit_lists_what_arrived_last(peopled: Storage) -> None:
    device = some_device().device_id
    entries = chain(3, device)
    with peopled.write() as tx:
        kept = [stored(data, seq) for seq, data in enumerate(entries[:2], 1)]
        tx.audit.append(device, EPOCH, kept, Micros(1))
        unread = stored(entries[2], 3, Quarantine.UNREADABLE)
        tx.audit.append(device, EPOCH, [unread], Micros(2))
    with peopled.read() as tx:
        lines = tx.audit.lines(2)
    assert [(line.seq, line.decision, line.quarantine) for line in lines] == [
        (2, "admit", None),
        (3, None, "unreadable"),
    ]
    assert (lines[0].door, lines[0].reason, lines[0].card_id) == ("North", "ok", bytes(16))
    assert (lines[0].epoch, lines[0].arrived_at, lines[0].device_id) == (EPOCH, 1, device)
    assert lines[0].wall == 1_800_000_000_000_002


def test_evidence_is_kept_once(peopled: Storage) -> None:
    device = some_device().device_id
    evidence = Evidence(seq=Seq(1), hash=GENESIS, raw=b"raw", why="fork")
    with peopled.write() as tx:
        tx.audit.keep(device, EPOCH, evidence, Micros(1))
        tx.audit.keep(device, EPOCH, evidence, Micros(2))
    with peopled.read() as tx:
        assert tx.audit.evidence(device) == [evidence]
        assert tx.audit.evidence(some_device("d-2").device_id) == []
