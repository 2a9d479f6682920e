"""Cards, and the links that bring them to phones."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

import msgspec
from sqlalchemy import Connection, Row, Select, bindparam, func, select

from cardcore.card import Mode
from cardcore.ids import Audience, CardId, MemberId, UnixSeconds
from cardcore.lifecycle import CardState
from cardcore.membership import CardStanding, MemberStatus
from cardcore.snapshot_document import SnapshotRow
from central.ports.records import Card, LinkedPhone, PhoneLink
from central.storage.dialect import insert_into, is_postgresql
from central.storage.schema import CARDS, MEMBERS, PHONE_LINKS, PHONES

CARDS_KEPT: Final = 4_096  # as objects made of the same rows: about 2 MB
READ_AT_ONCE: Final = 1_000  # rows of a long list, in memory
_STANDINGS: Final = select(
    CARDS.c.card_id,
    CARDS.c.state,
    CARDS.c.generation,
    MEMBERS.c.status,
    MEMBERS.c.display_name,
).join_from(CARDS, MEMBERS)


_ROW: Final = (  # in the order of _card
    "card_id, audience, member_id, mode, state, generation, issued_at, changed_at, expires_at"
)
# SQLite takes three times as long to be told each of a thousand by itself.
_MANY: Final = f"SELECT {_ROW} FROM json_each(?) CROSS JOIN cards ON card_id = unhex(value)"  # noqa: S608 -- our own names
_MANY_POSTGRESQL: Final = f"SELECT {_ROW} FROM cards WHERE card_id = ANY (%s)"  # noqa: S608
# What is asked all evening: made once, it costs half.
_ONE_CARD: Final = select(CARDS).where(CARDS.c.card_id == bindparam("card"))
ONE_STANDING: Final = _STANDINGS.where(
    CARDS.c.card_id == bindparam("card"), CARDS.c.audience == bindparam("venue")
)


class SqlCards:
    """The tables of cards and phone links."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, card_id: CardId) -> Card | None:
        """One card."""
        row = self._connection.execute(_ONE_CARD, {"card": card_id}).first()
        return None if row is None else card_of(row)

    def of(self, audience: Audience) -> Sequence[Card]:
        """All cards of an audience, by id."""
        query = select(CARDS).where(CARDS.c.audience == audience).order_by(CARDS.c.card_id)
        return [card_of(row) for row in self._connection.execute(query)]

    def ids(self, audience: Audience, states: Collection[CardState]) -> Sequence[CardId]:
        """The cards of an audience that are in one of these states, in any order."""
        words = [state.value for state in states]
        query = select(CARDS.c.card_id).where(
            CARDS.c.audience == audience, CARDS.c.state.in_(words)
        )
        return [CardId(card_id) for card_id in self._connection.execute(query).scalars()]

    def overdue(self, now: UnixSeconds, most: int) -> Sequence[CardId]:
        """Cards that live although they should have expired by ``now``."""
        dead = (CardState.REVOKED.value, CardState.EXPIRED.value)
        query = select(CARDS.c.card_id).where(CARDS.c.expires_at <= now, CARDS.c.state.not_in(dead))
        return [CardId(row.card_id) for row in self._connection.execute(query.limit(most))]

    def add(self, card: Card) -> None:
        """A new card."""
        self._connection.execute(CARDS.insert().values(**_columns(card)))

    def replace(self, card: Card) -> None:
        """What is now true of a card."""
        update = CARDS.update().where(CARDS.c.card_id == card.card_id)
        self._connection.execute(update.values(**_columns(card)))

    def standing(
        self, audience: Audience, card_id: CardId, as_of: UnixSeconds
    ) -> SnapshotRow | None:
        """One card with its member's status, if it is of this audience."""
        asked = {"card": card_id, "venue": audience}
        return next(iter(self._rows(ONE_STANDING, as_of, asked)), None)

    def standings(self, audience: Audience, as_of: UnixSeconds) -> Sequence[SnapshotRow]:
        """All cards of an audience with their members' status."""
        return self._rows(_STANDINGS.where(CARDS.c.audience == audience), as_of)

    def standings_in_order(
        self, audiences: Sequence[Audience], as_of: UnixSeconds
    ) -> Iterator[SnapshotRow]:
        """The same for several audiences together, by card id, one by one as they are read."""
        query: Select[tuple[object, ...]] = _STANDINGS.where(
            CARDS.c.audience.in_(audiences)
        ).order_by(CARDS.c.card_id)
        options = {"yield_per": READ_AT_ONCE}
        for row in self._connection.execute(query, execution_options=options):
            yield _standing(row, as_of)

    def count(self, audiences: Sequence[Audience]) -> int:
        """How many cards these audiences have together."""
        query = select(func.count()).select_from(CARDS).where(CARDS.c.audience.in_(audiences))
        return self._connection.execute(query).scalar_one()

    def link(self, secret_hash: bytes) -> PhoneLink | None:
        """The link of this secret."""
        query = select(PHONE_LINKS).where(PHONE_LINKS.c.secret_hash == secret_hash)
        row = self._connection.execute(query).first()
        if row is None:
            return None
        return PhoneLink(
            secret_hash=row.secret_hash,
            card_id=CardId(row.card_id),
            expires_at=UnixSeconds(row.expires_at),
            used_at=row.used_at,
        )

    def put_link(self, link: PhoneLink) -> None:
        """Add a link, or replace it."""
        row = {
            "secret_hash": link.secret_hash,
            "card_id": link.card_id,
            "expires_at": link.expires_at,
            "used_at": link.used_at,
        }
        statement = insert_into(self._connection, PHONE_LINKS).values(**row)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["secret_hash"], set_=row)
        )

    def forget_links(self, before: UnixSeconds) -> int:
        """Drop links that expired before this instant, used or not; how many."""
        delete = PHONE_LINKS.delete().where(PHONE_LINKS.c.expires_at < before)
        return self._connection.execute(delete).rowcount

    def phone(self, token_hash: bytes) -> LinkedPhone | None:
        """The phone of this token, unless its card was reissued since."""
        query = (
            select(PHONES)
            .join(CARDS, CARDS.c.card_id == PHONES.c.card_id)
            .where(PHONES.c.token_hash == token_hash, CARDS.c.generation == PHONES.c.generation)
        )
        row = self._connection.execute(query).first()
        if row is None:
            return None
        return LinkedPhone(
            token_hash=row.token_hash,
            card_id=CardId(row.card_id),
            generation=row.generation,
            linked_at=UnixSeconds(row.linked_at),
        )

    def move_phones(self, card_id: CardId, before: int, after: int) -> int:
        """The phones of one generation of a card speak for a later one from now on; how many."""
        update = PHONES.update().where(PHONES.c.card_id == card_id, PHONES.c.generation == before)
        return self._connection.execute(update.values(generation=after)).rowcount

    def add_phone(self, phone: LinkedPhone) -> None:
        """A phone that claimed a link."""
        row = {
            "token_hash": phone.token_hash,
            "card_id": phone.card_id,
            "generation": phone.generation,
            "linked_at": phone.linked_at,
        }
        self._connection.execute(PHONES.insert().values(**row))

    def _rows(
        self,
        query: Select[tuple[object, ...]],
        as_of: UnixSeconds,
        asked: Mapping[str, object] | None = None,
    ) -> list[SnapshotRow]:
        return [_standing(row, as_of) for row in self._connection.execute(query, asked)]


