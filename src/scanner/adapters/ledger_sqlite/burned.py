"""Nonces that admissions burned, as statements on an open connection; the caller holds the transaction."""

from typing import Final

from cardcore.audit import AuditEntry
from cardcore.card import Claims
from cardcore.ids import UnixSeconds
from scanner.adapters.ledger_sqlite.sealed import LedgerSeal
from scanner.door.moment import MICROS
from scanner.door.replay import BURNED_FOR
from scanner.sqlite import sqlite3

_BURN: Final = "INSERT INTO burned (card, nonce, expires_at, used_at, place) VALUES (?, ?, ?, ?, ?)"
_ENDED: Final = "SELECT count(*), max(expires_at) FROM burned WHERE expires_at <= ?"
_FORGET: Final = "DELETE FROM burned WHERE expires_at <= ?"
_RAISE: Final = "UPDATE state SET purge_floor = max(purge_floor, ?)"


def burn(conn: sqlite3.Connection, seal: LedgerSeal, claims: Claims, entry: AuditEntry) -> None:
    """The admission of ``entry`` burns the nonce of ``claims``."""
    card, used_at = seal.card(claims.card_id), entry.wall // MICROS
    conn.execute(_BURN, (card, claims.nonce, claims.expires_at, used_at, entry.door))


def purge(conn: sqlite3.Connection, now: UnixSeconds) -> int:
    """Forget those whose tokens ended long enough before ``now``, and raise the purge floor; how many."""
    limit = now - BURNED_FOR
    count, newest = conn.execute(_ENDED, (limit,)).fetchone()
    if count:
        conn.execute(_FORGET, (limit,))
        conn.execute(_RAISE, (newest,))
    return int(count)
