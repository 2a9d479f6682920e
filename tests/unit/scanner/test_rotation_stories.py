"""Stories of what central, a thief or a network does to a door's documents, and what the door then trusts.

After python-tuf's table of key rotations. In each story a real door (its files, its checks) meets a repository step by
step; what must come out of each step stands beside it.
"""

from pathlib import Path
from typing import Final

import pytest

from cardcore.documents import DocumentKind
from cardcore.ids import Audience, UnixSeconds
from cardcore.root_document import root_body
from tests.fakes.card_material import NOW
from tests.fakes.rotation_door import (
    DAY,
    FIRST,
    Door,
    Step,
    both,
    clock_at,
    offers,
    rotates,
    thief_names,
)
from tests.fakes.scanner_trust import Repository, Signer, a_signer, signed_by

HIGHEST: Final = (1 << 63) - 1


def one_bit_off(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


GOOD: Final = Step(happens=offers(5), believes=5)
NEWER: Final = Step(happens=offers(6), believes=6)

STORIES: Final[dict[str, tuple[Step, ...]]] = {
    "rollback": (
        GOOD,
        Step(happens=offers(4), refused="RollbackError: version 4 is older", believes=5),
        Step(happens=offers(5), believes=5),
        NEWER,
    ),
    "rollback while nothing is in force any more": (
        GOOD,
        Step(
            happens=both(lambda door: door.policy_file().forget(), offers(4)),
            refused="RollbackError",
            believes=0,
        ),
        NEWER,
    ),
    "freeze": (
        GOOD,
        Step(
            happens=both(offers(6, life_s=60), clock_at(NOW + 91)),
            refused="ExpiredError",
            believes=5,
        ),
        Step(happens=offers(7), believes=7),
    ),
    "fast-forward by a thief of the root, who is shut out by the next": (
        GOOD,
        Step(happens=offers(6, version=HIGHEST, by=FIRST), believes=6),
        Step(happens=offers(7), refused="RollbackError", believes=6),
        Step(happens=both(rotates("second"), offers(8, version=8)), believes=8),
        Step(
            happens=offers(9, version=HIGHEST, by=FIRST),
            refused="UntrustedError: signed by",
            believes=8,
        ),
    ),
    "wrong signer": (
        GOOD,
        Step(happens=offers(6, by=a_signer("thief")), refused="UntrustedError", believes=5),
        Step(
            happens=offers(6, by=Signer(root=FIRST.root, secret=a_signer("thief").secret)),
            refused="UntrustedError: the signature is wrong",
            believes=5,
        ),
        NEWER,
    ),
    "cut file": (
        GOOD,
        Step(
            happens=offers(6, spoilt=lambda data: data[:-1]),
            refused="UntrustedError: no signed document",
            believes=5,
        ),
        Step(
            happens=offers(6, spoilt=lambda _: b""),
            refused="UntrustedError: no signed document",
            believes=5,
        ),
        NEWER,
    ),
    "one bit off": (
        GOOD,
        Step(happens=offers(6, spoilt=one_bit_off), refused="UntrustedError", believes=5),
        NEWER,
    ),
    "another venue's, another kind": (
        GOOD,
        Step(
            happens=offers(6, audience=Audience("elsewhere")),
            refused="UntrustedError: a policy for 'elsewhere'",
            believes=5,
        ),
        Step(
            happens=offers(6, kind=DocumentKind.KEY_SET),
            refused="UntrustedError: a keyset for",
            believes=5,
        ),
        NEWER,
    ),
    "root rotation": (
        GOOD,
        Step(happens=both(rotates("second"), offers(6)), believes=6),
        Step(happens=offers(7, by=FIRST), refused="UntrustedError", believes=6),
        Step(happens=offers(7), believes=7),
    ),
    "what the old root signed stays in force until the new one signs": (
        GOOD,
        Step(
            happens=both(rotates("second"), offers(6, by=FIRST)),
            refused="UntrustedError",
            believes=5,
        ),
        NEWER,
    ),
    "two rotations while offline": (
        GOOD,
        Step(happens=both(rotates("second", "third"), offers(1, version=1)), believes=1),
        Step(happens=offers(2, by=a_signer("second")), refused="UntrustedError", believes=1),
    ),
    "a root that nobody named": (
        GOOD,
        Step(
            happens=both(thief_names("own"), offers(6, by=a_signer("own"))),
            refused="UntrustedError: signed by",
            believes=5,
        ),
        Step(happens=both(lambda door: door.repository.steps.clear(), offers(6)), believes=6),
    ),
    "clock behind: what is signed later is taken": (
        Step(happens=both(clock_at(NOW - 10 * DAY), offers(5)), believes=5),
        NEWER,
    ),
    "clock ahead: all seems expired, until it is right again": (
        GOOD,
        Step(
            happens=both(clock_at(NOW + 10 * DAY), offers(6)),
            refused="ExpiredError",
            believes=5,
        ),
        Step(happens=clock_at(NOW), believes=6),
    ),
}


@pytest.mark.parametrize("story", STORIES, ids=lambda name: name)
def test_story(story: str, tmp_path: Path) -> None:
    door = Door(tmp_path, Repository(FIRST))
    for number, step in enumerate(STORIES[story], 1):
        step.happens(door)
        why = door.refresh()
        assert why.startswith(step.refused), f"step {number}"
        assert bool(why) == bool(step.refused), f"step {number}: {why}"
        assert door.believes == step.believes, f"step {number}"


def test_rotations_are_kept_one_by_one_and_known_to_the_next_program(tmp_path: Path) -> None:
    door = Door(tmp_path, Repository(FIRST))
    rotates("second", "third")(door)
    offers(1)(door)
    assert door.refresh() == ""
    assert door.root == a_signer("third").root
    assert [root.kid for root in door.roots().known()] == [
        a_signer(name).root.kid for name in ("first", "second", "third")
    ]


def test_a_chain_that_breaks_off_is_followed_as_far_as_it_leads(tmp_path: Path) -> None:
    door = Door(tmp_path, Repository(FIRST))
    rotates("second")(door)
    repository = door.repository
    step = signed_by(a_signer("thief"), DocumentKind.ROOT, root_body(a_signer("own").root))
    repository.steps[a_signer("second").root.kid.hex()] = step
    assert door.refresh().startswith("UntrustedError")
    assert door.root == a_signer("second").root


def test_a_door_pinned_to_another_root_takes_nothing_of_the_chain(tmp_path: Path) -> None:
    door = Door(tmp_path, Repository(FIRST))
    rotates("second")(door)
    door.refresh()
    door.pinned = a_signer("elsewhere").root
    assert door.root == a_signer("elsewhere").root


def test_a_root_that_was_there_before_is_not_followed_in_a_circle(tmp_path: Path) -> None:
    door = Door(tmp_path, Repository(FIRST))
    rotates("second")(door)
    second = a_signer("second")
    door.repository.steps[second.root.kid.hex()] = signed_by(
        second, DocumentKind.ROOT, root_body(FIRST.root)
    )
    assert "was there before" in door.refresh()
    assert door.root == second.root


def test_a_root_step_of_another_shape_is_refused(tmp_path: Path) -> None:
    door = Door(tmp_path, Repository(FIRST))
    key = bytes(32)
    for body, why in (
        (b"no root", "no root"),
        ((b"kid", key), "key id of its own"),
        ((FIRST.root.kid, key), "key id of its own"),
        ((b"kid2", b"short"), "32 bytes"),
    ):
        step = signed_by(FIRST, DocumentKind.ROOT, body)
        door.repository.steps[FIRST.root.kid.hex()] = step
        assert why in door.refresh()


def test_a_document_teaches_the_clock_that_its_instant_has_passed(tmp_path: Path) -> None:
    door = Door(tmp_path, Repository(FIRST))
    offers(5, issued_at=NOW + 20)(door)
    assert door.refresh() == ""
    assert door.ledger.floor == UnixSeconds(NOW + 20)
