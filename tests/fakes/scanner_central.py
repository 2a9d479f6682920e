"""Central as a door sees it, in memory, with knobs for what goes wrong between them."""

import threading
from collections.abc import Callable, Iterable
from typing import Final

from cardcore.audit import START, ChainHead, entry_hash, verify_chain
from cardcore.cbor import CborValue
from cardcore.documents import Document, DocumentKind, RootKey, sign_document
from cardcore.ids import Audience, CardId, DeviceId, Epoch, Kid, Seq, UnixSeconds
from cardcore.keyset import KeySet
from cardcore.keyset_document import key_set_body
from cardcore.membership import CardStanding
from cardcore.policy import DoorPolicy
from cardcore.receipt_document import Receipt, receipt_in, sign_receipt
from cardcore.snapshot_document import SnapshotRow, snapshot_body
from cardcore.wire import (
    AuditBatch,
    BatchAnswer,
    CardStatusAnswer,
    EnrolAnswer,
    EnrolRequest,
    MarkAnswer,
)
from scanner.errors import LinkDownError, LinkRefusedError
from scanner.ports import Fetched
from tests.fakes.card_material import NOW, VENUE, fixed_bytes, public_key_of

ROOT_SECRET: Final = fixed_bytes("root")
ROOT: Final = RootKey(kid=Kid(fixed_bytes("root kid", 4)), public_key=public_key_of(ROOT_SECRET))
OTHER_SECRET: Final = fixed_bytes("another root")
HOUR: Final = 3_600
FORK: Final = "urn:gatepost:problem:fork"
GAP: Final = "urn:gatepost:problem:gap"


def signed(
    kind: DocumentKind,
    body: CborValue,
    *,
    version: int = 1,
    audience: Audience = VENUE,
    issued_at: int = NOW,
    expires_at: int | None = None,
    secret: bytes = ROOT_SECRET,
) -> bytes:
    """A document as central signs it."""
    document = Document(
        kind=kind,
        audience=audience,
        version=version,
        issued_at=UnixSeconds(issued_at),
        expires_at=UnixSeconds(issued_at + HOUR if expires_at is None else expires_at),
        body=body,
    )
    return sign_document(document, kid=ROOT.kid, private_key=secret)


def signed_keys(keys: KeySet, *, version: int = 1, issued_at: int = NOW) -> bytes:
    return signed(DocumentKind.KEY_SET, key_set_body(keys), version=version, issued_at=issued_at)


def signed_snapshot(
    cards: Iterable[tuple[CardId, CardStanding]], *, version: int = 1, issued_at: int = NOW
) -> bytes:
    rows = [SnapshotRow(card_id=card_id, standing=standing) for card_id, standing in cards]
    return signed(DocumentKind.SNAPSHOT, snapshot_body(rows), version=version, issued_at=issued_at)


