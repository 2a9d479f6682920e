"""Standings kept for when central is away: the snapshot in force, and live answers as they came; all of it sealed.

A snapshot comes in chunks, each in a transaction of its own, and is put in force by one that is short: whoever answers
people waits for no more than a chunk, some milliseconds.

Losing this file loses speed, never a verdict: it is written with synchronous=NORMAL, and begun anew under another secret.
"""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cardcore.ids import CardId, UnixSeconds
from cardcore.membership import CardStanding
from cardcore.snapshot_chunk import SnapshotChunk
from cardcore.snapshot_document import SnapshotRow
from cardcore.snapshot_manifest import SnapshotManifest
from scanner.adapters.snapshot_sqlite.cells import Cells
from scanner.adapters.snapshot_sqlite.chunks import Chunks
from scanner.adapters.snapshot_sqlite.filling import Filling, is_marked, mark
from scanner.adapters.snapshot_sqlite.schema import migrations_under
from scanner.adapters.snapshot_sqlite.search import Wanted, fold, rank
from scanner.errors import LedgerError
from scanner.sealing import Vault
from scanner.sqlite import connect_expendable, immediate, reading, sqlite3
from scanner.sync.snapshot import Coming

_log = logging.getLogger(__name__)
_CELL: Final = (
    "SELECT t.cell, s.salt FROM answered t, salts s WHERE t.card = ? AND s.of = 'answered'"
)
_ANSWERS: Final = "SELECT t.card, t.cell, s.salt FROM answered t, salts s WHERE s.of = 'answered'"
_FOUND_AT_MOST: Final = 1_000  # candidates that are put in order


