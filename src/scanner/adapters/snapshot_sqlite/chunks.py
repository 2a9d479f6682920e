"""The snapshot in force and the one that is coming, in sealed chunks; statements on an open connection.

A chunk is found by the handle of its SHA-256: there once, whichever snapshots it is in. ``placed`` says which one has which
number in the snapshot in force. A chunk that came is kept at once and counts only when it is placed, all of a snapshot
together; what is placed no more is swept afterwards. Nobody who reads ever sees half a snapshot.

All chunks have one salt. A card that changes costs two seals, and a key is good for 2^32 of them.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from cardcore.card import printable
from cardcore.errors import UntrustedError
from cardcore.ids import CardId, UnixSeconds
from cardcore.membership import CardStanding
from cardcore.snapshot_chunk import SnapshotChunk, chunk_bytes, chunk_hash, chunk_in, chunk_of
from cardcore.snapshot_document import SnapshotRow
from cardcore.snapshot_manifest import SnapshotManifest, bits_for, cut_by
from scanner.adapters.snapshot_sqlite.cells import PURPOSE
from scanner.errors import LedgerError, SealError
from scanner.sealing import SALT_BYTES, Seal, Vault
from scanner.sqlite import sqlite3

SWEPT_AT_ONCE: Final = (
    8  # chunks a transaction, some 700 kB: whoever wants to write waits for milliseconds
)
TABLES: Final = (
    (
        "CREATE TABLE chunks (handle BLOB PRIMARY KEY, cards INTEGER NOT NULL, "
        "sealed BLOB NOT NULL) STRICT"
    ),
    "CREATE TABLE placed (no INTEGER PRIMARY KEY, handle BLOB NOT NULL) STRICT",
    (
        "CREATE TABLE coming (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL, "
        "chunks INTEGER NOT NULL, have INTEGER NOT NULL) STRICT"
    ),
    "ALTER TABLE snapshot ADD COLUMN bits INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE snapshot ADD COLUMN cards INTEGER NOT NULL DEFAULT 0",
)
_HEAD: Final = (
    "INSERT INTO snapshot (id, version, issued_at, bits, cards) VALUES (1, ?, ?, ?, ?) "
    "ON CONFLICT (id) DO UPDATE SET version = excluded.version, issued_at = excluded.issued_at, "
    "bits = excluded.bits, cards = excluded.cards"
)
_FIND: Final = (
    "SELECT c.handle, c.sealed, s.issued_at, t.salt FROM snapshot s, salts t "
    "JOIN placed p ON p.no = (? >> (16 - s.bits)) JOIN chunks c ON c.handle = p.handle "
    "WHERE t.of = 'chunks'"
)
_ALL: Final = (
    "SELECT c.handle, c.sealed, t.salt FROM placed p, salts t JOIN chunks c ON c.handle = p.handle "
    "WHERE t.of = 'chunks' ORDER BY p.no"
)
_SALT: Final = "SELECT salt FROM salts WHERE of = 'chunks'"
_COMING: Final = "INSERT OR REPLACE INTO coming (id, version, chunks, have) VALUES (1, ?, ?, ?)"
_PUT: Final = "INSERT OR IGNORE INTO chunks (handle, cards, sealed) VALUES (?, ?, ?)"
_SWEEP: Final = (
    "DELETE FROM chunks WHERE handle IN "
    "(SELECT handle FROM chunks WHERE handle NOT IN (SELECT handle FROM placed) LIMIT ?)"
)


class Chunks:
    """Chunks under one vault; the caller holds the transaction of what writes, and the connection's lock."""

    def __init__(self, conn: sqlite3.Connection, vault: Vault) -> None:
        self._conn = conn
        self._vault = vault
        self._handles = vault.seal_for(PURPOSE)
        self._seals: dict[bytes, Seal] = {}

    def missing(self, manifest: SnapshotManifest) -> tuple[int, ...]:
        """The numbers of the chunks that are not here, whether placed or not."""
        here = {row[0] for row in self._conn.execute("SELECT handle FROM chunks")}
        return tuple(
            no for no, digest in enumerate(manifest.hashes) if self._handle(digest) not in here
        )

    def put(self, digest: bytes, data: bytes, chunk: SnapshotChunk) -> None:
        """Keep a chunk that was checked; nothing counts by that yet."""
        handle = self._handle(digest)
        seal = self._seal(self._conn.execute(_SALT).fetchone()[0])
        self._conn.execute(_PUT, (handle, len(chunk), seal.seal(data, b"chunk" + handle)))
        self._conn.execute("UPDATE coming SET have = have + 1")

    def put_rows(self, rows: Iterable[SnapshotRow]) -> SnapshotManifest:
        """Keep a snapshot that came in one piece, in chunks of our own; what they are."""
        ordered = sorted(rows, key=lambda row: row.card_id)
        bits, hashes = bits_for(len(ordered)), []
        for _, some in cut_by(bits, ordered):
            chunk = chunk_of(some)
            data = chunk_bytes(chunk)
            hashes.append(chunk_hash(data))
            self.put(hashes[-1], data, chunk)
        return SnapshotManifest(cards=len(ordered), bits=bits, hashes=tuple(hashes))

    def expect(self, version: int, chunks: int, have: int) -> None:
        """So many chunks of this version are to come, and so many of them are here."""
        self._conn.execute(_COMING, (version, chunks, have))

    def place(self, version: int, issued_at: UnixSeconds, manifest: SnapshotManifest) -> None:
        """Put this snapshot in the place of the one before.

        Raises:
            UntrustedError: it has not the cards that it says.
            LedgerError: a chunk is not here.
        """
        run = self._conn.execute
        run("DELETE FROM placed")
        run("DELETE FROM coming")
        self._conn.executemany(
            "INSERT INTO placed (no, handle) VALUES (?, ?)",
            enumerate(map(self._handle, manifest.hashes)),
        )
        found = run("SELECT count(*), total(c.cards) FROM placed p JOIN chunks c USING (handle)")
        here, cards = found.fetchone()
        if here != len(manifest.hashes):
            msg = (
                "chunks of the snapshot were swept away by another program; they are fetched again"
            )
            raise LedgerError(msg)
        if cards != manifest.cards:
            msg = f"the chunks of the snapshot have {int(cards)} cards, its manifest says {manifest.cards}"
            raise UntrustedError(msg)
        run(_HEAD, (version, issued_at, manifest.bits, manifest.cards))

    def sweep(self) -> bool:
        """Drop a few of the chunks that are not in force; whether there may be more."""
        return self._conn.execute(_SWEEP, (SWEPT_AT_ONCE,)).rowcount == SWEPT_AT_ONCE

    def forget(self) -> None:
        """There is no snapshot, in force or coming."""
        for table in ("chunks", "placed", "coming", "snapshot"):
            self._conn.execute(f"DELETE FROM {table}")  # noqa: S608 -- names of our own
        self.new_salt()

    def new_salt(self) -> None:
        """What is sealed from now on has another key. Nothing may be left that has the one before."""
        self._conn.execute(
            "INSERT OR REPLACE INTO salts (of, salt) VALUES ('chunks', ?)",
            (os.urandom(SALT_BYTES),),
        )

    def find(self, card_id: CardId) -> CardStanding | None:
        """This card in the snapshot in force.

        Raises:
            LedgerError: its chunk does not open.
        """
        row = self._conn.execute(_FIND, (int.from_bytes(card_id[:2], "big"),)).fetchone()
        if row is None:
            return None
        handle, sealed, issued_at, salt = row
        found = self._opened(salt, handle, sealed).find(card_id, issued_at)
        if found is None or found.display_name is None:
            return found
        return replace(found, display_name=printable(found.display_name))

    def all(self) -> Iterator[SnapshotChunk]:
        """All chunks of the snapshot in force.

        Raises:
            LedgerError: one does not open.
        """
        for handle, sealed, salt in self._conn.execute(_ALL):
            yield self._opened(salt, handle, sealed)

    def _handle(self, digest: bytes) -> bytes:
        return self._handles.handle(b"chunk" + digest)

    def _seal(self, salt: bytes) -> Seal:
        seal = self._seals.get(salt)
        if seal is None:
            seal = self._vault.seal_for(PURPOSE, salt)
            self._seals = {salt: seal}
        return seal

    def _opened(self, salt: bytes, handle: bytes, sealed: bytes) -> SnapshotChunk:
        try:
            return chunk_in(self._seal(salt).open(sealed, b"chunk" + handle))
        except (SealError, UntrustedError) as error:
            msg = f"cannot use the kept snapshot: {error}"
            raise LedgerError(msg) from error
