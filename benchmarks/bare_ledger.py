"""The yardstick of a commit: the same three statements in bare sqlite3 at FULL, without anything around them."""

import hashlib
import secrets
from pathlib import Path

from scanner.sqlite import sqlite3

__all__ = ["BareLedger", "sqlite3"]
ENTRY_BYTES = 420  # what a full audit entry has


class BareLedger:
    """A nonce, an audit row, a state row: one IMMEDIATE transaction."""

    def __init__(self, path: Path) -> None:
        self._conn = sqlite3.connect(str(path), isolation_level=None)
        self._conn.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            "CREATE TABLE burned (card BLOB, nonce BLOB, until INTEGER, PRIMARY KEY (card, nonce)) WITHOUT ROWID;"
            "CREATE TABLE audit (seq INTEGER PRIMARY KEY, hash BLOB, data BLOB);"
            "CREATE TABLE state (id INTEGER PRIMARY KEY, seq INTEGER, head BLOB);"
            "INSERT INTO state VALUES (1, 0, x'00');"
        )
        self._seq = 0

    def commit(self) -> None:
        self._seq += 1
        data = secrets.token_bytes(ENTRY_BYTES)
        digest = hashlib.sha256(data).digest()
        execute = self._conn.execute
        execute("BEGIN IMMEDIATE")
        execute("INSERT INTO burned VALUES (?, ?, ?)", (data[:16], data[16:24], self._seq))
        execute("INSERT INTO audit VALUES (?, ?, ?)", (self._seq, digest, data))
        execute("UPDATE state SET seq = ?, head = ?", (self._seq, digest))
        execute("COMMIT")

    def close(self) -> None:
        self._conn.close()
