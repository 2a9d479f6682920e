"""All cards of a venue as a signed document's body, for when central is away.

An array of ``[card_id, generation, state, member_status]`` or, with a display name, of five items, sorted by
card id. ``state`` is 0 issued, 1 active, 2 suspended, 3 revoked, 4 expired; ``member_status`` is 0 active, 1 suspended,
2 cancelled, 3 expired. A name has 1 to 64 characters: a longer one is cut when it is written. Every row is as of the document's ``issued_at``.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from cardcore.card import CARD_ID_BYTES, GENERATION_MAX
from cardcore.cbor import CborValue
from cardcore.documents import Document
from cardcore.errors import UntrustedError
from cardcore.ids import CardId
from cardcore.lifecycle import CardState
from cardcore.membership import CardStanding, MemberStatus

DISPLAY_NAME_CHARS_MAX: Final = 64

CARD_STATES: Final = (
    CardState.ISSUED,
    CardState.ACTIVE,
    CardState.SUSPENDED,
    CardState.REVOKED,
    CardState.EXPIRED,
)
MEMBER_STATUSES: Final = (
    MemberStatus.ACTIVE,
    MemberStatus.SUSPENDED,
    MemberStatus.CANCELLED,
    MemberStatus.EXPIRED,
)
_ROW_ITEMS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotRow:
    """One card in a snapshot; ``standing.as_of`` is the snapshot's own instant."""

    card_id: CardId
    standing: CardStanding


def snapshot_body(rows: Iterable[SnapshotRow]) -> CborValue:
    """The body for ``rows``, of which no two may have one card id."""
    return tuple(_row(row) for row in sorted(rows, key=lambda row: row.card_id))


def rows_in(document: Document) -> Iterator[SnapshotRow]:
    """The rows of an opened document, one by one: a chain's snapshot is large.

    Raises:
        UntrustedError: a row of another shape, or not sorted by card id, each one once.
    """
    if not isinstance(document.body, tuple):
        msg = "the body is no list of cards"
        raise UntrustedError(msg)
    before = b""
    for item in document.body:
        row = _parse_row(item, document)
        if row.card_id <= before:
            msg = "cards not in order"
            raise UntrustedError(msg)
        before = row.card_id
        yield row


def _row(row: SnapshotRow) -> CborValue:
    standing = row.standing
    items: tuple[CborValue, ...] = (
        row.card_id,
        standing.generation,
        CARD_STATES.index(standing.state),
        MEMBER_STATUSES.index(standing.member),
    )
    name = (standing.display_name or "")[:DISPLAY_NAME_CHARS_MAX]
    return (*items, name) if name else items


def _parse_row(row: CborValue, document: Document) -> SnapshotRow:
    if not isinstance(row, tuple) or len(row) not in {_ROW_ITEMS, _ROW_ITEMS + 1}:
        msg = "a card is a list of 4 or 5 items"
        raise UntrustedError(msg)
    card_id, generation, state, member = row[:_ROW_ITEMS]
    name = row[_ROW_ITEMS] if len(row) > _ROW_ITEMS else None
    if not isinstance(card_id, bytes) or len(card_id) != CARD_ID_BYTES:
        msg = "a card id has 16 bytes"
        raise UntrustedError(msg)
    if name is not None and not (
        isinstance(name, str) and 1 <= len(name) <= DISPLAY_NAME_CHARS_MAX
    ):
        msg = f"a display name is text of 1 to {DISPLAY_NAME_CHARS_MAX} characters"
        raise UntrustedError(msg)
    return SnapshotRow(
        card_id=CardId(card_id),
        standing=CardStanding(
            state=CARD_STATES[_index(state, len(CARD_STATES))],
            generation=_index(generation, GENERATION_MAX + 1),
            member=MEMBER_STATUSES[_index(member, len(MEMBER_STATUSES))],
            display_name=name,
            as_of=document.issued_at,
        ),
    )


def _index(value: CborValue, limit: int) -> int:
    if not isinstance(value, int) or not 0 <= value < limit:
        msg = f"{value!r} is not a number from 0 to {limit - 1}"
        raise UntrustedError(msg)
    return value
