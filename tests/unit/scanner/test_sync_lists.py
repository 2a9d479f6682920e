"""How a door takes the lists: whole, by deltas, and whole again where a delta cannot be right."""

from pathlib import Path
from typing import Final

import pytest

from cardcore.cbor import CborValue
from cardcore.documents import DocumentKind
from cardcore.errors import RollbackError, UntrustedError
from cardcore.ids import CardId
from cardcore.list_document import DELTA_OF, delta_body, list_body
from cardcore.lists import LIST_KEY_BYTES, CardList, delta_between, list_of
from scanner.adapters.lists_file import ListFiles
from scanner.errors import LinkRefusedError
from scanner.sync.parts import ListPart, Offers
from scanner.sync.trust import Gatekeeper
from tests.fakes.card_material import NOW, VENUE, fixed_bytes
from tests.fakes.scanner_clock import FakeClock
from tests.fakes.scanner_trust import FakeRatchets, FakeRoots, Repository, a_signer, signed_by

REVOKED: Final = DocumentKind.REVOKED
PATH: Final = "/devices/me/lists/revoked"
FIRST: Final = a_signer("first")
KEY: Final = fixed_bytes("a list", LIST_KEY_BYTES)
CARDS: Final = [CardId(fixed_bytes(f"card {number}", 16)) for number in range(9)]


def cards(count: int) -> CardList:
    return list_of(KEY, CARDS[:count])


class Door:
    def __init__(self, folder: Path) -> None:
        self.roots = FakeRoots(FIRST.root)
        self.repository = Repository(FIRST)
        self.wanted = True
        self.lists = ListFiles(folder, audience=VENUE, roots=self.roots.known)
        gate = Gatekeeper(
            roots=self.roots,
            ratchets=FakeRatchets(),
            audience=VENUE,
            clock=FakeClock(),
            outbox=None,
        )
        offers = Offers(self.repository)
        self.part = ListPart(
            REVOKED, offers=offers, gate=gate, store=self.lists, wanted=lambda: self.wanted
        )

    def offer(
        self, body: CborValue, version: int, kind: DocumentKind = REVOKED, etag: str | None = None
    ) -> None:
        data = signed_by(self.repository.signer, kind, body, version=version)
        self.repository.offer(PATH, data, etag)

    def offer_delta(self, base: int, before: CardList, after: CardList, version: int) -> None:
        self.offer(delta_body(delta_between(base, before, after)), version, DELTA_OF[REVOKED])

    @property
    def knows(self) -> tuple[int, int]:
        held = self.lists.in_force(REVOKED)
        assert held is not None
        return held.version, len(held.cards)


@pytest.fixture
def door(tmp_path: Path) -> Door:
    """It has the list of three, version 1."""
    door = Door(tmp_path)
    door.offer(list_body(cards(3)), 1)
    door.part.take()
    assert door.knows == (1, 3)
    return door


def test_the_first_list_comes_whole(door: Door) -> None:
    assert door.repository.asked == [(PATH, {})]


def test_deltas_lead_from_the_whole_list_each_in_place_of_the_one_before(door: Door) -> None:
    door.offer_delta(1, cards(3), cards(4), 2)
    door.part.take()
    door.offer_delta(1, cards(3), cards(5), 6)
    door.part.take()
    assert door.knows == (6, 5)
    assert [asked for _, asked in door.repository.asked[1:]] == [{"since": "1"}] * 2


def test_a_whole_list_in_answer_to_a_version_takes_its_place(door: Door) -> None:
    door.offer(list_body(cards(9)), 7)
    door.part.take()
    door.offer_delta(7, cards(9), cards(8), 8)
    door.part.take()
    assert door.knows == (8, 8)
    assert door.repository.asked[-1] == (PATH, {"since": "7"})


def test_a_delta_for_another_list_is_refused_and_the_whole_one_asked_for(door: Door) -> None:
    door.offer_delta(1, cards(2), cards(4), 2)
    with pytest.raises(UntrustedError, match="not a revoked"):  # this repository has nothing else
        door.part.take()
    assert door.knows == (1, 3)
    assert [asked for _, asked in door.repository.asked[-2:]] == [{"since": "1"}, {}]


def test_an_older_list_is_a_rollback(door: Door) -> None:
    door.offer(list_body(cards(4)), 5)
    door.part.take()
    door.offer(list_body(cards(3)), 4)
    with pytest.raises(RollbackError):
        door.part.take()
    assert door.knows == (5, 4)


def test_a_delta_older_than_the_one_in_force_is_a_rollback(door: Door) -> None:
    door.offer_delta(1, cards(3), cards(5), 6)
    door.part.take()
    door.offer_delta(1, cards(3), cards(4), 5)
    with pytest.raises(RollbackError):
        door.part.take()
    assert door.knows == (6, 5)


def test_under_a_new_root_the_list_comes_whole_and_counts_anew(door: Door) -> None:
    step = door.repository.rotate("second")
    assert step is door.repository.signer
    door.roots.follow(door.repository.steps[FIRST.root.kid.hex()], NOW)
    door.offer(list_body(cards(2)), 1)
    door.part.take()
    assert door.knows == (1, 2)
    assert door.repository.asked[-1] == (PATH, {})


def test_a_list_that_has_not_changed_is_not_sent_again(tmp_path: Path) -> None:
    door = Door(tmp_path)
    door.offer(list_body(cards(3)), 1, etag='"one"')
    door.part.take()
    before = door.lists.in_force(REVOKED)
    door.part.take()
    assert door.lists.in_force(REVOKED) is before


def test_a_venue_that_does_not_use_a_list_is_not_asked_for_it(tmp_path: Path) -> None:
    door = Door(tmp_path)
    door.wanted = False
    door.part.take()
    assert door.repository.asked == []


def test_a_central_of_before_has_no_lists_and_that_is_no_fault(tmp_path: Path) -> None:
    door = Door(tmp_path)
    door.repository.missing.add(PATH)
    door.part.take()
    assert door.lists.in_force(REVOKED) is None


def test_any_other_no_of_centrals_is_told(tmp_path: Path) -> None:
    class Refusing(Repository):
        def document(self, path: str, etag: str | None, asked: object) -> None:
            del path, etag, asked
            raise LinkRefusedError(403, "urn:x", "no")

    door = Door(tmp_path)
    part = ListPart(REVOKED, offers=Offers(Refusing(FIRST)), gate=door.part._gate, store=door.lists)
    with pytest.raises(LinkRefusedError):
        part.take()
