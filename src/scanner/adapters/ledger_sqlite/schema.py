"""The tables of a ledger; migrations only go forward, each applied once."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from scanner.adapters.ledger_sqlite.sealed import LedgerSeal, check_mark
from scanner.adapters.ledger_sqlite.sealing_over import seal_over
from scanner.sqlite import drop_remains, immediate


def first_tables(db: Database) -> None:
    """Burned nonces by (card, nonce); who is inside by card; the log by (epoch, seq)."""
    db.conn.execute(
        """
        CREATE TABLE state (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            epoch INTEGER NOT NULL, seq INTEGER NOT NULL, head BLOB NOT NULL,
            began_at INTEGER NOT NULL, rehearsal INTEGER NOT NULL,
            purge_floor INTEGER NOT NULL, clock_floor INTEGER NOT NULL
        ) STRICT
        """
    )
    db.conn.execute(
        """
        CREATE TABLE epochs (
            no INTEGER PRIMARY KEY, epoch BLOB NOT NULL UNIQUE, began_at INTEGER NOT NULL,
            mark INTEGER NOT NULL DEFAULT 0
        ) STRICT
        """
    )
    db.conn.execute(
        """
        CREATE TABLE burned (
            card_id BLOB NOT NULL, nonce BLOB NOT NULL, expires_at INTEGER NOT NULL,
            used_at INTEGER NOT NULL, place TEXT NOT NULL,
            PRIMARY KEY (card_id, nonce)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.conn.execute(
        """
        CREATE TABLE inside (
            card_id BLOB PRIMARY KEY, since INTEGER NOT NULL, seq INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """
    )
    db.conn.execute(
        """
        CREATE TABLE audit (
            epoch INTEGER NOT NULL REFERENCES epochs (no), seq INTEGER NOT NULL,
            hash BLOB NOT NULL, data BLOB NOT NULL,
            PRIMARY KEY (epoch, seq)
        ) STRICT, WITHOUT ROWID
        """
    )


def admissions(db: Database) -> None:
    """What becomes of an admission; who is inside are those that nobody's exit or undo has ended.

    ``gone`` and ``undone`` hold the seq of the entry that ended it. ``card_id`` is NULL for somebody without a card.
    """
    db.conn.execute(
        """
        CREATE TABLE admissions (
            epoch INTEGER NOT NULL REFERENCES epochs (no), seq INTEGER NOT NULL, card_id BLOB,
            since INTEGER NOT NULL, wall INTEGER NOT NULL, mono INTEGER NOT NULL, boot_id BLOB NOT NULL,
            gone INTEGER, undone INTEGER, shown_at INTEGER, opened_at INTEGER,
            PRIMARY KEY (epoch, seq)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.conn.execute(
        "INSERT INTO admissions (epoch, seq, card_id, since, wall, mono, boot_id, shown_at, opened_at) "
        "SELECT s.epoch, i.seq, i.card_id, i.since, i.since * 1000000, 0, x'', i.since, i.since "
        "FROM inside i, state s"
    )
    db.conn.execute("DROP TABLE inside")
    db.conn.execute("CREATE INDEX inside_by_card ON admissions (card_id, since) WHERE gone IS NULL")
    db.conn.execute("CREATE INDEX inside_by_time ON admissions (since) WHERE gone IS NULL")
    db.conn.execute("CREATE INDEX unshown ON admissions (since) WHERE shown_at IS NULL")


def attendants(db: Database) -> None:
    """Who may be on duty; how many wrong PINs in a row there were, and when the last was."""
    db.conn.execute(
        "CREATE TABLE attendants (name TEXT PRIMARY KEY, role TEXT NOT NULL, digest BLOB NOT NULL UNIQUE) "
        "STRICT, WITHOUT ROWID"
    )
    db.conn.execute(
        "CREATE TABLE pin_lock (id INTEGER PRIMARY KEY CHECK (id = 1), wrong INTEGER NOT NULL, "
        "wall INTEGER NOT NULL, mono INTEGER NOT NULL, boot_id BLOB NOT NULL) STRICT"
    )


def clock_anchor(db: Database) -> None:
    """When somebody last vouched for the clock (scanner.door.clock_trust)."""
    db.conn.execute(
        "CREATE TABLE clock_anchor (id INTEGER PRIMARY KEY CHECK (id = 1), "
        "wall INTEGER NOT NULL, mono INTEGER NOT NULL, boot_id BLOB NOT NULL) STRICT"
    )


def recoveries(db: Database) -> None:
    """When a damaged or an older ledger was replaced, and why; whether this file is a backup's copy."""
    db.conn.execute(
        "CREATE TABLE recoveries (no INTEGER PRIMARY KEY, at INTEGER NOT NULL, why TEXT NOT NULL, aside TEXT) "
        "STRICT"
    )
    db.conn.execute("ALTER TABLE state ADD COLUMN is_copy INTEGER NOT NULL DEFAULT 0")


def retention(db: Database) -> None:
    """Up to where entries were removed from each epoch, the last one's hash, and central's receipt for it."""
    db.conn.execute(
        "CREATE TABLE removed (epoch INTEGER PRIMARY KEY REFERENCES epochs (no), seq INTEGER NOT NULL, "
        "hash BLOB NOT NULL, receipt BLOB NOT NULL, at INTEGER NOT NULL) STRICT"
    )


def checkpoints(db: Database) -> None:
    """Signed checkpoints; which epochs are of an earlier enrolment, and handed over no more."""
    db.conn.execute(
        "CREATE TABLE checkpoints (epoch INTEGER NOT NULL REFERENCES epochs (no), seq INTEGER NOT NULL, "
        "statement BLOB NOT NULL, countersigned BLOB NOT NULL, PRIMARY KEY (epoch, seq)) STRICT, WITHOUT ROWID"
    )
    db.conn.execute("ALTER TABLE epochs ADD COLUMN closed INTEGER NOT NULL DEFAULT 0")


_STEPS: Final[tuple[Callable[[Database], None], ...]] = (
    first_tables,
    admissions,
    attendants,
    clock_anchor,
    recoveries,
    retention,
    checkpoints,
)


def migrations_under(seal: LedgerSeal) -> Migrations:
    """All steps; the last one needs the device's secret."""
    migrations = Migrations("ledger")
    for step in _STEPS:
        migrations()(step)

    @migrations()
    def sealed(db: Database) -> None:
        seal_over(db, seal)

    return migrations


def migrate(db: Database, seal: LedgerSeal) -> bool:
    """Take every step that is left; whether some were. The caller holds the transaction."""
    migrations = migrations_under(seal)
    pending = bool(migrations.pending(db))
    migrations.apply(db)
    return pending


def upgrade(db: Database, seal: LedgerSeal, path: Path) -> None:
    """Bring a ledger of an earlier program up to this one; a file that is no ledger yet is left as it is.

    Raises:
        LedgerError: it is sealed under another secret.
    """
    migrations = migrations_under(seal)
    if not migrations.applied(db):
        return
    if migrations.pending(db):
        with immediate(db):
            migrations.apply(db)
        drop_remains(db)
    check_mark(db, seal, path)
