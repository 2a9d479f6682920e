"""The circuits of a door that runs, as another process sees and closes them."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from scanner.ports import Fetched
from tests.fakes.card_material import the_keys
from tests.fakes.scanner_central import FakeCentral, signed_keys, signed_snapshot
from tests.fakes.scanner_folder import enrolled_folder, real_now
from tests.fakes.scanner_http import Asked, LoopbackCentral, Told, a_problem, as_http
from tests.fakes.scanner_program import GATEPOST, gatepost

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
PATIENCE: Final = 60.0  # seconds; a busy machine
Circuit = dict[str, object]


def _is_unspoken(path: str) -> bool:
    """What the fake central has no answer to."""
    return "/admissions" in path or "/time" in path


class _Venue:
    """A door that runs, and a central that is away until ``is_back``."""

    def __init__(self, folder: Path) -> None:
        self.is_back = False
        central = FakeCentral()
        now = real_now()
        keys = signed_keys(the_keys(), version=9, issued_at=now)
        central.key_document = Fetched(data=keys, etag='"k"')
        snapshot = signed_snapshot([], version=9, issued_at=now)
        central.snapshot_document = Fetched(data=snapshot, etag='"s"')
        good = as_http(central)
        away, unspoken = a_problem(503, **{"Retry-After": "3600"}), a_problem(404)

        def answer(asked: Asked) -> Told:
            if not self.is_back:
                return away
            return unspoken if _is_unspoken(asked.path) else good(asked)

        self.server = LoopbackCentral(answer)
        self.door = enrolled_folder(folder, url=self.server.url)

    def circuits(self) -> dict[object, Circuit]:
        run = gatepost("status", "--json", "--data", self.door)
        if run.returncode:  # the door is making its ledger just now
            return {}
        return {one["name"]: one for one in json.loads(run.stdout)["circuits"]}

    def wait_for(self, seen: Callable[[dict[object, Circuit]], bool]) -> dict[object, Circuit]:
        until = time.monotonic() + PATIENCE
        while not seen(circuits := self.circuits()):
            assert time.monotonic() < until, circuits
            time.sleep(0.1)
        return circuits


@pytest.fixture
def venue(tmp_path: Path) -> Iterator[_Venue]:
    made = _Venue(tmp_path / "door")
    frames = tmp_path / "frames"
    frames.mkdir()
    config = tmp_path / "gatepost.toml"
    config.write_text("circuit_failures = 1\ncircuit_open_s = 3600\n")
    run = [str(GATEPOST), "run", "--source", f"watch:{frames}@5", "--json"]
    with made.server:
        process = subprocess.Popen(
            [*run, f"--config={config}", f"--data={made.door}"], stderr=subprocess.DEVNULL
        )
        try:
            yield made
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE)


def test_a_running_doors_circuits_are_told_and_closed_by_hand(venue: _Venue) -> None:
    circuits = venue.wait_for(lambda all_: all_.get("sync", {}).get("state") == "open")
    sync = circuits["sync"]
    assert sync["failures"] == 1
    assert isinstance(sync["next_try_s"], int)
    assert 3_000 < sync["next_try_s"] <= 3_600
    assert isinstance(sync["opened_since"], int)
    assert abs(time.time() - sync["opened_since"]) < PATIENCE
    assert circuits["status"] == {
        "name": "status",
        "state": "closed",
        "failures": 0,
        "opened_since": None,
        "next_try_s": None,
    }
    people = gatepost("status", "--data", venue.door).stdout.decode()
    assert "circuit sync           open, failures in a row: 1, since 20" in people
    assert "circuit status         closed, failures in a row: 0\n" in people

    venue.is_back = (
        True  # it wanted to be asked again in an hour: the door waits its longest, a minute
    )
    began = time.monotonic()
    reset = gatepost("link", "reset", "--json", "--data", venue.door)
    assert json.loads(reset.stdout) == {"circuits": 3}
    venue.wait_for(lambda all_: all_["sync"]["state"] == "closed")
    assert time.monotonic() - began < 45  # seconds: the reset has ended the waiting


def test_where_no_door_runs_there_is_nothing_to_close(tmp_path: Path) -> None:
    door = enrolled_folder(tmp_path / "door")
    assert b"No door runs here" in gatepost("link", "reset", "--data", door).stdout
    assert json.loads(gatepost("status", "--json", "--data", door).stdout)["circuits"] == []
    assert gatepost("link", "reset", "--data", tmp_path / "none").returncode == 2
