"""A door, as a program, on a disk that fills up: no verdict without its entry, and it goes on when there is room."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Final, cast

import pytest

from tests.fakes.rehearsal_door import lines_of, rehearsal_folder, rotating_pictures, scanning
from tests.fakes.small_disk import fill, small_disk

CARDS: Final = 60
BEFORE: Final = 5  # cards that find room
TURNED_AWAY: Final = 4
ROOMS: Final = tuple(
    range(0, 180_000, 9_000)
)  # 20 points, in bytes; more and the cards do not fill it
UNWRITABLE: Final = ("refuse", "ledger_unwritable")
Line = dict[str, object]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return rotating_pictures(tmp_path_factory.mktemp("pictures"), CARDS)


class Lane:
    """A running `gatepost scan -`."""

    def __init__(self, stdin: IO[str], stdout: IO[str]) -> None:
        self._stdin = stdin
        self._stdout = stdout
        self.lines: list[Line] = []

    def show(self, pictures: list[Path]) -> None:
        for picture in pictures:
            self._stdin.write(f"{picture}\n")
            self._stdin.flush()
            self.lines.append(json.loads(self._stdout.readline()))

    def show_until(self, done: Callable[[], bool], pictures: list[Path]) -> None:
        """As many as it takes."""
        for picture in pictures:
            self.show([picture])
            if done():
                return

    @property
    def is_turned_away(self) -> bool:
        """Whether some in a row were turned away since the disk is full."""
        return all(is_unwritten(line) for line in self.lines[-TURNED_AWAY:])


def is_unwritten(line: Line) -> bool:
    return line["seq"] is None


def fill_up_at(disk: Path, pictures: list[Path], room: int, *, ballast: bool) -> list[Line]:
    """Every line of a door whose disk has ``room`` left after some cards, and room again before the last."""
    folder = rehearsal_folder(disk / "door")
    with scanning(folder) as process:
        lane = Lane(cast("IO[str]", process.stdin), cast("IO[str]", process.stdout))
        lane.show(pictures[:BEFORE])
        kept = folder / "ledger.sqlite3.ballast"
        if not ballast:
            kept.unlink()
        fillers = [fill(disk, room)]
        if ballast:  # the door gives it up, and somebody else takes that room, too
            lane.show_until(lambda: not kept.exists(), pictures[BEFORE:-1] * 2)
            fillers.append(fill(disk, room // 4, "another"))
        lane.show_until(lambda: lane.is_turned_away, pictures[BEFORE:-1] * 4)
        assert is_unwritten(lane.lines[-1]), "the disk never was full"
        for filler in fillers:
            filler.unlink()
        lane.show(pictures[-1:])
    return lane.lines


def check(folder: Path, lines: list[Line]) -> None:
    for line in lines:
        assert is_unwritten(line) == ((line["decision"], line["reason"]) == UNWRITABLE)
    assert lines[-1]["decision"] == "admit", "it does not go on by itself"
    (chain,) = lines_of("audit", "verify", "--json", "--data", str(folder))
    assert chain["sound"] is True
    log = {entry["seq"]: entry for entry in lines_of("audit", "export", "--data", str(folder))}
    written = [line for line in lines if not is_unwritten(line)]
    assert len(log) == len(written)
    for line in written:
        entry = log[line["seq"]]
        assert [entry[key] for key in ("decision", "reason", "card_id", "nonce")] == [
            line[key] for key in ("decision", "reason", "card_id", "nonce")
        ]
    admitted = [(line["card_id"], line["nonce"]) for line in lines if line["decision"] == "admit"]
    assert len(admitted) == len(set(admitted))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk") as folder:
        yield folder


@pytest.mark.parametrize("room", [0, 100_000])
def test_a_disk_that_is_full_lets_nobody_in_unwritten(
    disk: Path, pictures: list[Path], room: int
) -> None:
    check(disk / "door", fill_up_at(disk, pictures, room, ballast=False))


@pytest.mark.soak
@pytest.mark.parametrize("ballast", [True, False])
@pytest.mark.parametrize("room", ROOMS)
def test_a_disk_filled_at_twenty_points_lets_nobody_in_unwritten(
    disk: Path, pictures: list[Path], room: int, *, ballast: bool
) -> None:
    check(disk / "door", fill_up_at(disk, pictures, room, ballast=ballast))
