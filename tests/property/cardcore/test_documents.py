"""Signed documents: what the root signed is read back, nothing else is, and no bytes surprise the reader."""

from collections.abc import Callable

from hypothesis import given, strategies as st

from cardcore.cbor import serialise
from cardcore.documents import (
    Document,
    DocumentKind,
    RootKey,
    accept_document,
    open_document,
    sign_document,
)
from cardcore.errors import DocumentError, KeySetError, UntrustedError
from cardcore.ids import Audience, CardId, Kid, UnixSeconds
from cardcore.keyset import Alg, Key, KeyState, key_set_of
from cardcore.keyset_document import key_set_body, key_set_in
from cardcore.lifecycle import CardState
from cardcore.membership import CardStanding, MemberStatus
from cardcore.signing import sign_message
from cardcore.snapshot_document import SnapshotRow, rows_in, snapshot_body
from tests.fakes.card_material import NOW, VENUE, fixed_bytes, public_key_of
from tests.fakes.plain_cbor import Plain
from tests.property.cardcore.strategies import (
    NO_CONTROL,
    PLAIN,
    SMALL_CBOR,
    cbor_values,
    mutated,
)

PRIVATE_KEY = fixed_bytes("root")
ROOT = RootKey(kid=Kid(b"root"), public_key=public_key_of(PRIVATE_KEY))
HEAD: dict[int, Plain] = {
    3: VENUE,
    4: NOW + 60,
    6: NOW,
    -65_538: "snapshot",
    -65_539: 1,
    -65_540: (),
}
INSTANTS = st.integers(0, (1 << 33) - 1).map(UnixSeconds)

KEYS = st.builds(
    Key,
    kid=st.binary(min_size=4, max_size=4).map(Kid),
    alg=st.sampled_from(Alg),
    secret=st.binary(min_size=32, max_size=32),
    audience=st.just(VENUE),
    not_before=INSTANTS,
    signs_until=INSTANTS,
    expires_at=INSTANTS,
    state=st.sampled_from(KeyState),
)
ROWS = st.builds(
    SnapshotRow,
    card_id=st.binary(min_size=16, max_size=16).map(CardId),
    standing=st.builds(
        CardStanding,
        state=st.sampled_from(CardState),
        generation=st.integers(0, 65_535),
        member=st.sampled_from(MemberStatus),
        display_name=st.none() | st.text(NO_CONTROL, min_size=1, max_size=64),
        as_of=st.just(NOW),
    ),
)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    issued_at = draw(st.integers(0, (1 << 33) - 2))
    return Document(
        kind=draw(st.sampled_from(DocumentKind)),
        audience=Audience(draw(st.text(PLAIN, min_size=1, max_size=32))),
        version=draw(st.integers(1, (1 << 63) - 1)),
        issued_at=UnixSeconds(issued_at),
        expires_at=UnixSeconds(draw(st.integers(issued_at + 1, (1 << 33) - 1))),
        body=draw(cbor_values(1, 3)),
    )


def a_document(kind: DocumentKind, body: Plain) -> Document:
    return Document(
        kind=kind,
        audience=VENUE,
        version=1,
        issued_at=NOW,
        expires_at=UnixSeconds(NOW + 60),
        body=body,
    )


def signed(document: Document) -> bytes:
    return sign_document(document, kid=ROOT.kid, private_key=PRIVATE_KEY)


def opened_or_none(data: bytes) -> Document | None:
    try:
        return open_document(data, root=ROOT, kind=DocumentKind.SNAPSHOT, audience=VENUE)
    except UntrustedError:
        return None


@given(documents())
def test_a_signed_document_is_read_back_as_it_was(document: Document) -> None:
    data = signed(document)
    opened = open_document(data, root=ROOT, kind=document.kind, audience=document.audience)
    assert opened == document
    assert signed(opened) == data


@given(documents(), st.integers(0, 1 << 63), st.integers(0, 1 << 34))
def test_a_document_is_taken_if_neither_older_nor_expired(
    document: Document, in_force: int, now: int
) -> None:
    taken = True
    try:
        accept_document(
            signed(document),
            root=ROOT,
            kind=document.kind,
            audience=document.audience,
            in_force=in_force,
            now=UnixSeconds(now),
        )
    except DocumentError:
        taken = False
    assert taken is (document.version >= in_force and now < document.expires_at + 30)


@given(st.data())
def test_a_changed_document_is_never_trusted(data: st.DataObject) -> None:
    good = signed(a_document(DocumentKind.SNAPSHOT, ((bytes(16), 1, 1, 0),)))
    changed = data.draw(mutated(good))
    assert (opened_or_none(changed) is not None) is (changed == good)


@given(st.binary(max_size=200) | st.lists(SMALL_CBOR, max_size=12).map(b"".join))
def test_any_bytes_are_refused_as_untrusted(data: bytes) -> None:
    assert opened_or_none(data) is None


@given(
    st.binary(max_size=100)
    | cbor_values(2, 4).map(serialise)
    | st.dictionaries(st.sampled_from(sorted(HEAD)), cbor_values(1), max_size=2).map(
        lambda changes: serialise(HEAD | changes)
    )
)
def test_any_payload_that_the_root_signed_is_a_document_or_untrusted(payload: bytes) -> None:
    message = sign_message(payload, kid=ROOT.kid, private_key=PRIVATE_KEY)
    document = opened_or_none(message)
    assert document is None or signed(document) == message


@given(st.lists(KEYS, max_size=5, unique_by=lambda key: key.kid))
def test_a_key_set_is_read_back_as_it_was(keys: list[Key]) -> None:
    body = key_set_body(key_set_of(keys))
    read = key_set_in(a_document(DocumentKind.KEY_SET, parsed_form(body)))
    assert read == key_set_of(keys, version=1)


@given(st.lists(ROWS, max_size=5, unique_by=lambda row: row.card_id))
def test_a_snapshot_is_read_back_as_it_was(rows: list[SnapshotRow]) -> None:
    body = snapshot_body(rows)
    read = list(rows_in(a_document(DocumentKind.SNAPSHOT, parsed_form(body))))
    assert read == sorted(rows, key=lambda row: row.card_id)


def parsed_form(body: object) -> Plain:
    data = signed(a_document(DocumentKind.SNAPSHOT, body))  # type: ignore[arg-type]
    document = opened_or_none(data)
    assert document is not None
    return document.body  # type: ignore[return-value]


def _nearly(row: tuple[Plain, ...]) -> st.SearchStrategy[Plain]:
    """Lists of rows with an item or two replaced, cut or added."""
    items = st.lists(st.integers(-1, 9) | st.binary(max_size=33) | cbor_values(1), max_size=2)

    def changed(parts: tuple[int, list[Plain]]) -> tuple[Plain, ...]:
        at, new = parts
        return (*row[:at], *new, *row[at + 1 :])

    rows = st.tuples(st.integers(0, len(row)), items).map(changed)
    return st.lists(rows, max_size=3).map(tuple) | cbor_values(2)


def only_its_own_fault(read: Callable[[], object]) -> None:
    try:
        read()
    except KeySetError:
        return


@given(_nearly((bytes(4), 4, bytes(32), 0, 1, 2, 0)))
def test_any_body_is_a_key_set_or_refused(body: Plain) -> None:
    only_its_own_fault(lambda: key_set_in(a_document(DocumentKind.KEY_SET, body)))


@given(_nearly((bytes(16), 1, 1, 0, "Ada")))
def test_any_body_is_a_snapshot_or_refused(body: Plain) -> None:
    only_its_own_fault(lambda: list(rows_in(a_document(DocumentKind.SNAPSHOT, body))))
