"""What must be true when a venue's day is over."""

import json
import sqlite3
from collections import Counter, defaultdict
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from cardcore.audit import AuditEntry, entry_hash, parse_entry, verify_chain
from cardcore.errors import BrokenAuditChainError
from cardcore.ids import Epoch
from scanner.adapters.ledger_sqlite.sealed import LedgerSeal
from scanner.bootstrap.vault import open_vault
from scanner.config import Settings

UNWRITABLE = ("refuse", "ledger_unwritable")
Log = dict[bytes, list[bytes]]  # by epoch, in order
_ENTRIES = "SELECT epoch, seq, hash, raw FROM audit_entries WHERE device_id = ? ORDER BY epoch, seq"
_LOCAL = "SELECT e.epoch, a.data, a.hash FROM audit a JOIN epochs e ON e.no = a.epoch ORDER BY a.epoch, a.seq"
_DOUBLES = "SELECT device_id, epoch, seq FROM incidents WHERE kind = 'double_admission'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one door printed, line by line, whatever became of its process."""

    device: str
    data: Path
    lines: list[dict[str, object]]


def read_lines(file: Path) -> list[dict[str, object]]:
    """The whole lines; one that kill -9 cut was shown to nobody."""
    text = file.read_text("utf-8")
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


def last_line(file: Path) -> dict[str, object]:
    """The newest whole line."""
    return read_lines(file)[-1]


def broken_promises(central: Path, doors: list[Told]) -> list[str]:
    """Each promise that was broken, in a sentence; none on a good day."""
    broken: list[str] = []
    admitted: dict[tuple[bytes, bytes], list[tuple[str, bytes, int]]] = defaultdict(list)
    with closing(sqlite3.connect(f"file:{central}?mode=ro", uri=True)) as database:
        for door in doors:
            held = _held(database, door.device, broken)
            if held != _local(door.data):
                broken.append(f"{door.device}: central does not hold just what the door wrote")
            entries = [(epoch, parse_entry(raw)) for epoch, log in held.items() for raw in log]
            broken += broken_lines(door.device, door.lines, [entry for _, entry in entries])
            for epoch, entry in entries:
                if entry.decision.value == "admit" and entry.card_id and entry.nonce:
                    place = (door.device, epoch, int(entry.seq))
                    admitted[entry.card_id, entry.nonce].append(place)
        doubles = {(row[0], bytes(row[1]), row[2]) for row in database.execute(_DOUBLES)}
    return broken + broken_admissions(admitted, doubles)


def doubles_of(central: Path) -> int:
    with closing(sqlite3.connect(f"file:{central}?mode=ro", uri=True)) as database:
        return len(database.execute(_DOUBLES).fetchall())


def _held(database: sqlite3.Connection, device: str, broken: list[str]) -> Log:
    held: Log = defaultdict(list)
    for epoch, seq, digest, raw in database.execute(_ENTRIES, (device,)):
        held[bytes(epoch)].append(bytes(raw))
        if seq != len(held[bytes(epoch)]) or bytes(digest) != entry_hash(bytes(raw)):
            broken.append(f"{device}: central holds entry {seq} out of its place")
    for epoch, log in held.items():
        try:
            verify_chain(log, Epoch(epoch))
        except BrokenAuditChainError as error:
            broken.append(f"{device}: {error}")
    return dict(held)


def _local(folder: Path) -> Log:
    local: Log = defaultdict(list)
    seal = LedgerSeal(open_vault(Settings(data=str(folder))))
    ledger = f"file:{folder / 'ledger.sqlite3'}?mode=ro"
    with closing(sqlite3.connect(ledger, uri=True)) as database:
        for epoch, data, digest in database.execute(_LOCAL):
            local[bytes(epoch)].append(seal.opened(data, digest))
    return dict(local)


def broken_lines(
    device: str, lines: list[dict[str, object]], entries: list[AuditEntry]
) -> list[str]:
    """Lines that are not in central exactly once, or not in order."""
    places = Counter((entry.seq, entry.decision.value, entry.reason) for entry in entries)
    broken: list[str] = []
    before = 0
    for line in lines:
        seq = line["seq"]
        if seq is None and (line["decision"], line["reason"]) == UNWRITABLE:
            continue  # nobody was let in, and the screen says why
        if not isinstance(seq, int):
            broken.append(f"{device}: a verdict without an entry: {line}")
            continue
        found = places[seq, str(line["decision"]), str(line["reason"])]
        if found != 1:
            broken.append(f"{device}: verdict {seq} is in central {found} times")
        if seq <= before:
            broken.append(f"{device}: verdict {seq} was printed after {before}")
        before = seq
    return broken


def broken_admissions(
    admitted: dict[tuple[bytes, bytes], list[tuple[str, bytes, int]]],
    doubles: set[tuple[str, bytes, int]],
) -> list[str]:
    """Nonces admitted twice at one ledger, or at two doors without an incident."""
    broken: list[str] = []
    for (_card, nonce), places in admitted.items():
        by_ledger = Counter(device for device, _epoch, _seq in places)
        broken += [
            f"{device}: nonce {nonce.hex()} admitted {times} times"
            for device, times in by_ledger.items()
            if times > 1
        ]
        if len(places) - len(doubles.intersection(places)) > 1:
            broken.append(f"nonce {nonce.hex()} admitted at two doors, and no incident tells it")
    return broken
