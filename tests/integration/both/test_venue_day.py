"""The simulated day, short in every run and long in `make soak`; and that its checks can fail."""

import random
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

import pytest

from benchmarks.batch_recorder import BatchRecorder, say_again
from benchmarks.venue_checks import broken_admissions, broken_lines, read_lines
from benchmarks.venue_faults import FAULTS
from tests.fakes.central_process import LOOPBACK
from tests.fakes.scanner_door import a_refusal

PROGRAM: Final = Path(__file__).resolve().parents[3] / "benchmarks" / "venue_day.py"
CARD, NONCE, EPOCH = bytes(16), bytes(8), bytes(8)


def _day(*arguments: str, timeout: float, show: bool = False) -> str:
    run = subprocess.run(
        [sys.executable, PROGRAM, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )
    if show:  # counts and seeds, for whoever runs the soak
        sys.stdout.write(f"\n{run.stdout}")
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@pytest.mark.loopback
def test_a_short_day_of_faults_breaks_no_promise() -> None:
    told = _day("--short", "--seed", "1", timeout=900)
    assert "no promise broken" in told
    for act, _ in FAULTS:
        assert f"{act.__name__} 1" in told or f"left out: {act.__name__}" in told


@pytest.mark.soak
@pytest.mark.loopback
def test_fifty_days_of_faults_break_no_promise(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        assert "50 schedules" in _day("--schedules", "50", timeout=6 * 3_600, show=True)


def test_a_nonce_admitted_twice_at_one_ledger_is_seen() -> None:
    twice = {(CARD, NONCE): [("d-1", EPOCH, 1), ("d-1", EPOCH, 2)]}
    (broken, untold) = broken_admissions(twice, set())
    assert "admitted 2 times" in broken
    assert "no incident" in untold


def test_a_double_between_doors_needs_its_incident() -> None:
    places = [("d-1", EPOCH, 1), ("d-2", EPOCH, 1)]
    assert broken_admissions({(CARD, NONCE): places}, set()) != []
    assert broken_admissions({(CARD, NONCE): places}, {places[1]}) == []


def test_a_verdict_that_is_not_in_central_is_seen() -> None:
    entry = a_refusal().entry
    line: dict[str, object] = {
        "seq": entry.seq,
        "decision": entry.decision.value,
        "reason": entry.reason,
    }
    later = line | {"seq": entry.seq + 1}
    assert len(broken_lines("d-1", [later], [entry])) == 1
    assert len(broken_lines("d-1", [line | {"seq": None}], [entry])) == 1


def test_a_line_that_was_cut_was_shown_to_nobody(tmp_path: Path) -> None:
    file = tmp_path / "lines"
    file.write_text('{"seq": 1}\n{"se')
    assert read_lines(file) == [{"seq": 1}]


def test_a_refusal_that_could_not_be_written_is_no_lost_verdict_but_an_admission_is() -> None:
    line: dict[str, object] = {"seq": None, "decision": "refuse", "reason": "ledger_unwritable"}
    assert broken_lines("d-1", [line], []) == []
    assert len(broken_lines("d-1", [line | {"decision": "admit", "reason": "ok"}], [])) == 1


def _request(path: str, body: bytes) -> bytes:
    return f"POST {path} HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def test_batches_are_recorded_whole_in_whatever_pieces_they_pass() -> None:
    batches: list[bytes] = []
    recorder = BatchRecorder(batches)
    batch = _request("/api/v1/devices/me/audit/batches", b"\r\n\r\n 1")
    said = _request("/api/v1/devices/me/heartbeat", b"{}") + batch + batch[:-1]
    for number in range(len(said)):
        recorder.hear(said[number : number + 1])
    assert batches == [batch]


@pytest.mark.loopback
@pytest.mark.allow_hosts(LOOPBACK)
def test_old_batches_are_said_again_each_whole() -> None:
    heard: list[bytes] = []

    def listen(server: socket.socket) -> None:
        for _ in range(3):
            asking, _address = server.accept()
            with asking:
                heard.append(asking.recv(100))
                asking.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        listener = threading.Thread(target=listen, args=(server,))
        listener.start()
        batches = [b"one", b"two", b"three"]
        chance = random.Random(1)  # noqa: S311 -- an order, no secret
        assert say_again(batches, server.getsockname(), chance, 5) == 3
        listener.join(10)
    assert sorted(heard) == sorted(batches)
