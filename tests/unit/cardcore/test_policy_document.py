"""A policy as a document's body, and what is none."""

import pytest

from cardcore.documents import Document, DocumentKind
from cardcore.errors import UntrustedError
from cardcore.ids import UnixSeconds
from cardcore.policy import DOOR_RULES, DoorPolicy, Handling, StatusRules
from cardcore.policy_document import policy_body, policy_in
from tests.fakes.card_material import NOW, VENUE

FULL = DoorPolicy(
    version=7,
    fresh_s=1,
    last_known_s=2,
    passback_s=3,
    capacity=4,
    when_full=Handling.REVIEW,
    when_holdover=Handling.REFUSE,
    door=StatusRules(lists=Handling.REVIEW),
    kiosk=DOOR_RULES,
    lists_last_s=5,
    active_list=True,
)


def document(body: object) -> Document:
    return Document(
        kind=DocumentKind.POLICY,
        audience=VENUE,
        version=1,
        issued_at=NOW,
        expires_at=UnixSeconds(NOW + 60),
        body=body,  # type: ignore[arg-type] # any body may come
    )


def body_of(policy: DoorPolicy) -> dict[int, object]:
    body = policy_body(policy)
    assert isinstance(body, dict)
    return body


@pytest.mark.parametrize("policy", [FULL, DoorPolicy(version=1)])
def test_a_policy_is_read_back_as_it_was(policy: DoorPolicy) -> None:
    assert policy_in(document(policy_body(policy))) == policy


def test_keys_of_a_later_program_are_passed_over() -> None:
    assert policy_in(document(body_of(FULL) | {99: b"what"})) == FULL


@pytest.mark.parametrize(
    "wrong",
    [
        {1: -1},
        {1: b"7"},
        {1: 1 << 63},
        {2: 1 << 31},
        {5: -1},
        {6: 3},
        {6: b""},
        {8: (0, 0, 0, 0)},
        {8: b"rules"},
        {9: (0, 0, 0, 0, 9)},
        {11: 2},
    ],
)
def test_a_value_out_of_its_bounds_is_refused(wrong: dict[int, object]) -> None:
    with pytest.raises(UntrustedError):
        policy_in(document(body_of(FULL) | wrong))


@pytest.mark.parametrize("key", sorted(set(range(1, 12)) - {5}))
def test_a_key_that_is_missing_is_refused(key: int) -> None:
    body = body_of(FULL)
    del body[key]
    with pytest.raises(UntrustedError):
        policy_in(document(body))


def test_what_is_no_map_is_no_policy() -> None:
    with pytest.raises(UntrustedError, match="no policy"):
        policy_in(document(()))


def test_lists_are_expected_of_a_central_that_signs_policies() -> None:
    assert not DoorPolicy().expects_lists
    assert DoorPolicy(version=1).expects_lists
