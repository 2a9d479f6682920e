"""Word of circuits from one process to another."""

import json
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from cardcore.ids import Micros
from scanner.adapters.link_file import LinkFile, ask_reset, read_circuits
from scanner.circuit import CircuitFacts
from tests.fakes.scanner_clock import BOOT, moment_at

NOW: Final = moment_at(0)
FACTS: Final = CircuitFacts(
    state="open", failures=5, opened_since=Micros(7), next_try=Micros(60_000_007)
)


def test_what_a_door_that_runs_tells_is_read_until_it_ends(tmp_path: Path) -> None:
    with closing(LinkFile(tmp_path, "sync", BOOT)) as notes:
        notes.tell(CircuitFacts(state="closed"))
        notes.tell(FACTS)
        assert read_circuits(tmp_path, NOW) == {"sync": FACTS}
    assert read_circuits(tmp_path, NOW) == {}


def test_a_door_of_another_boot_does_not_run(tmp_path: Path) -> None:
    LinkFile(tmp_path, "sync", BOOT).tell(FACTS)
    assert read_circuits(tmp_path, replace(NOW, boot_id=bytes(16))) == {}


def test_a_door_that_was_killed_does_not_run(tmp_path: Path) -> None:
    LinkFile(tmp_path, "sync", BOOT).tell(FACTS)
    file = tmp_path / "link.sync.json"
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for pid in (gone.pid, 0, -1, 1 << 70):
        file.write_text(json.dumps(json.loads(file.read_text()) | {"pid": pid}))
        assert read_circuits(tmp_path, NOW) == {}


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b'{"pid": "x"}'])
def test_a_file_that_is_something_else_tells_of_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "link.status.json").write_bytes(content)
    assert read_circuits(tmp_path, NOW) == {}


def test_each_circuit_takes_a_reset_once(tmp_path: Path) -> None:
    assert ask_reset(tmp_path)  # of before: a circuit begins closed
    first, second = (LinkFile(tmp_path, name, BOOT) for name in ("status", "sync"))
    assert not first.reset_is_wanted()
    assert ask_reset(tmp_path)
    assert first.reset_is_wanted()
    first.reset_done()
    assert not first.reset_is_wanted()
    assert second.reset_is_wanted()


def test_a_folder_that_cannot_be_written_stops_no_circuit(tmp_path: Path) -> None:
    nowhere = tmp_path / "file"
    nowhere.write_bytes(b"")
    with closing(LinkFile(nowhere, "sync", BOOT)) as notes:
        notes.tell(FACTS)
        assert not notes.reset_is_wanted()
    assert not ask_reset(nowhere)
