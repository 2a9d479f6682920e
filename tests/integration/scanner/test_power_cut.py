"""A door whose power is cut: every verdict that was printed is in its log, once, whatever the disk kept of the rest.

The door is the unmodified program; strace writes down what it asked of the disk, and 200 cuts are made in that
(tests/fakes/power_cut.py). A door that does not wait for its disk is caught by the same cuts.
"""

import json
import os
import random
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from cardcore.ids import Epoch
from scanner.adapters.ledger_sqlite import SqliteLedger, SqliteLog
from scanner.adapters.ledger_sqlite.sealed import LedgerSeal
from scanner.sealing import Vault
from tests.fakes.card_material import NOW
from tests.fakes.power_cut import Cuts, Disk, Kept, Printed, events_in, may_trace, put, traced
from tests.fakes.protocol_central import scratch
from tests.fakes.rehearsal_door import rehearsal_folder, rotating_pictures
from tests.fakes.scanner_folder import vault_of
from tests.fakes.scanner_program import GATEPOST

CARDS, SHOWN_EACH = 40, 3
SHORT, LONG = 20, 200  # points
FILES: Final = (
    "ledger.sqlite3",
    "ledger.sqlite3-wal",
    "ledger.sqlite3-journal",
    "ledger.sqlite3.reached",
)


@dataclass(frozen=True, slots=True)
class Run:
    """What a door did to its disk, from the first write on."""

    cuts: Cuts
    vault: Vault

    def points(self, count: int) -> list[int]:
        """So many, evenly over the run, each right behind something that was printed or between two."""
        events = self.cuts.events
        return sorted({round(number * len(events) / count) for number in range(1, count + 1)})


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    if not may_trace():
        pytest.skip("cutting the power needs strace, and the right to use it")
    with scratch() as name:
        folder = rehearsal_folder(Path(name) / "door")
        pictures = rotating_pictures(Path(name) / "pictures", CARDS)
        shown = "".join(f"{path}\n" for path in pictures * SHOWN_EACH)
        command = [str(GATEPOST), "scan", "-", "--json", "--rehearsal", "--at", str(NOW)]
        done = subprocess.run(
            traced(Path(name) / "trace", *command, "--data", str(folder)),
            input=shown.encode(),
            capture_output=True,
            check=False,
            timeout=300,
        )
        assert done.stdout.count(b"\n") == CARDS * SHOWN_EACH, done.stderr
        cuts = Cuts(list(events_in(Path(name) / "trace", folder)))
        yield Run(cuts, vault_of(folder))


def lines_of(printed: bytes) -> list[dict[str, object]]:
    return [json.loads(line) for line in printed.splitlines(keepends=True) if line.endswith(b"\n")]


def check(disk: Disk, kept: Kept, chance: random.Random, vault: Vault) -> int:
    """Start the door on what the disk has kept; how many verdicts had been printed."""
    lines = lines_of(bytes(disk.printed))
    with scratch() as name:
        path = Path(name) / "ledger.sqlite3"
        files = disk.after_a_cut(kept, chance)
        put({file: files[file] for file in FILES if file in files}, Path(name))
        opened = SqliteLedger.open(path, vault, new_epoch=Epoch(bytes(8)), now=NOW, rehearsal=True)
        with closing(opened) as ledger, closing(SqliteLog(path, vault)) as log:
            conn = ledger.database.conn
            assert conn.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            assert not lines or log.last_recovery() is None
            for epoch in log.epochs():
                log.verify(epoch)
            entries = {entry.seq: entry for entry in log.all()}
            burned = {
                (bytes(row[0]), bytes(row[1]))
                for row in conn.execute("SELECT card, nonce FROM burned")
            }
    admitted = [(e.card_id, e.nonce) for e in entries.values() if e.decision.value == "admit"]
    assert len(admitted) == len(set(admitted)), "admitted twice"
    seal = LedgerSeal(vault)
    assert {(seal.card(card_id), nonce) for card_id, nonce in admitted} == burned
    for line in lines:
        seq = line["seq"]
        assert isinstance(seq, int)
        assert seq in entries, f"verdict {seq} was printed, and is lost"
        entry = entries[seq]
        assert (entry.decision.value, entry.reason) == (line["decision"], line["reason"])
    return len(lines)


def cut_at(run: Run, count: int) -> tuple[int, int]:
    """How many cuts were made, and how many verdicts were looked for."""
    chance, cuts, verdicts = random.Random(7), 0, 0  # noqa: S311 -- a schedule, no secret
    for _point, disk in run.cuts.at(run.points(count)):
        for kept in Kept:
            verdicts += check(disk, kept, chance, run.vault)
            cuts += 1
    return cuts, verdicts


def test_a_power_cut_loses_no_verdict(run: Run) -> None:
    cuts, verdicts = cut_at(run, SHORT)
    assert cuts == SHORT * len(Kept)
    assert verdicts > 10 * SHORT


@pytest.mark.soak
def test_two_hundred_power_cuts_lose_no_verdict(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    cuts, verdicts = cut_at(run, LONG)
    assert cuts == LONG * len(Kept)
    with capsys.disabled():
        os.write(
            1, f"\n{LONG} points, {cuts} disks, {verdicts} verdicts looked for, 0 lost\n".encode()
        )


def test_a_door_that_does_not_wait_for_its_disk_is_caught(run: Run) -> None:
    """The same trace with the syncs of each card left out: the cuts do find what is lost."""
    first = next(n for n, event in enumerate(run.cuts.events) if isinstance(event, Printed))
    hasty = [
        event
        for number, event in enumerate(run.cuts.events)
        if number < first
        or isinstance(event, Printed)
        or not type(event).__name__.startswith("Sync")
    ]
    (_point, disk), *_ = Cuts(hasty).at([len(hasty) // 2])
    with pytest.raises(AssertionError, match="is lost"):
        check(disk, Kept.NOTHING, random.Random(1), run.vault)  # noqa: S311 -- a schedule, no secret
