from collections.abc import Iterator
from contextlib import contextmanager

from cardcore.card import Mode
from cardcore.derivation import derive_venue_key
from cardcore.documents import DocumentKind, RootKey, accept_document, open_document
from cardcore.ids import UnixSeconds
from cardcore.keyset import Alg, KeySet
from cardcore.keyset_document import key_set_in
from cardcore.lifecycle import CardStep
from cardcore.membership import MemberStatus
from cardcore.rotation import GRACE_S
from cardcore.snapshot_document import rows_in
from central.bootstrap import Central
from central.ports.records import KeyUse, SignedDocument
from tests.fakes.central_material import ADA, MAIN, POOL, World, card_of_ada
from tests.fakes.central_storage import FakeStorage, FakeTransaction
from tests.fakes.central_world import CountingBytes


def opened(central: Central, signed: SignedDocument) -> KeySet:
    document = open_document(
        signed.content,
        root=central.keys.root_key(),
        kind=DocumentKind.KEY_SET,
        audience=signed.audience,
    )
    return key_set_in(document)


def test_an_audience_gets_its_keys_on_first_use_and_keeps_them() -> None:
    central = World().central()
    first = opened(central, central.signed.key_sets.key_set(MAIN))
    assert {key.alg for key in first.keys.values()} == set(Alg)
    assert opened(central, central.signed.key_sets.key_set(MAIN)).keys == first.keys


def test_a_door_gets_venue_keys_and_public_keys_and_no_secret() -> None:
    central = World().central()
    keys = opened(central, central.signed.key_sets.key_set(MAIN))
    issuer = {key.kid: key for key in central.keys.all(MAIN)}
    assert keys.keys.keys() == issuer.keys()
    for kid, key in keys.keys.items():
        assert key.secret != issuer[kid].secret
        if key.alg is Alg.EDDSA:
            assert key.secret == issuer[kid].public_key
        else:
            assert key.secret == derive_venue_key(issuer[kid].secret, MAIN)


def test_audiences_share_no_key() -> None:
    central = World().central()
    main = opened(central, central.signed.key_sets.key_set(MAIN))
    pool = opened(central, central.signed.key_sets.key_set(POOL))
    assert not main.keys.keys() & pool.keys.keys()
    assert {key.audience for key in pool.keys.values()} == {POOL}


def test_a_key_outlives_the_cards_it_signed() -> None:
    world = World()
    central = world.central()
    next_time = UnixSeconds(1_801_440_000)  # 2027-02-01, the first of the month after the clock's
    for key in opened(central, central.signed.key_sets.key_set(MAIN)).keys.values():
        lives = 62 if key.alg is Alg.HMAC_256_64 else 400  # phones ask for their next key in time
        assert key.not_before == world.clock.now() - 60
        assert key.signs_until == next_time + GRACE_S
        assert key.expires_at == key.signs_until + lives * 86_400


def test_a_key_that_signs_no_more_is_followed_by_another_and_still_verifies() -> None:
    world = World()
    central = world.central()
    old = opened(central, central.signed.key_sets.key_set(MAIN))
    world.clock.seconds += 30 * 86_400
    new = opened(central, central.signed.key_sets.key_set(MAIN))
    assert old.keys.keys() < new.keys.keys()
    assert len(new.keys) == 6


def test_a_key_that_has_expired_is_not_handed_out_any_more() -> None:
    world = World()
    central = world.central()
    old = opened(central, central.signed.key_sets.key_set(MAIN))
    world.clock.seconds += 500 * 86_400
    new = opened(central, central.signed.key_sets.key_set(MAIN))
    assert old.keys.keys().isdisjoint(new.keys)
    assert len(central.keys.all(MAIN)) == 6


def test_an_id_that_is_taken_is_not_given_again() -> None:
    world = World(randomness=CountingBytes(b"same", b"same", b"same", b"else"))
    central = world.central()
    kids = set(opened(central, central.signed.key_sets.key_set(MAIN)).keys)
    assert len(kids) == 3


def test_one_root_signs_for_all_audiences() -> None:
    central = World().central()
    root = central.keys.root_key()
    assert central.keys.root_key() == root
    central.signed.key_sets.key_set(MAIN)
    central.signed.key_sets.key_set(POOL)
    assert [key.kid for key in central.keys.all(None)] == [root.kid]
    assert central.keys.all(None)[0].use is KeyUse.DOCUMENT_ROOT


def test_a_document_is_handed_out_again_while_nothing_changes() -> None:
    world = World()
    central = world.central()
    first = central.standings.snapshot(MAIN)
    world.clock.seconds += 29
    assert central.standings.snapshot(MAIN) == first
    writes = world.fake.writes
    central.standings.snapshot(MAIN)
    assert world.fake.writes == writes


def test_a_document_half_a_minute_old_is_signed_anew() -> None:
    world = World()
    central = world.central()
    first = central.standings.snapshot(MAIN)
    world.clock.seconds += 30
    assert central.standings.snapshot(MAIN).version == first.version + 1


def test_a_clock_set_back_does_not_freeze_a_document() -> None:
    world = World()
    central = world.central()
    first = central.standings.snapshot(MAIN)
    world.clock.seconds -= 3_600
    assert central.standings.snapshot(MAIN).version == first.version + 1


def test_every_change_of_a_card_or_member_is_in_the_next_snapshot() -> None:
    world = World()
    central = world.central()
    card = card_of_ada(central)

    def row() -> tuple[str, int, str]:
        signed = central.standings.snapshot(MAIN)
        document = accept_document(
            signed.content,
            root=central.keys.root_key(),
            kind=DocumentKind.SNAPSHOT,
            audience=MAIN,
            in_force=signed.version - 1,
            now=world.clock.now(),
        )
        [found] = rows_in(document)
        assert found.card_id == card.card_id
        standing = found.standing
        return standing.state.value, standing.generation, standing.member.value

    assert row() == ("active", 0, "active")
    central.members.set_status(MAIN, ADA.member_id, MemberStatus.EXPIRED)
    assert row() == ("active", 0, "expired")
    central.cards.take(card.card_id, CardStep.REISSUE)
    assert row() == ("active", 1, "expired")
    central.cards.take(card.card_id, CardStep.SUSPEND)
    assert row() == ("suspended", 1, "expired")


def test_what_changes_elsewhere_signs_nothing_here() -> None:
    central = World().central()
    first = central.standings.snapshot(POOL)
    card_of_ada(central, Mode.PRINT)
    assert central.standings.snapshot(POOL) == first


def test_two_callers_who_find_none_in_force_get_the_same_document() -> None:
    world = World()
    central = world.central()
    signed: list[SignedDocument] = []

    class Overtaken(FakeStorage):
        """Between the caller's look and its transaction, another caller signs."""

        @contextmanager
        def write(self) -> Iterator[FakeTransaction]:
            if not signed:
                signed.append(central.standings.snapshot(MAIN))
            with world.fake.write() as tx:
                yield tx

    slow = World(storage=Overtaken(), clock=world.clock).central()
    assert slow.standings.snapshot(MAIN) == signed[0]


def test_the_root_that_doors_pin_is_a_public_key() -> None:
    central = World().central()
    root = central.keys.root_key()
    assert isinstance(root, RootKey)
    assert root.public_key != central.keys.all(None)[0].secret
