import json
import os
import signal
import subprocess
from pathlib import Path
from typing import IO, cast

import pytest

from tests.fakes.rehearsal_door import lines_of, rehearsal_folder, rotating_pictures, scanning

CARDS, SHOWN_EACH = 125, 4  # 500 scans: each card once fresh, then as a replay
POINTS = (61, 173, 334)
MANY_POINTS = tuple(range(7, 487, 8))  # 60


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return rotating_pictures(tmp_path_factory.mktemp("pictures"), CARDS)


def printed_before_death(process: "subprocess.Popen[str]", after: int) -> list[dict[str, object]]:
    """Kill it after so many lines; every line that it still got out."""
    stdout = cast("IO[str]", process.stdout)
    lines = [stdout.readline() for _ in range(after)]
    os.kill(process.pid, signal.SIGKILL)
    rest = stdout.read().splitlines(keepends=True)
    # the last line may be cut: it was not shown to anybody
    return [json.loads(line) for line in lines + rest if line.endswith("\n")]


def kill_in_the_middle(tmp_path: Path, pictures: list[Path], after: int) -> None:
    folder = rehearsal_folder(tmp_path / "door")
    with scanning(folder) as process:
        stdin = cast("IO[str]", process.stdin)
        stdin.write("".join(f"{path}\n" for path in pictures * SHOWN_EACH))
        stdin.flush()
        printed = printed_before_death(process, after)

    assert len(printed) >= after
    (chain,) = lines_of("audit", "verify", "--json", "--data", str(folder))
    assert chain["sound"] is True
    log = {entry["seq"]: entry for entry in lines_of("audit", "export", "--data", str(folder))}
    for line in printed:
        entry = log[line["seq"]]
        assert (entry["decision"], entry["reason"]) == (line["decision"], line["reason"])
        assert (entry["card_id"], entry["nonce"]) == (line["card_id"], line["nonce"])
    admitted = [
        (entry["card_id"], entry["nonce"]) for entry in log.values() if entry["decision"] == "admit"
    ]
    assert len(admitted) == len(set(admitted))


@pytest.mark.parametrize("after", POINTS)
def test_every_line_printed_before_kill_9_is_in_the_log(
    tmp_path: Path, pictures: list[Path], after: int
) -> None:
    kill_in_the_middle(tmp_path, pictures, after)


@pytest.mark.soak
@pytest.mark.parametrize("after", MANY_POINTS)
def test_every_line_printed_before_any_kill_9_is_in_the_log(
    tmp_path: Path, pictures: list[Path], after: int
) -> None:
    kill_in_the_middle(tmp_path, pictures, after)
