"""Seal a ledger that an earlier program wrote in the open: every table is written anew, and the old one is wiped.

A row that is changed in its place would leave copies where SQLite moved it between pages; of a table that is dropped,
whole pages are wiped (secure_delete). The file doubles meanwhile. What file system and disk keep of blocks that were written over is not in our hands.
"""

from typing import Final

from sqlite_utils import Database

from scanner.adapters.ledger_sqlite.holders import sealed_holder
from scanner.adapters.ledger_sqlite.sealed import LedgerSeal
from scanner.desk import Role

_STATEMENTS: Final = """
CREATE TABLE sealed (id INTEGER PRIMARY KEY CHECK (id = 1), mark BLOB NOT NULL) STRICT;

ALTER TABLE burned RENAME TO burned_open;
CREATE TABLE burned (
    card BLOB NOT NULL, nonce BLOB NOT NULL, expires_at INTEGER NOT NULL, used_at INTEGER NOT NULL,
    place TEXT NOT NULL, PRIMARY KEY (card, nonce)
) STRICT, WITHOUT ROWID;
INSERT INTO burned SELECT card_of(card_id), nonce, expires_at, used_at, place FROM burned_open;
DROP TABLE burned_open;

ALTER TABLE audit RENAME TO audit_open;
CREATE TABLE audit (
    epoch INTEGER NOT NULL REFERENCES epochs (no), seq INTEGER NOT NULL, hash BLOB NOT NULL,
    data BLOB NOT NULL, PRIMARY KEY (epoch, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO audit SELECT epoch, seq, hash, entry_of(data, hash) FROM audit_open ORDER BY epoch, seq;
DROP TABLE audit_open;

DROP INDEX inside_by_card;
DROP INDEX inside_by_time;
DROP INDEX unshown;
ALTER TABLE admissions RENAME TO admissions_open;
CREATE TABLE admissions (
    epoch INTEGER NOT NULL REFERENCES epochs (no), seq INTEGER NOT NULL, card BLOB,
    since INTEGER NOT NULL, wall INTEGER NOT NULL, mono INTEGER NOT NULL, boot_id BLOB NOT NULL,
    gone INTEGER, undone INTEGER, shown_at INTEGER, opened_at INTEGER, PRIMARY KEY (epoch, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO admissions
    SELECT epoch, seq, card_of(card_id), since, wall, mono, boot_id, gone, undone, shown_at, opened_at
    FROM admissions_open ORDER BY epoch, seq;
DROP TABLE admissions_open;
CREATE INDEX inside_by_card ON admissions (card, since) WHERE gone IS NULL;
CREATE INDEX inside_by_time ON admissions (since) WHERE gone IS NULL;
CREATE INDEX unshown ON admissions (since) WHERE shown_at IS NULL;

CREATE TABLE holders (name BLOB PRIMARY KEY, kept BLOB NOT NULL, digest BLOB NOT NULL UNIQUE)
    STRICT, WITHOUT ROWID;
INSERT INTO holders SELECT name_of(name), holder_of(name, role, digest), digest FROM attendants;
DROP TABLE attendants
"""


def seal_over(db: Database, seal: LedgerSeal) -> None:
    """Seal what there is. The caller holds the transaction."""

    def holder_of(name: str, role: str, digest: bytes) -> bytes:
        return sealed_holder(seal, name, Role(role), digest)

    conn = db.conn
    conn.execute("PRAGMA secure_delete=ON").fetchone()
    conn.create_function("card_of", 1, seal.card, deterministic=True)
    conn.create_function("name_of", 1, seal.name, deterministic=True)
    conn.create_function("entry_of", 2, seal.entry)
    conn.create_function("holder_of", 3, holder_of)
    for statement in _STATEMENTS.split(";"):
        conn.execute(statement)
    conn.execute("INSERT INTO sealed (id, mark) VALUES (1, ?)", (seal.mark,))
