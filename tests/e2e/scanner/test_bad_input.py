"""Terminals and pictures as bad as they come: the door stays up, and says what it sees."""

import re
from dataclasses import dataclass

import cv2
import numpy as np
import pytest
import segno

from tests.fakes.central_process import LOOPBACK
from tests.fakes.terminal import GATEPOST, Pane, Tmux
from tests.fakes.venue import BRISK, DoorFolder, Venue
from tools.camera_view import View, room_frame

pytestmark = [pytest.mark.loopback, pytest.mark.allow_hosts(LOOPBACK)]

POSTER = "https://example.com/tour"


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Doors on terminals of every kind, all begun at once, all watching one folder."""

    door: DoorFolder
    panes: dict[str, Pane]


TERMINALS: dict[str, tuple[dict[str, str], tuple[int, int], str]] = {
    "plain": ({}, (80, 24), ""),
    "no colour": ({"NO_COLOR": "1"}, (80, 24), ""),
    "console": ({"TERM": "linux"}, (80, 25), ""),
    "no utf-8": ({"LC_ALL": "C"}, (80, 24), ""),
    "tiny": ({"LANG": "de_DE.UTF-8"}, (40, 12), ""),
    "no keyboard": ({}, (80, 24), "<&-"),
}


@pytest.fixture(scope="module")
def doors(tmux: Tmux, venue: Venue) -> Doors:
    door = venue.door()
    panes = {
        name: tmux.open(
            str(GATEPOST),
            *door.arguments(),
            size=size,
            environment=BRISK | environment,
            shell=shell,
        )
        for name, (environment, size, shell) in TERMINALS.items()
    }
    for name, pane in panes.items():
        pane.wait_for("Karte zeigen" if name == "tiny" else "Show card")
    return Doors(door=door, panes=panes)


def test_every_terminal_refuses_and_says_why(doors: Doors) -> None:
    doors.door.hold_up(POSTER)
    for name, pane in doors.panes.items():
        pane.wait_for("Keine Mitgliedskarte" if name == "tiny" else "Not a member card")


def test_without_colour_all_is_grey(doors: Doors) -> None:
    """Of the 256 colours, those are black, white and 232 to 255."""
    used = set(re.findall(r"[34]8;([0-9;]+)m", doors.panes["no colour"].raw()))
    assert used
    assert all(re.fullmatch(r"5;(0|15|16|231|23[2-9]|24\d|25[0-5])", colour) for colour in used)


def test_without_utf8_all_is_ascii(doors: Doors) -> None:
    assert doors.panes["no utf-8"].text().isascii()


def test_the_console_gets_only_what_its_fonts_have(doors: Doors) -> None:
    assert not set("▀▄✔") & set(doors.panes["console"].text())


def test_the_smallest_terminal_shows_word_and_rule(doors: Doors) -> None:
    lines = doors.panes["tiny"].text().splitlines()
    assert len(lines) <= 12
    assert any("×" in line for line in lines)


def test_a_resize_in_mid_verdict_draws_it_anew(doors: Doors) -> None:
    pane = doors.panes["plain"]
    for size in ((40, 12), (132, 43), (20, 5), (80, 24)):
        pane.resize(*size)
    pane.wait_for("Not a member card", "Enter Next")


def test_a_code_of_2900_bytes_is_no_card(doors: Doors) -> None:
    large = segno.make("MC1:" + "x" * 2_896, error="l", micro=False)
    matrix = np.array([list(row) for row in large.matrix_iter(scale=4, border=4)], np.uint8)
    doors.panes["plain"].press("Enter")  # what was refused before is on the screen yet
    doors.panes["plain"].wait_for("Show card", gone="Ask for the card")
    doors.door.put(np.asarray(255 * (1 - matrix), np.uint8))
    doors.panes["plain"].wait_for("Not a member card", "Ask for the card")
    doors.panes["plain"].press("F4")
    doors.panes["plain"].wait(
        lambda text: text.count("Not a member card") > len(TERMINALS), "one more refusal"
    )
    doors.panes["plain"].press("Esc")


def test_a_picture_too_large_is_named(doors: Doors) -> None:
    pane = doors.panes["plain"]
    pane.press("Enter")
    doors.door.put(np.zeros((12_000, 12_000), np.uint8))
    pane.wait_for("Picture too large: 003.png")
    doors.door.put(room_frame(seed=1, view=View()))
    pane.wait_for("Show card", gone="too large")


def test_all_end_in_good_order(doors: Doors) -> None:
    for pane in doors.panes.values():
        assert pane.is_alive
        assert pane.end() == 0


def test_a_folder_and_a_video_that_end(tmux: Tmux, venue: Venue) -> None:
    door = venue.door()
    door.hold_up(venue.guest().card)
    door.hold_up(POSTER)
    pane = tmux.open(str(GATEPOST), *door.arguments(f"folder:{door.camera}@1"), environment=BRISK)
    video = door.data / "evening.avi"
    writer = cv2.VideoWriter(str(video), cv2.VideoWriter.fourcc(*"MJPG"), 10, (1280, 720))
    frame = cv2.imread(str(door.camera / "002.png"))
    assert frame is not None
    for _ in range(5):
        writer.write(frame)
    writer.release()
    filmed = tmux.open(str(GATEPOST), *door.arguments(f"video:{video}"), environment=BRISK)
    pane.wait_for("Not a member card")
    pane.press("Enter")
    pane.wait_for("No more pictures", "In by this door 1")
    filmed.wait_for("Not a member card")
    filmed.press("Enter")
    filmed.wait_for("No more pictures")
    assert (pane.end(), filmed.end()) == (0, 0)