class SqliteStandings:
    """The StatusMemory of a door in one SQLite file, for any thread. ``with_names``: members are found by name, too."""

    def __init__(self, path: Path, vault: Vault, *, with_names: bool = True) -> None:
        self._vault = vault
        migrations = migrations_under(vault)
        self._db = connect_expendable(path, migrations)
        self._filling = Filling(self._db.conn, vault)
        self._chunks = Chunks(self._db.conn, vault)
        self._with_names = with_names
        self._cells: dict[bytes, Cells] = {}
        self._lock = threading.Lock()
        with _as_ledger_error():
            is_ours = is_marked(self._db.conn, vault)
        if not is_ours:
            _log.warning("%s is sealed under another secret, and begun anew", path)
            self.forget()

    def close(self) -> None:
        """Let the file go."""
        with self._lock:
            self._db.close()

    def cached(self, card_id: CardId) -> CardStanding | None:
        """The last live answer about this card."""
        return self._answered(card_id)

    def in_snapshot(self, card_id: CardId) -> CardStanding | None:
        """This card in the snapshot in force."""
        with self._lock, _as_ledger_error():
            return self._chunks.find(card_id)

    def remember(self, card_id: CardId, standing: CardStanding) -> None:
        """Keep a live answer, unless a newer one is kept."""
        with self._lock, _as_ledger_error(), immediate(self._db):
            self._filling.put_answered(card_id, standing)

    @property
    def snapshot_issued_at(self) -> UnixSeconds | None:
        """When central made the snapshot in force; None where there is none."""
        row = self._one("SELECT issued_at FROM snapshot")
        return None if row is None else UnixSeconds(row[0])

    @property
    def snapshot_version(self) -> int:
        """The version in force, 0 for none."""
        row = self._one("SELECT version FROM snapshot")
        return 0 if row is None else int(row[0])

    @property
    def snapshot_cards(self) -> int:
        """How many cards the snapshot in force has."""
        row = self._one("SELECT cards FROM snapshot")
        return 0 if row is None else int(row[0])

    def replace_snapshot(
        self, version: int, issued_at: UnixSeconds, rows: Iterator[SnapshotRow]
    ) -> int:
        """Put another snapshot in force that came in one piece, whole or not at all; how many cards it has."""
        found = tuple(rows)  # before anything is locked: a row may be refused
        with self._lock, _as_ledger_error(), immediate(self._db):
            self._place(version, issued_at, self._chunks.put_rows(found))
        while self.sweep():
            pass
        return len(found)

    @property
    def snapshot_coming(self) -> Coming | None:
        """The snapshot that is being fetched; None where none is."""
        row = self._one("SELECT version, chunks, have FROM coming")
        return None if row is None else Coming(version=row[0], chunks=row[1], have=row[2])

    def expect(self, version: int, manifest: SnapshotManifest) -> Sequence[int]:
        """Begin to take in this snapshot, or go on with it; the numbers of the chunks that are not here yet."""
        with self._lock, _as_ledger_error(), immediate(self._db):
            missing = self._chunks.missing(manifest)
            chunks = len(manifest.hashes)
            self._chunks.expect(version, chunks, chunks - len(missing))
        return missing

    def put_chunk(self, digest: bytes, data: bytes, chunk: SnapshotChunk) -> None:
        """Keep a chunk that was checked, and whose SHA-256 is ``digest``; it counts when its snapshot is in force."""
        with self._lock, _as_ledger_error(), immediate(self._db):
            self._chunks.put(digest, data, chunk)

    def put_in_force(
        self, version: int, issued_at: UnixSeconds, manifest: SnapshotManifest
    ) -> None:
        """Put a snapshot in force whose chunks are all here; the one before stays where anything is wrong.

        Raises:
            UntrustedError: it has not as many cards as it says.
        """
        with self._lock, _as_ledger_error(), immediate(self._db):
            self._place(version, issued_at, manifest)

    def sweep(self) -> bool:
        """Drop a few chunks that are in force no more; whether there may be more of them."""
        with self._lock, _as_ledger_error(), immediate(self._db):
            return self._chunks.sweep()

    def _place(self, version: int, issued_at: UnixSeconds, manifest: SnapshotManifest) -> None:
        self._chunks.place(version, issued_at, manifest)
        # The list knows better from now on, and an erased member must not live on here.
        self._db.conn.execute("DELETE FROM answered WHERE as_of < ?", (issued_at,))

    def forget(self) -> None:
        """Drop everything: another central knows other cards, and counts its versions from the start."""
        with self._lock, _as_ledger_error(), immediate(self._db):
            self._chunks.forget()
            self._db.conn.execute("DELETE FROM answered")
            mark(self._db.conn, self._vault)

    def search(self, text: str, limit: int) -> tuple[tuple[CardId, CardStanding], ...]:
        """At most ``limit`` cards by their holder's name or the beginning of their id, best first."""
        wanted = Wanted(text)
        if wanted.is_nothing:
            return ()
        names = self._names_of(wanted)
        best = sorted(names, key=lambda card_id: (*rank(names[card_id], wanted.text), card_id))
        found = ((card_id, self.standing_of(card_id)) for card_id in best[:limit])
        return tuple((card_id, standing) for card_id, standing in found if standing is not None)

    def standing_of(self, card_id: CardId) -> CardStanding | None:
        """The newest that is kept about this card."""
        listed, cached = self.in_snapshot(card_id), self.cached(card_id)
        if listed is None or cached is None:
            return listed or cached
        return cached if cached.as_of >= listed.as_of else listed

    def _names_of(self, wanted: Wanted) -> dict[CardId, str]:
        names: dict[CardId, str] = {}
        with self._lock, _as_ledger_error(), reading(self._db):
            for card, cell, salt in self._db.conn.execute(_ANSWERS):
                card_id, standing = self._under(salt).opened(card, cell)
                folded = fold(standing.display_name or "") if self._with_names else ""
                if wanted.fits(card_id, folded):
                    names[card_id] = folded
            for chunk in self._chunks.all():
                names.update(wanted.found_in(chunk, with_names=self._with_names))
                if len(names) >= _FOUND_AT_MOST:
                    break
        return names

    def _answered(self, card_id: CardId) -> CardStanding | None:
        card = self._filling.card(card_id)
        row = self._one(_CELL, (card,))
        return None if row is None else self._under(row[1]).opened(card, row[0])[1]

    def _under(self, salt: bytes) -> Cells:
        """The cells of this salt; there are two at a time."""
        cells = self._cells.get(salt)
        if cells is None:
            cells = Cells(self._vault, salt)
            self._cells = {**dict(list(self._cells.items())[-1:]), salt: cells}
        return cells

    def _one(self, sql: str, parameters: tuple[object, ...] = ()) -> sqlite3.Row | None:
        with self._lock, _as_ledger_error():
            row: sqlite3.Row | None = self._db.conn.execute(sql, parameters).fetchone()
            return row


@contextmanager
def _as_ledger_error() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        msg = f"cannot use the kept standings: {error}"
        raise LedgerError(msg) from error
