"""What a door signs of its log, and which countersignatures it keeps."""

from typing import Final

import pytest

from cardcore.checkpoint import checkpoint_in, countersign
from cardcore.device_keys import DeviceKeys
from cardcore.ids import DeviceId, Epoch, Micros, Seq, UnixSeconds
from scanner.sync.notary import Notary
from tests.fakes.card_material import NOW, VENUE
from tests.fakes.scanner_central import OTHER_SECRET, ROOT, ROOT_SECRET
from tests.fakes.scanner_ledger import EPOCH

KEYS: Final = DeviceKeys(signing=b"s" * 32, receiving=b"r" * 32)
HEAD: Final = bytes(range(32))


class _Book:
    def __init__(self) -> None:
        self.kept: list[tuple[Epoch, Seq, bytes, bytes]] = []

    def keep_checkpoint(
        self, epoch: Epoch, seq: Seq, statement: bytes, countersigned: bytes
    ) -> None:
        self.kept.append((epoch, seq, statement, countersigned))


def notary(book: _Book) -> Notary:
    return Notary(
        keys=KEYS,
        device=DeviceId("dev-1"),
        audience=VENUE,
        roots=lambda: (ROOT,),
        now=lambda: Micros(NOW),
        book=book,
    )


def test_what_central_countersigned_is_kept() -> None:
    book = _Book()
    statement = notary(book).statement(EPOCH, Seq(7), HEAD)
    said = checkpoint_in(statement, KEYS.public.signing)
    assert (said.device, said.epoch, said.seq, said.hash) == ("dev-1", EPOCH, 7, HEAD)
    answer = countersign(statement, VENUE, UnixSeconds(NOW), root=ROOT, private_key=ROOT_SECRET)
    notary(book).keep(EPOCH, Seq(7), statement, answer)
    assert book.kept == [(EPOCH, 7, statement, answer)]


@pytest.mark.parametrize("secret", [None, ROOT_SECRET, OTHER_SECRET])
def test_what_it_did_not_is_not(secret: bytes | None) -> None:
    book = _Book()
    statement = notary(book).statement(EPOCH, Seq(7), HEAD)
    answer = None
    if secret is not None:  # under the root, but another statement; or under another root
        held = statement if secret is OTHER_SECRET else b"another"
        answer = countersign(held, VENUE, UnixSeconds(NOW), root=ROOT, private_key=secret)
    notary(book).keep(EPOCH, Seq(7), statement, answer)
    assert book.kept == []