def _standing(row: Row[tuple[object, ...]], as_of: UnixSeconds) -> SnapshotRow:
    return SnapshotRow(
        card_id=CardId(row.card_id),
        standing=CardStanding(
            state=CardState(row.state),
            generation=row.generation,
            member=MemberStatus(row.status),
            display_name=row.display_name,
            as_of=as_of,
        ),
    )


def cards_of(connection: Connection, card_ids: Collection[CardId]) -> Mapping[CardId, Card]:
    """Those of these cards that there are, in one go."""
    if is_postgresql(connection):
        rows = connection.exec_driver_sql(_MANY_POSTGRESQL, (list(card_ids),))
    else:
        named = msgspec.json.encode([card_id.hex() for card_id in card_ids]).decode()
        rows = connection.exec_driver_sql(_MANY, (named,))
    return {card.card_id: card for card in (_card(*row) for row in rows)}


def card_of(row: Row[tuple[object, ...]]) -> Card:
    """The card in a row of the cards table."""
    return _card(
        row.card_id,
        row.audience,
        row.member_id,
        row.mode,
        row.state,
        row.generation,
        row.issued_at,
        row.changed_at,
        row.expires_at,
    )


@lru_cache(maxsize=CARDS_KEPT)  # a batch names hundreds, and the next one the same again
def _card(  # noqa: PLR0917 -- a row, column by column
    card_id: bytes,
    audience: str,
    member_id: str,
    mode: int,
    state: str,
    generation: int,
    issued_at: int,
    changed_at: int,
    expires_at: int | None,
) -> Card:
    return Card(
        card_id=CardId(card_id),
        audience=Audience(audience),
        member_id=MemberId(member_id),
        mode=Mode(mode),
        state=CardState(state),
        generation=generation,
        issued_at=UnixSeconds(issued_at),
        changed_at=UnixSeconds(changed_at),
        expires_at=None if expires_at is None else UnixSeconds(expires_at),
    )


def _columns(card: Card) -> dict[str, object]:
    return {
        "card_id": card.card_id,
        "audience": card.audience,
        "member_id": card.member_id,
        "mode": card.mode.value,
        "state": card.state.value,
        "generation": card.generation,
        "issued_at": card.issued_at,
        "changed_at": card.changed_at,
        "expires_at": card.expires_at,
    }
