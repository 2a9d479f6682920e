"""Lists, their changes and policies: what the storage in memory and the real one both promise."""

from dataclasses import replace

import pytest

from cardcore.documents import DocumentKind
from cardcore.ids import UnixSeconds
from cardcore.lifecycle import CardState
from cardcore.lists import CardList
from cardcore.policy import DoorPolicy, Handling
from central.ports.lists import KeptList, ListChange
from central.ports.storage import Storage
from tests.contract.central.test_storage import CARD
from tests.fakes.central_material import ADA, MAIN, POOL
from tests.fakes.central_world import NOON

REVOKED = DocumentKind.REVOKED
KEPT = KeptList(
    kind=REVOKED,
    audience=MAIN,
    version=4,
    issued_at=UnixSeconds(NOON),
    revision=2,
    cards=CardList(key=bytes(16), hashes=bytes(range(16))),
)


def change(version: int, *added: bytes) -> ListChange:
    return ListChange(version=version, digest=bytes([version]) * 32, added=added)


@pytest.fixture
def peopled(storage: Storage) -> Storage:
    with storage.write() as tx:
        for audience in (MAIN, POOL):
            tx.documents.touch(audience)
    return storage


def test_a_list_is_kept_and_replaced(peopled: Storage) -> None:
    later = replace(KEPT, version=5, cards=CardList(key=bytes(16), hashes=b""))
    with peopled.write() as tx:
        assert tx.lists.find(REVOKED, MAIN) is None
        tx.lists.put(KEPT)
        assert tx.lists.find(REVOKED, MAIN) == KEPT
        tx.lists.put(later)
    with peopled.read() as tx:
        assert tx.lists.find(REVOKED, MAIN) == later
        assert tx.lists.find(DocumentKind.ACTIVE, MAIN) is None
        assert tx.lists.find(REVOKED, POOL) is None


def test_a_list_that_is_told_anew_keeps_its_cards(peopled: Storage) -> None:
    touched = replace(KEPT, version=9, issued_at=UnixSeconds(NOON + 60))
    with peopled.write() as tx:
        tx.lists.put(KEPT)
        tx.lists.touch(touched)
    with peopled.read() as tx:
        assert tx.lists.find(REVOKED, MAIN) == touched


def test_changes_come_with_the_one_that_was_in_force(peopled: Storage) -> None:
    with peopled.write() as tx:
        for version in (1, 4, 9):
            kept = replace(KEPT, version=version)
            tx.lists.add_change(kept, change(version, bytes([version]) * 8))
    with peopled.read() as tx:
        found = {
            since: [each.version for each in tx.lists.changes(REVOKED, MAIN, since)]
            for since in (0, 1, 3, 4, 8, 9, 50)
        }
        assert found == {
            0: [],
            1: [1, 4, 9],
            3: [1, 4, 9],
            4: [4, 9],
            8: [4, 9],
            9: [9],
            50: [9],
        }
        assert tx.lists.changes(REVOKED, MAIN, 9) == [change(9, bytes([9]) * 8)]
        assert tx.lists.changes(REVOKED, POOL, 9) == []


def test_old_changes_are_forgotten_but_for_the_newest_of_each_list(peopled: Storage) -> None:
    with peopled.write() as tx:
        for audience, versions in ((MAIN, (1, 2, 3)), (POOL, (1,))):
            for version in versions:
                at = UnixSeconds(NOON + version)
                kept = replace(KEPT, audience=audience, version=version, issued_at=at)
                tx.lists.add_change(kept, change(version))
        assert tx.lists.forget_changes(UnixSeconds(NOON + 2)) == 1
        assert [each.version for each in tx.lists.changes(REVOKED, MAIN, 9)] == [3]
        assert tx.lists.changes(REVOKED, MAIN, 1) == []
        assert tx.lists.forget_changes(UnixSeconds(NOON + 99)) == 1
        assert len(tx.lists.changes(REVOKED, POOL, 1)) == 1


def test_cards_are_found_by_their_states(peopled: Storage) -> None:
    with peopled.write() as tx:
        tx.members.put([ADA])
        tx.cards.add(CARD)
        assert tx.cards.ids(MAIN, [CardState.ACTIVE, CardState.ISSUED]) == [CARD.card_id]
        assert tx.cards.ids(MAIN, [CardState.REVOKED]) == []
        assert tx.cards.ids(POOL, [CardState.ACTIVE]) == []


def test_a_policy_is_kept_and_replaced(peopled: Storage) -> None:
    policy = DoorPolicy(version=3, capacity=7, when_full=Handling.REVIEW)
    with peopled.write() as tx:
        assert tx.policies.find(MAIN) is None
        tx.policies.put(MAIN, DoorPolicy(version=2))
        tx.policies.put(MAIN, policy)
    with peopled.read() as tx:
        assert tx.policies.find(MAIN) == policy
        assert tx.policies.find(POOL) is None
