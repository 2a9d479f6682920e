from collections import Counter
from itertools import pairwise

import pytest

from cardcore.audit import Outcome
from cardcore.documents import DocumentKind, accept_document
from cardcore.ids import UnixSeconds
from cardcore.keyset_document import key_set_in
from cardcore.policy import DoorPolicy
from cardcore.reasons import Reason
from cardcore.snapshot_document import rows_in
from cardcore.verify import RejectedCard, VerifiedCard, verify_token
from tools.fixture_evening import evening
from tools.fixture_keys import SNAPSHOT_AT, VENUE, door_documents, door_keys, root_key
from tools.fixture_shots import VIEWS, Shot

SHOTS = evening()
TOKEN_REASONS = list(Reason)[: list(Reason).index(Reason.CLOCK_UNTRUSTED)]
DOOR_REASONS = [
    Reason.SUPERSEDED,
    Reason.CARD_REVOKED,
    Reason.CARD_UNKNOWN,
    Reason.REPLAYED,
    Reason.PASSBACK,
    Reason.MEMBER_SUSPENDED,
    Reason.MEMBER_CANCELLED,
    Reason.MEMBER_EXPIRED,
    Reason.CARD_NOT_ACTIVE,
    Reason.CARD_SUSPENDED,
    Reason.CARD_EXPIRED,
    Reason.OK_SNAPSHOT,
    Reason.OK_FALLBACK,
]
REASONS = Counter(expected.reason for shot in SHOTS for expected in shot.expect)


def verified(text: str, shot: Shot) -> VerifiedCard | RejectedCard:
    return verify_token(text, door_keys(), {VENUE}, UnixSeconds(shot.at))


def test_there_are_at_least_sixty_pictures_each_with_a_name_of_its_own() -> None:
    assert len(SHOTS) >= 60
    assert len({shot.name for shot in SHOTS}) == len(SHOTS)


def test_time_never_goes_back() -> None:
    assert all(one.at < other.at for one, other in pairwise(SHOTS))


@pytest.mark.parametrize("reason", [*TOKEN_REASONS, *DOOR_REASONS, "no_code"])
def test_every_reason_is_shown(reason: str) -> None:
    assert REASONS[reason] >= 1


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    "kind",
    [
        "online-alg-4",
        "online-alg-5",
        "online-alg-8",
        "rotating-alg-4",
        "rotating-alg-5",
        "print-alg-5",
        "print-alg-8",
    ],
)
def test_every_kind_of_card_is_admitted_in_every_view(kind: str, view: str) -> None:
    (shot,) = (shot for shot in SHOTS if shot.name == f"admit-{kind}-{view}")

    assert [expected.decision for expected in shot.expect] == [Outcome.ADMIT]


@pytest.mark.parametrize("shot", SHOTS, ids=[shot.name for shot in SHOTS])
def test_the_token_gives_what_the_picture_expects(shot: Shot) -> None:
    """One word for each code; the door's own reasons come after a token that verifies."""
    rejected = sorted(
        judged.reason
        for text in shot.readable
        if isinstance(judged := verified(text, shot), RejectedCard)
    )

    assert rejected == sorted(e.reason for e in shot.expect if e.reason in TOKEN_REASONS)


def test_a_picture_expects_one_word_for_each_code_in_view() -> None:
    assert all(len(shot.expect) == max(1, len(shot.readable)) for shot in SHOTS)


def test_what_the_snapshot_decides_is_judged_while_it_counts() -> None:
    policy = DoorPolicy()
    for shot in SHOTS:
        reasons = {expected.reason for expected in shot.expect}
        age = shot.at - SNAPSHOT_AT
        assert not reasons & {Reason.CARD_UNKNOWN} or age <= policy.fresh_s
        assert not reasons & {Reason.OK_SNAPSHOT} or age <= policy.last_known_s
        assert not reasons & {Reason.OK_FALLBACK} or age > policy.last_known_s


def test_the_copied_nonce_is_the_same_under_another_card() -> None:
    tokens = [
        verified(shot.readable[0], shot)
        for shot in SHOTS
        if shot.name in {"copied-nonce", "owner-of-the-nonce"}
    ]

    assert all(isinstance(token, VerifiedCard) for token in tokens)
    one, other = (token.claims for token in tokens if token.claims is not None)
    assert one.nonce == other.nonce
    assert one.card_id != other.card_id


def test_a_replay_is_the_very_same_picture() -> None:
    by_name = {shot.name: shot for shot in SHOTS}
    first, again = by_name["rotating-first"], by_name["replayed-same-picture"]

    assert (first.drawn_as, first.held, first.view) == (again.drawn_as, again.held, again.view)


@pytest.mark.parametrize("kind", [DocumentKind.KEY_SET, DocumentKind.SNAPSHOT])
def test_the_documents_are_good_at_every_instant(kind: DocumentKind) -> None:
    data = door_documents()[f"{kind.value}.cose"]
    accepted, at_the_end = (
        accept_document(
            data, root=root_key(), kind=kind, audience=VENUE, in_force=0, now=UnixSeconds(at)
        )
        for at in (SHOTS[0].at, SHOTS[-1].at)
    )
    assert accepted == at_the_end
    if kind is DocumentKind.KEY_SET:
        assert key_set_in(accepted) == door_keys()
    else:
        assert len(list(rows_in(accepted))) > 100
