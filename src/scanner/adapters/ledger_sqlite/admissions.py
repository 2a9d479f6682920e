"""What became of admissions, as statements on an open connection; the caller holds the transaction."""

from collections.abc import Iterable
from typing import Final, assert_never

from cardcore.audit import AuditEntry, Outcome
from cardcore.ids import CardId, Micros, Seq, UnixSeconds
from scanner.adapters.ledger_sqlite.sealed import LedgerSeal
from scanner.door.moment import MICROS, Moment
from scanner.door.passback import ComesIn, GoesOut, Movement, TakenBack
from scanner.errors import LedgerError
from scanner.floor.ports import Admission
from scanner.sqlite import sqlite3

SHOW_WITHIN: Final = 30  # seconds after which nobody waits before the door any more
FORGET_AFTER: Final = 30 * 86_400  # seconds; longer than anybody is held to be inside

_HERE = "SELECT count(*) FROM admissions WHERE gone IS NULL AND since > ?"
_INSIDE_SINCE = "SELECT max(since) FROM admissions WHERE card = ? AND gone IS NULL"
_COME_IN = (
    "INSERT INTO admissions (epoch, seq, card, since, wall, mono, boot_id, gone, shown_at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_LAST_OF_CARD = (
    "SELECT epoch, seq FROM admissions WHERE card = ? AND gone IS NULL "
    "ORDER BY since DESC, epoch DESC, seq DESC LIMIT 1"
)
_FIRST_WITHOUT_CARD = (
    "SELECT epoch, seq FROM admissions WHERE card IS NULL AND gone IS NULL "
    "ORDER BY since, epoch, seq LIMIT 1"
)
_GO = "UPDATE admissions SET gone = ? WHERE epoch = ? AND seq = ?"
# A second person let in under the same card stays inside, but is not its holder.
_LOSE_CARD = "UPDATE admissions SET card = NULL WHERE card = ? AND gone IS NULL"
_TAKE_BACK = (
    "UPDATE admissions SET undone = ?, gone = coalesce(gone, ?) "
    "WHERE epoch = ? AND seq = ? AND undone IS NULL"
)
_LAST = (
    "SELECT d.seq, d.wall, d.mono, d.boot_id, d.card, d.undone, a.data, a.hash "
    "FROM admissions d LEFT JOIN audit a ON a.epoch = d.epoch AND a.seq = d.seq "
    "WHERE d.epoch = (SELECT epoch FROM state) AND d.gone IS NOT d.seq ORDER BY d.seq DESC LIMIT 1"
)
_OF_EPOCH = "WHERE epoch = (SELECT epoch FROM state) AND seq = ?"
_SHOWN = f"UPDATE admissions SET shown_at = ? {_OF_EPOCH} AND shown_at IS NULL"  # noqa: S608
_OPENED = (
    f"UPDATE admissions SET opened_at = ? {_OF_EPOCH} "  # noqa: S608
    "AND opened_at IS NULL AND undone IS NULL"
)
_UNSHOWN = (
    "SELECT a.data, a.hash FROM admissions d JOIN audit a ON a.epoch = d.epoch AND a.seq = d.seq "
    "WHERE d.shown_at IS NULL AND d.undone IS NULL AND d.since BETWEEN ? AND ? ORDER BY d.epoch, d.seq"
)
# No entry of this log let them out: 0 is nobody's number.
_LEAVE_ELSEWHERE = "UPDATE admissions SET gone = 0 WHERE card = ? AND gone IS NULL AND since <= ?"
_FORGET = "DELETE FROM admissions WHERE since <= ?"


def here(conn: sqlite3.Connection, now: UnixSeconds, within: int) -> int:
    """How many came in during the last ``within`` seconds and have not come out."""
    return int(conn.execute(_HERE, (now - within,)).fetchone()[0])


