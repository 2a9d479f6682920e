"""A kiosk in a real terminal: what breaks is said, and what comes back is taken up again, without anybody's hand."""

import resource

import pytest

from tests.fakes.central_process import LOOPBACK
from tests.fakes.terminal import GATEPOST, Pane, Tmux
from tests.fakes.venue import BRISK, SUPERVISOR_PIN, DoorFolder, Venue

pytestmark = [pytest.mark.loopback, pytest.mark.allow_hosts(LOOPBACK)]

SERVICE = ("F4", "F8", "F4", "F8", "F12")
INVITES = "Hold your card up"


@pytest.fixture(scope="module")
def door(venue: Venue) -> DoorFolder:
    return venue.door()


@pytest.fixture(scope="module")
def kiosk(tmux: Tmux, door: DoorFolder) -> Pane:
    source = f"folder:{door.camera}"  # a kiosk follows a folder by itself
    pane = tmux.open(str(GATEPOST), *door.arguments(source), "--kiosk", environment=BRISK)
    pane.wait_for(INVITES, "ONLINE")
    return pane


def test_it_admits_and_clears_itself(kiosk: Pane, door: DoorFolder, venue: Venue) -> None:
    guest = venue.guest()
    door.hold_up(guest.card)
    kiosk.wait_for("Welcome", guest.name)
    kiosk.wait_for(INVITES, gone="Welcome")


def test_no_key_ends_it_and_the_hidden_ones_want_a_pin(kiosk: Pane) -> None:
    for key in ("C-c", "C-z", "C-\\", "C-q", "Esc", "q", "F10"):
        kiosk.press(key)
    assert INVITES in kiosk.text()
    kiosk.press(*SERVICE)
    kiosk.wait_for("PIN")
    kiosk.type(SUPERVISOR_PIN)
    kiosk.press("Enter")
    kiosk.wait_for("Diagnostics", "keyset_version")
    kiosk.press("Esc")
    kiosk.wait_for(INVITES)


def test_it_goes_on_while_central_is_stopped(kiosk: Pane, door: DoorFolder, venue: Venue) -> None:
    guest = venue.guest()
    venue.stop()
    try:
        kiosk.wait_for("OFFLINE")
        door.hold_up(guest.card)
        kiosk.wait_for("Welcome", guest.name)
    finally:
        venue.start()
    kiosk.wait_for("ONLINE", INVITES)


def test_a_ledger_that_becomes_read_only_is_a_screen_and_recovers(
    kiosk: Pane, door: DoorFolder, venue: Venue
) -> None:
    """The process may write to no file any more: as on a disk that the kernel made read-only, root or not."""
    guest = venue.guest()
    _, most = resource.prlimit(kiosk.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(kiosk.pid, resource.RLIMIT_FSIZE, (0, most))
    try:
        door.hold_up(guest.card)
        kiosk.wait_for("This door cannot record")
        kiosk.wait_for("Cannot write to its log", "since", "Please use another entrance")
    finally:
        resource.prlimit(kiosk.pid, resource.RLIMIT_FSIZE, (most, most))
    kiosk.wait_for(INVITES, gone="Cannot write")
    door.hold_up(guest.card)
    kiosk.wait_for("Welcome", guest.name)
    kiosk.wait_for(INVITES)


def test_a_camera_folder_that_goes_and_comes_back(
    kiosk: Pane, door: DoorFolder, venue: Venue
) -> None:
    away = door.data / "away"
    door.camera.rename(away)
    kiosk.wait_for("Camera is gone", "since", "Check its cable")
    for picture in away.iterdir():
        picture.unlink()
    away.rename(door.camera)
    kiosk.wait_for(INVITES, gone="Camera is gone")
    guest = venue.guest()
    door.hold_up(guest.card)
    kiosk.wait_for("Welcome", guest.name)


def test_it_ends_in_good_order_when_told_to(kiosk: Pane) -> None:
    assert kiosk.end() == 0
