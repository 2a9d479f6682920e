from dataclasses import replace

import pytest

from cardcore.card import Mode
from cardcore.documents import Document, DocumentKind, RootKey, open_document, sign_document
from cardcore.errors import CborError, DocumentError, RollbackError, TokenError, UntrustedError
from cardcore.ids import Audience, CardId, Kid, UnixSeconds
from cardcore.keyset import Alg
from cardcore.lifecycle import CardState
from cardcore.membership import CardStanding, MemberStatus
from cardcore.signing import sign_message
from cardcore.snapshot_document import SnapshotRow, snapshot_body
from cardcore.token import UnverifiedToken, parse_token, serialise_message
from tests.fakes.card_material import (
    KIDS,
    NOW,
    SECRETS,
    VENUE,
    fixed_bytes,
    public_key_of,
    some_claims,
)
from tests.fakes.minting import mint

PRIVATE_KEY = fixed_bytes("root")
ROOT = RootKey(kid=Kid(b"root"), public_key=public_key_of(PRIVATE_KEY))
DOCUMENT = Document(
    kind=DocumentKind.SNAPSHOT,
    audience=VENUE,
    version=1,
    issued_at=NOW,
    expires_at=UnixSeconds(NOW + 60),
    body=(),
)


def signed(document: Document) -> bytes:
    return sign_document(document, kid=ROOT.kid, private_key=PRIVATE_KEY)


@pytest.mark.parametrize(
    "document",
    [
        replace(DOCUMENT, version=0),
        replace(DOCUMENT, version=1 << 63),
        replace(DOCUMENT, audience=Audience("v" * 33)),
        replace(DOCUMENT, expires_at=DOCUMENT.issued_at),
        replace(DOCUMENT, expires_at=UnixSeconds(1 << 33)),
    ],
)
def test_a_document_that_every_door_would_refuse_is_not_signed(document: Document) -> None:
    with pytest.raises(DocumentError, match="out of its bounds"):
        signed(document)


def test_a_body_without_a_form_is_not_signed() -> None:
    with pytest.raises(CborError):
        signed(replace(DOCUMENT, body=("\ud800",)))


def test_a_root_id_of_another_length_is_not_signed_with() -> None:
    with pytest.raises(TokenError):
        sign_document(DOCUMENT, kid=Kid(b"root1"), private_key=PRIVATE_KEY)


def test_a_document_is_stale_from_its_expiry_and_the_skew_on() -> None:
    assert not DOCUMENT.is_stale(UnixSeconds(NOW + 89))
    assert DOCUMENT.is_stale(UnixSeconds(NOW + 90))


def test_a_card_is_no_document_even_under_the_same_key() -> None:
    token = parse_token(mint(some_claims(mode=Mode.ONLINE), Alg.EDDSA))
    root = RootKey(kid=KIDS[Alg.EDDSA], public_key=public_key_of(SECRETS[Alg.EDDSA]))
    assert isinstance(token, UnverifiedToken)
    message = serialise_message(token)
    with pytest.raises(UntrustedError, match="no document"):
        open_document(message, root=root, kind=DocumentKind.SNAPSHOT, audience=VENUE)


def test_a_large_snapshot_is_read_whole() -> None:
    """More rows and bytes than a card's own limits allow."""
    rows = tuple((number.to_bytes(16, "big"), 1, 1, 0) for number in range(3_000))
    data = signed(replace(DOCUMENT, body=rows))
    opened = open_document(data, root=ROOT, kind=DocumentKind.SNAPSHOT, audience=VENUE)
    assert opened.body == rows


def test_a_payload_nested_too_deeply_is_untrusted() -> None:
    message = sign_message(b"\x81" * 9_000, kid=ROOT.kid, private_key=PRIVATE_KEY)
    with pytest.raises(UntrustedError, match="nested too deeply"):
        open_document(message, root=ROOT, kind=DocumentKind.SNAPSHOT, audience=VENUE)


def test_a_rollback_says_both_versions() -> None:
    error = RollbackError(3, 4)
    assert (error.offered, error.in_force) == (3, 4)


@pytest.mark.parametrize(
    ("name", "written"),
    [(None, None), ("", None), ("Ada", "Ada"), ("n" * 64, "n" * 64), ("n" * 65, "n" * 64)],
)
def test_a_display_name_is_left_out_if_empty_and_cut_if_long(
    name: str | None, written: str | None
) -> None:
    standing = CardStanding(
        state=CardState.ACTIVE,
        generation=1,
        member=MemberStatus.ACTIVE,
        display_name=name,
        as_of=NOW,
    )
    row = SnapshotRow(card_id=CardId(bytes(16)), standing=standing)
    plain = (bytes(16), 1, 1, 0)
    assert snapshot_body([row]) == (plain if written is None else (*plain, written),)