def inside_since(conn: sqlite3.Connection, seal: LedgerSeal, card_id: CardId) -> UnixSeconds | None:
    """When the card came in; None where it is not inside."""
    since = conn.execute(_INSIDE_SINCE, (seal.card(card_id),)).fetchone()[0]
    return None if since is None else UnixSeconds(since)


def move(
    conn: sqlite3.Connection,
    seal: LedgerSeal,
    movement: Movement,
    entry: AuditEntry,
    epoch_no: int,
    *,
    awaits_screen: bool,
) -> None:
    """Do what ``entry`` does to who is inside."""
    since = entry.wall // MICROS
    shown_at = None if awaits_screen else since
    when = (since, entry.wall, entry.mono, entry.boot_id)
    match movement:
        case ComesIn(card_id=card_id):
            conn.execute(_COME_IN, (epoch_no, entry.seq, seal.card(card_id), *when, None, shown_at))
        case GoesOut(card_id=card_id):
            card = seal.card(card_id)
            _go_out(conn, card, entry.seq)
            if (
                entry.decision is Outcome.ADMIT
            ):  # let out by staff: shown and opened like one let in
                conn.execute(_COME_IN, (epoch_no, entry.seq, card, *when, entry.seq, shown_at))
        case TakenBack(seq=seq):
            done = conn.execute(_TAKE_BACK, (entry.seq, entry.seq, epoch_no, seq))
            if done.rowcount != 1:
                msg = f"admission {seq} is not there to be taken back"
                raise LedgerError(msg)
        case None:
            return
        case _ as never:
            assert_never(never)


def last_admission(conn: sqlite3.Connection, seal: LedgerSeal) -> Admission | None:
    """The newest admission on the way in, in this epoch."""
    row = conn.execute(_LAST).fetchone()
    if row is None:
        return None
    # Its entry names the card, unless nobody holds that card here any more.
    has_card = row[4] is not None and row[6] is not None
    card_id = seal.parsed(row[6], row[7]).card_id if has_card else None
    return Admission(
        seq=Seq(row[0]),
        at=Moment(wall=Micros(row[1]), mono=Micros(row[2]), boot_id=row[3]),
        card_id=None if card_id is None else CardId(card_id),
        is_undone=row[5] is not None,
    )


def mark_shown(conn: sqlite3.Connection, seq: Seq, at: UnixSeconds) -> None:
    """The admission is on the screen; another entry has nothing to mark."""
    conn.execute(_SHOWN, (at, seq))


def mark_opened(conn: sqlite3.Connection, seq: Seq, at: UnixSeconds) -> bool:
    """Whether this was the first to open for an admission that stands."""
    return bool(conn.execute(_OPENED, (at, seq)).rowcount == 1)


def unshown(conn: sqlite3.Connection, seal: LedgerSeal, now: UnixSeconds) -> list[AuditEntry]:
    """The entries of admissions that nobody has seen yet, and that are young enough to be shown."""
    rows = conn.execute(_UNSHOWN, (now - SHOW_WITHIN, now + SHOW_WITHIN))
    return [seal.parsed(data, digest) for data, digest in rows]


def leave_elsewhere(
    conn: sqlite3.Connection, seal: LedgerSeal, cards: Iterable[tuple[CardId, UnixSeconds]]
) -> None:
    """These cards went out by another door, each at its instant."""
    conn.executemany(_LEAVE_ELSEWHERE, [(seal.card(card_id), at) for card_id, at in cards])


def forget(conn: sqlite3.Connection, now: UnixSeconds) -> None:
    """Drop what was so long ago that it counts for nothing."""
    conn.execute(_FORGET, (now - FORGET_AFTER,))


def _go_out(conn: sqlite3.Connection, card: bytes | None, seq: int) -> None:
    if card is None:
        found = conn.execute(_FIRST_WITHOUT_CARD).fetchone()
    else:
        found = conn.execute(_LAST_OF_CARD, (card,)).fetchone()
    if found is not None:
        conn.execute(_GO, (seq, found[0], found[1]))
    if card is not None:
        conn.execute(_LOSE_CARD, (card,))
