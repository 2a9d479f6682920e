"""Write live answers, as statements on an open connection; the caller holds the transaction.

``listed`` is where an earlier program kept the snapshot, card by card; only what migrates fills it.
"""

import os
from collections.abc import Iterator
from typing import Final

from cardcore.ids import CardId
from cardcore.membership import CardStanding
from scanner.adapters.snapshot_sqlite.cells import PURPOSE, Cells
from scanner.sealing import SALT_BYTES, Vault
from scanner.sqlite import sqlite3

LISTED, ANSWERED = "listed", "answered"  # the first one in an earlier program's files
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
    """Writes under one vault."""

    def __init__(self, conn: sqlite3.Connection, vault: Vault) -> None:
        self._conn = conn
        self._vault = vault
        self._handles = vault.seal_for(PURPOSE)

    def card(self, card_id: CardId) -> bytes:
        """What a card is found by."""
        return self._handles.handle(card_id)

    def put_answered(self, card_id: CardId, standing: CardStanding) -> None:
        """Keep a live answer, unless a newer one is kept."""
        card = self.card(card_id)
        salt = self._conn.execute(_GET_SALT, (ANSWERED,)).fetchone()[0]
        cell = Cells(self._vault, salt).sealed(card, card_id, standing)
        self._conn.execute(_ANSWER, (card, cell, standing.as_of))

    def fill_listed(self, rows: Iterator[Row]) -> None:
        """Put these where nothing was listed."""
        salt = self._conn.execute(_GET_SALT, (LISTED,)).fetchone()[0]
        cells = Cells(self._vault, salt)
        self._conn.executemany(_LIST, (self._cell(cells, *row) for row in rows))

    def _cell(self, cells: Cells, card_id: CardId, standing: CardStanding) -> tuple[bytes, bytes]:
        card = self.card(card_id)
        return card, cells.sealed(card, card_id, standing)


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
