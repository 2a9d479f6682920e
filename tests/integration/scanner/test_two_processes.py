import json
import subprocess
from pathlib import Path
from typing import IO, cast

from tests.fakes.rehearsal_door import lines_of, rehearsal_folder, rotating_pictures, scanning

ROUNDS = 200


def show(process: "subprocess.Popen[str]", path: Path) -> None:
    stdin = cast("IO[str]", process.stdin)
    stdin.write(f"{path}\n")
    stdin.flush()


def answer(process: "subprocess.Popen[str]") -> tuple[str, str]:
    line = json.loads(cast("IO[str]", process.stdout).readline())
    return line["decision"], line["reason"]


def test_no_card_enters_twice_through_two_processes_on_one_ledger(tmp_path: Path) -> None:
    folder = rehearsal_folder(tmp_path / "door")
    pictures = rotating_pictures(tmp_path / "pictures", ROUNDS)
    with scanning(folder) as first, scanning(folder) as second:
        for path in pictures:
            show(first, path)
            show(second, path)
            outcomes = sorted((answer(first), answer(second)))
            assert outcomes == [("admit", "ok_fallback"), ("refuse", "replayed")]

    (chain,) = lines_of("audit", "verify", "--json", "--data", str(folder))
    assert (chain["sound"], chain["entries"]) == (True, 2 * ROUNDS)
