"""Write standings, as statements on an open connection; the caller holds the transaction.

``listed`` is filled in the order of the list, and its index made afterwards: handles are in no order, and a million of
them put into a tree one by one would move every page of it again and again.
"""

import os
from collections.abc import Iterator
from itertools import islice
from typing import Final

from cardcore.card import printable
from cardcore.ids import CardId
from cardcore.membership import CardStanding
from scanner.adapters.snapshot_sqlite.cells import PURPOSE, Cells
from scanner.adapters.snapshot_sqlite.search import PAGE_LINES, line_of, page_of
from scanner.sealing import SALT_BYTES, Vault
from scanner.sqlite import sqlite3

LISTED_INDEX: Final = "CREATE UNIQUE INDEX listed_by_card ON listed (card)"
LISTED, ANSWERED = "listed", "answered"
_MARKED: Final = b"standings"
_LIST: Final = "INSERT INTO listed (card, cell) VALUES (?, ?)"
_ANSWER: Final = (
    "INSERT INTO answered (card, cell, as_of) VALUES (?, ?, ?) "
    "ON CONFLICT (card) DO UPDATE SET cell = excluded.cell, as_of = excluded.as_of "
    "WHERE excluded.as_of >= as_of"
)
_PUT_SALT: Final = "INSERT OR REPLACE INTO salts (of, salt) VALUES (?, ?)"
_GET_SALT: Final = "SELECT salt FROM salts WHERE of = ?"
Row = tuple[CardId, CardStanding]


class Filling:
    """Writes under one vault. ``with_names``: whether members are found by name, and not by their card's id alone."""

    def __init__(self, conn: sqlite3.Connection, vault: Vault, *, with_names: bool) -> None:
        self._conn = conn
        self._vault = vault
        self._handles = vault.seal_for(PURPOSE)
        self._with_names = with_names

    def card(self, card_id: CardId) -> bytes:
        """What a card is found by."""
        return self._handles.handle(card_id)

    def put_answered(self, card_id: CardId, standing: CardStanding) -> None:
        """Keep a live answer, unless a newer one is kept."""
        card = self.card(card_id)
        salt = self._conn.execute(_GET_SALT, (ANSWERED,)).fetchone()[0]
        cell = Cells(self._vault, salt).sealed(card, card_id, standing)
        self._conn.execute(_ANSWER, (card, cell, standing.as_of))

    def fill_listed(self, rows: Iterator[Row]) -> int:
        """Put these in the place of all that were listed, under a new salt; how many."""
        conn = self._conn
        salt = os.urandom(SALT_BYTES)
        conn.execute(_PUT_SALT, (LISTED, salt))
        cells = Cells(self._vault, salt)
        conn.execute("DROP INDEX listed_by_card")
        conn.execute("DELETE FROM listed")
        conn.execute("DELETE FROM names")
        count = 0
        for no, some in enumerate(iter(lambda: list(islice(rows, PAGE_LINES)), [])):
            conn.executemany(_LIST, (self._cell(cells, *row) for row in some))
            page = cells.sealed_page(no, page_of(self.line(*row) for row in some))
            conn.execute("INSERT INTO names (no, page) VALUES (?, ?)", (no, page))
            count += len(some)
        conn.execute(LISTED_INDEX)
        return count

    def _cell(self, cells: Cells, card_id: CardId, standing: CardStanding) -> tuple[bytes, bytes]:
        card = self.card(card_id)
        return card, cells.sealed(card, card_id, standing)

    def line(self, card_id: CardId, standing: CardStanding) -> bytes:
        """The card's line in the index of names."""
        name = standing.display_name if self._with_names else None
        return line_of(card_id, None if name is None else printable(name))


def mark(conn: sqlite3.Connection, vault: Vault) -> None:
    """Note under which secret all this is sealed, and begin with new salts."""
    for table in (LISTED, ANSWERED):
        conn.execute(_PUT_SALT, (table, os.urandom(SALT_BYTES)))
    conn.execute("INSERT OR REPLACE INTO sealed (id, mark) VALUES (1, ?)", (_mark_of(vault),))


def is_marked(conn: sqlite3.Connection, vault: Vault) -> bool:
    """Whether it was this secret."""
    row = conn.execute("SELECT mark FROM sealed").fetchone()
    return row is not None and row[0] == _mark_of(vault)


def _mark_of(vault: Vault) -> bytes:
    return vault.seal_for(PURPOSE).handle(_MARKED)