class FakeCentral:
    """A CentralLink.

    ``down``: nothing answers. ``refusal``: every answer is this no. ``nonsense``: another card's status, another
    log's mark. ``cut``: what is uploaded arrives, its reply does not. ``hang``: a status waits until it is set.
    ``takes`` is called while a status is on its way.
    """

    def __init__(self) -> None:
        self.cards: dict[CardId, CardStanding] = {}
        self.key_document: Fetched | None = None
        self.snapshot_document: Fetched | None = None
        self.heads: dict[Epoch, ChainHead] = {}
        self.held: dict[Epoch, list[bytes]] = {}
        self.root_answered = ROOT.public_key
        self.root_secret = ROOT_SECRET  # what it signs receipts with
        self.device = DeviceId("dev-1")
        self.asked: list[str] = []
        self.enrolled: list[EnrolRequest] = []
        self.batch_sizes: list[int] = []
        self.down = False
        self.refusal: LinkRefusedError | None = None
        self.nonsense = False
        self.cut = False
        self.keeps_at_most: int | None = None
        self.hang: threading.Event | None = None
        self.takes: Callable[[], None] = lambda: None

    def enrol(self, request: EnrolRequest) -> EnrolAnswer:
        self._arrive(f"enrol {request.selector}")
        self.enrolled.append(request)
        return EnrolAnswer(
            device_id="dev-1",
            door="Front door",
            audience=VENUE,
            token=None if request.signing_key else "a-token",
            root_kid=ROOT.kid.hex(),
            root_public_key=self.root_answered.hex(),
            policy=DoorPolicy(),
        )

    def card_status(self, card_id: CardId) -> CardStatusAnswer | None:
        self._arrive("status")
        self.takes()
        if self.hang is not None:
            self.hang.wait(10)
        standing = self.cards.get(card_id)
        if standing is None:
            return None
        named = bytes(16) if self.nonsense else card_id
        return CardStatusAnswer(
            card_id=named.hex(),
            state=standing.state,
            generation=standing.generation,
            member_status=standing.member,
            display_name=standing.display_name,
            as_of=standing.as_of,
        )

    def key_set(self, etag: str | None) -> Fetched | None:
        return self._document("key set", self.key_document, etag)

    def snapshot(self, etag: str | None) -> Fetched | None:
        return self._document("snapshot", self.snapshot_document, etag)

    def mark(self, epoch: Epoch) -> MarkAnswer:
        self._arrive("mark")
        head = self._head(epoch)
        return MarkAnswer(epoch=epoch.hex(), mark=head.seq, hash=head.hash.hex())

    def upload(self, batch: AuditBatch) -> BatchAnswer:
        self._arrive("upload")
        epoch = Epoch(bytes.fromhex(batch.epoch))
        before = self.heads.get(epoch, START)
        if batch.first > before.seq + 1:
            raise LinkRefusedError(409, GAP, f"sent from {batch.first}, held up to {before.seq}")
        known = max(0, before.seq + 1 - batch.first)
        held = self.held.setdefault(epoch, [])
        for number, data in enumerate(batch.entries[:known], batch.first):
            if number <= len(held) and held[number - 1] != data:
                raise LinkRefusedError(409, FORK, f"entry {number}: another entry is held")
        known = min(known, len(batch.entries))
        taken = batch.entries[known : self.keeps_at_most]
        held += taken
        self.heads[epoch] = verify_chain(taken, epoch, before)
        self.batch_sizes.append(len(batch.entries))
        if self.cut:
            msg = "the reply was lost"
            raise LinkDownError(msg)
        head = self._head(epoch)
        return BatchAnswer(
            epoch=epoch.hex(),
            mark=head.seq,
            hash=head.hash.hex(),
            accepted=len(taken),
            duplicate=known,
            quarantined=[],
        )

    def receipt(self, epoch: Epoch, seq: Seq) -> bytes:
        self._arrive("receipt")
        held = self.held.get(epoch, [])
        if seq > len(held):
            raise LinkRefusedError(409, GAP, f"entry {seq} is not held")
        receipt = Receipt(device=self.device, epoch=epoch, seq=seq, hash=entry_hash(held[seq - 1]))
        return sign_receipt(
            receipt, VENUE, UnixSeconds(NOW), root=ROOT, private_key=self.root_secret
        )

    def resume(self, receipt: bytes) -> MarkAnswer:
        self._arrive("resume")
        said = receipt_in(receipt, VENUE, root=ROOT)
        held = self.held.setdefault(said.epoch, [])
        if len(held) < said.seq:
            held += [b"lost"] * (said.seq - len(held))
            self.heads[said.epoch] = ChainHead(seq=said.seq, hash=said.hash)
        head = self._head(said.epoch)
        return MarkAnswer(epoch=said.epoch.hex(), mark=head.seq, hash=head.hash.hex())

    def put_back(self, epoch: Epoch, entries: int) -> None:
        """It was put back from an old copy, which has so many entries of ``epoch``."""
        held = self.held.setdefault(epoch, [])
        del held[entries:]
        self.heads[epoch] = verify_chain(held, epoch)

    def _document(self, what: str, document: Fetched | None, etag: str | None) -> Fetched | None:
        self._arrive(what)
        if document is None or (etag is not None and etag == document.etag):
            return None
        return document

    def _head(self, epoch: Epoch) -> ChainHead:
        head = self.heads.get(epoch, START)
        return ChainHead(seq=head.seq, hash=bytes(31) + b"!") if self.nonsense else head

    def _arrive(self, what: str) -> None:
        self.asked.append(what)
        if self.down:
            msg = "nothing answers"
            raise LinkDownError(msg)
        if self.refusal is not None:
            raise self.refusal
