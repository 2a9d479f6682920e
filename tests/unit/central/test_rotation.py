"""Keys follow each other by schedule or on demand; a new root is one that doors can follow."""

import pytest

from cardcore.documents import DocumentKind, accept_document, signer_of
from cardcore.ids import Kid
from cardcore.keyset import KeyState
from cardcore.root_document import next_root
from cardcore.rotation import LEAD_S
from central.bootstrap import Central
from central.errors import NotFoundError
from central.keys.service import AUDIENCE_USES
from central.ports.records import IssuerKey, KeyUse
from tests.fakes.central_material import MAIN, POOL, World, card_of_ada

FEBRUARY = 1_801_440_000  # 2027-02-01 00:00 UTC; the world begins on the 15th of January


@pytest.fixture
def central(world: World) -> Central:
    """It has one venue with its keys."""
    central = world.central()
    card_of_ada(central)
    return central


def signs(world: World, central: Central, use: KeyUse) -> list[IssuerKey]:
    now = world.clock.now()
    return [
        key
        for key in central.keys.all(MAIN)
        if key.use is use
        and key.state is KeyState.ACTIVE
        and key.not_before <= now < key.signs_until
    ]


def test_nothing_happens_before_its_time(world: World, central: Central) -> None:
    world.clock.seconds = FEBRUARY - 1
    before = central.keys.all(MAIN)
    assert central.signed.rotation.rotate_due() == 0
    assert central.keys.all(MAIN) == before


def test_on_the_first_of_the_month_every_use_gets_its_next_key(
    world: World, central: Central
) -> None:
    world.clock.seconds = FEBRUARY
    assert central.signed.rotation.rotate_due() == 1
    assert central.signed.rotation.rotate_due() == 0
    assert len(central.keys.all(MAIN)) == 2 * len(AUDIENCE_USES)
    for use in AUDIENCE_USES:
        [old] = signs(world, central, use)
        world.clock.seconds = FEBRUARY + LEAD_S
        [new] = signs(world, central, use)
        assert new.kid != old.kid
        world.clock.seconds = FEBRUARY


def test_doors_have_the_next_key_before_it_signs(world: World, central: Central) -> None:
    world.clock.seconds = FEBRUARY
    first = central.signed.key_sets.key_set(MAIN)
    central.signed.rotation.rotate_due()
    assert central.signed.key_sets.key_set(MAIN).version > first.version


def test_the_old_key_retires_once_it_signs_no_more(world: World, central: Central) -> None:
    old = {key.kid for key in central.keys.all(MAIN)}
    world.clock.seconds = FEBRUARY
    central.signed.rotation.rotate_due()
    world.clock.seconds += LEAD_S
    assert central.signed.rotation.rotate_due() == 1
    states = {key.kid: key.state for key in central.keys.all(MAIN)}
    assert {kid for kid, state in states.items() if state is KeyState.RETIRING} == old


def test_an_operator_rotates_one_use_alone(central: Central) -> None:
    keys = central.signed.rotation.rotate(MAIN, [KeyUse.SCREEN])
    assert sorted(key.use.value for key in keys) == [
        "print_mac",
        "print_signature",
        "screen",
        "screen",
    ]
    assert central.signed.rotation.rotate(MAIN, [KeyUse.SCREEN]) == keys


def test_what_is_rotated_here_stays_as_it_is_elsewhere(central: Central) -> None:
    central.signed.key_sets.key_set(POOL)
    before = central.keys.all(POOL)
    central.signed.rotation.rotate(MAIN)
    assert central.keys.all(POOL) == before


def test_a_root_that_signs_no_more_is_followed_by_the_schedule(
    world: World, central: Central
) -> None:
    old = central.keys.root_key()
    world.clock.seconds += 400 * 86_400
    central.signed.rotation.rotate_due()
    new = central.keys.root_key()
    assert new.kid != old.kid
    assert central.signed.roots.step(MAIN, new.kid) is None


def test_each_root_is_named_by_the_one_before_however_soon_they_follow(
    world: World, central: Central
) -> None:
    first = central.keys.root_key()
    central.signed.rotation.rotate_root()
    central.signed.rotation.rotate_root()
    root = first
    for _ in range(2):
        step = central.signed.roots.step(MAIN, root.kid)
        assert step is not None
        root = next_root(step, root=root, audience=MAIN, now=world.clock.now())
    assert central.signed.roots.step(MAIN, root.kid) is None
    assert root == central.keys.root_key()


def test_after_a_root_rotation_everything_is_signed_anew_by_the_new_one(
    world: World, central: Central
) -> None:
    before = central.signed.key_sets.key_set(MAIN), central.standings.snapshot(MAIN)
    central.signed.rotation.rotate_root()
    root = central.keys.root_key()
    after = central.signed.key_sets.key_set(MAIN), central.standings.snapshot(MAIN)
    for old, new in zip(before, after, strict=True):
        assert new.version > old.version
        accept_document(
            new.content,
            root=root,
            kind=new.kind,
            audience=MAIN,
            in_force=0,
            now=world.clock.now(),
        )
    listed = central.signed.lists.offer(MAIN, DocumentKind.REVOKED, None)
    assert signer_of(listed.content) == root.kid


def test_a_root_that_never_was_has_no_step(central: Central) -> None:
    with pytest.raises(NotFoundError):
        central.signed.roots.step(MAIN, Kid(b"none"))


def test_the_first_root_is_made_when_a_door_asks() -> None:
    with pytest.raises(NotFoundError):
        World().central().signed.roots.step(MAIN, Kid(b"none"))
