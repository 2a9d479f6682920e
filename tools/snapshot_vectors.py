"""The vectors of a snapshot in chunks: its manifest, its chunks, and what no door takes for one of them."""

import hashlib
from typing import Final

from cardcore.cbor import CborValue, serialise
from cardcore.documents import DocumentKind
from cardcore.ids import CardId, UnixSeconds
from cardcore.lifecycle import CardState
from cardcore.membership import CardStanding, MemberStatus
from cardcore.snapshot_chunk import chunk_bytes, chunk_hash, chunk_of
from cardcore.snapshot_document import SnapshotRow, snapshot_body
from cardcore.snapshot_manifest import SnapshotManifest, cut_by, manifest_body
from tools.list_vectors import Bodies
from tools.vector_json import Json, json_of

ISSUED: Final = UnixSeconds(1_790_000_000)
_BITS: Final = 1


def _row(
    name: str, state: CardState, member: MemberStatus, *, generation: int = 1, shown: str | None
) -> SnapshotRow:
    standing = CardStanding(
        state=state, generation=generation, member=member, display_name=shown, as_of=ISSUED
    )
    card_id = hashlib.sha256(f"Gatepost test vectors: card {name}".encode()).digest()[:16]
    return SnapshotRow(card_id=CardId(card_id), standing=standing)


ROWS: Final = (
    _row("1", CardState.ACTIVE, MemberStatus.ACTIVE, shown="Ada L."),
    _row("2", CardState.SUSPENDED, MemberStatus.SUSPENDED, generation=65_535, shown=None),
    _row("3", CardState.REVOKED, MemberStatus.CANCELLED, generation=0, shown="Zoë Ü."),
    _row("4", CardState.ISSUED, MemberStatus.ACTIVE, shown=None),
    _row("5", CardState.EXPIRED, MemberStatus.EXPIRED, shown="n" * 64),
)


def _cut(bits: int) -> tuple[tuple[SnapshotRow, ...], ...]:
    ordered = sorted(ROWS, key=lambda row: row.card_id)
    return tuple(tuple(rows) for _, rows in cut_by(bits, ordered))


def _manifest(bits: int) -> CborValue:
    chunks = (chunk_bytes(chunk_of(rows)) for rows in _cut(bits))
    hashes = tuple(chunk_hash(data) for data in chunks)
    return manifest_body(SnapshotManifest(cards=len(ROWS), bits=bits, hashes=hashes))


_EMPTY: Final = chunk_hash(chunk_bytes(chunk_of(())))
_KIND: Final = DocumentKind.SNAPSHOT_MANIFEST
GOOD: Final[Bodies] = {
    "snapshot manifest": (_KIND, 302, _manifest(_BITS)),
    "snapshot manifest, uncut": (_KIND, 303, _manifest(0)),
    "snapshot manifest without cards": (_KIND, 304, (0, 0, _EMPTY)),
}
REFUSED: Final[dict[str, tuple[DocumentKind, CborValue, str]]] = {
    "manifest: a list of cards": (_KIND, (), "no manifest"),
    "manifest: four items": (_KIND, (0, 0, _EMPTY, 0), "no manifest"),
    "manifest: cards negative": (_KIND, (-1, 0, _EMPTY), "no number of cards"),
    "manifest: cards in text": (_KIND, ("5", 0, _EMPTY), "no number of cards"),
    "manifest: cards of 33 bits": (_KIND, (1 << 32, 0, _EMPTY), "no number of cards"),
    "manifest: 14 bits": (_KIND, (0, 14, _EMPTY), "0 to 13 bits"),
    "manifest: bits negative": (_KIND, (0, -1, _EMPTY), "0 to 13 bits"),
    "manifest: bits in text": (_KIND, (0, "0", _EMPTY), "0 to 13 bits"),
    "manifest: a hash too few": (_KIND, (0, 1, _EMPTY), "2 hashes of 32"),
    "manifest: a hash too many": (_KIND, (0, 0, _EMPTY * 2), "1 hashes of 32"),
    "manifest: hashes in text": (_KIND, (0, 0, "h" * 32), "1 hashes of 32"),
}


def chunks() -> Json:
    """The chunks that the first two manifests name, with what is in each."""
    return [_chunk(bits, no, rows) for bits in (_BITS, 0) for no, rows in enumerate(_cut(bits))]


def _chunk(bits: int, no: int, rows: tuple[SnapshotRow, ...]) -> Json:
    data = chunk_bytes(chunk_of(rows))
    return {
        "bits": bits,
        "no": no,
        "rows": json_of(snapshot_body(rows)),
        "bytes": data.hex(),
        "hash": chunk_hash(data).hex(),
    }


def refused_chunks() -> Json:
    """Bytes that are no chunk, and a piece of why."""
    ids, one = bytes(range(32)), bytes((0, 1))
    columns: dict[str, tuple[CborValue, str]] = {
        "four columns": ((b"", b"", b"", b""), "five columns"),
        "six columns": ((b"", b"", b"", b"", b"", b""), "6 entries"),
        "a map": ({}, "five columns"),
        "standings in text": ((ids[:16], one, "\x10", bytes(2), b""), "five columns of bytes"),
        "names in a list": ((ids[:16], one, b"\x10", bytes(2), ()), "nested too deeply"),
        "half an id": ((ids[:8], one, b"\x10", bytes(2), b""), "an id of 16 bytes"),
        "an id too many": ((ids, one, b"\x10", bytes(2), b""), "an id of 16 bytes"),
        "a generation too few": ((ids[:16], b"", b"\x10", bytes(2), b""), "a generation"),
        "a length too many": ((ids[:16], one, b"\x10", bytes(4), b""), "a generation"),
        "not in order": (
            (ids[16:] + ids[:16], one * 2, b"\x10\x10", bytes(4), b""),
            "cards in order",
        ),
        "one card twice": ((ids[:16] * 2, one * 2, b"\x10\x10", bytes(4), b""), "cards in order"),
        "state 5": ((ids[:16], one, b"\x50", bytes(2), b""), "standings that there are"),
        "member 4": ((ids[:16], one, b"\x14", bytes(2), b""), "standings that there are"),
        "a name too short": ((ids[:16], one, b"\x10", b"\0\2", b"n"), "as long as they are"),
        "a name nobody has": ((ids[:16], one, b"\x10", b"\0\0", b"n"), "as long as they are"),
        "a name of 65": ((ids[:16], one, b"\x10", b"\0\x41", b"n" * 65), "at most 64"),
        "a name in Latin-1": ((ids[:16], one, b"\x10", b"\0\1", b"\xfc"), "names in UTF-8"),
        "a name cut in a letter": (
            (ids, one * 2, b"\x10\x10", b"\0\1\0\1", "ü".encode()),
            "names in UTF-8",
        ),
    }
    data = {name: (serialise(value), says) for name, (value, says) in columns.items()}
    whole = chunk_bytes(chunk_of(_cut(0)[0]))
    data |= {
        "nothing": (b"", "no chunk"),
        "cut": (whole[:-1], "cut short"),
        "a byte after it": (whole + b"\0", "bytes after the value"),
    }
    return [{"id": name, "bytes": each.hex(), "says": says} for name, (each, says) in data.items()]
