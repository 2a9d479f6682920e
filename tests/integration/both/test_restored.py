"""A door's data folder, or central's, put back from an old copy: nothing is lost, and it is told."""

import shutil
import time
from pathlib import Path

import pytest

from scanner.bootstrap.door import open_door, open_log
from scanner.bootstrap.pairing import enrol_device
from scanner.bootstrap.step import open_sync
from scanner.config import Settings
from scanner.door.frame import Presentation
from tests.fakes.central_here import Here, serving_here
from tests.fakes.central_process import LOOPBACK, row, rows
from tools import phone

pytestmark = [pytest.mark.loopback, pytest.mark.allow_hosts(LOOPBACK)]


class _Door:
    def __init__(self, data: Path, url: str) -> None:
        self.settings = Settings(
            data=str(data.parent / "door"), live_status=False, decoders=("zxing",)
        )
        enrol_device(self.settings, url, str(row(data, "device", "code", "Door 1")["code"]))
        card = str(row(data, "card", "issue", "M-1")["card_id"])
        self.member = phone.claim(url, str(row(data, "card", "link", card)["link"]))

    def show(self, times: int) -> None:
        with open_door(self.settings) as door:
            for _ in range(times):
                text = self.member.token(int(time.time()), life_s=60)
                shown = Presentation(text=text, at=door.clock.now(), source="picture")
                assert door.pipeline.answer(shown).seq is not None

    def sync(self) -> int:
        with open_sync(self.settings) as room:
            room.sync()
            return room.log.backlog()

    def epochs(self) -> list[int]:
        """How many entries each has; every chain is walked."""
        with open_log(self.settings) as log:
            return [log.verify(epoch).seq for epoch in log.epochs()]

    def copy(self) -> Path:
        """A copy of the whole data folder, as an owner makes one of a door that is switched off."""
        aside = self.settings.folder.with_name("copy")
        shutil.copytree(self.settings.folder, aside)
        return aside

    def put_back(self, aside: Path) -> None:
        shutil.rmtree(self.settings.folder)
        shutil.copytree(aside, self.settings.folder)


def incidents(data: Path) -> set[object]:
    return {line["kind"] for line in rows(data, "incidents")}


def held(data: Path) -> int:
    return len(rows(data, "audit", "list"))


def test_a_door_put_back_from_an_old_copy_carries_on_in_a_new_epoch(
    data: Path, server: Here
) -> None:
    door = _Door(data, server.url)
    door.show(3)
    door.sync()
    aside = door.copy()
    door.show(3)
    door.sync()
    door.put_back(aside)
    door.show(4)
    assert door.sync() == 0
    assert door.epochs() == [3, 4]
    door.show(1)
    assert door.sync() == 0
    assert door.epochs() == [3, 5]
    assert held(data) == 3 + 3 + 5
    assert "fork" in incidents(data)


def test_a_door_put_back_that_read_no_card_since_begins_a_new_epoch(
    data: Path, server: Here
) -> None:
    door = _Door(data, server.url)
    door.show(2)
    door.sync()
    aside = door.copy()
    door.show(2)
    door.sync()
    door.put_back(aside)
    assert door.sync() == 0
    door.show(2)
    assert door.sync() == 0
    assert door.epochs() == [2, 2]
    assert held(data) == 2 + 2 + 2


def test_a_central_put_back_is_told_what_it_lost_and_gets_it_again(data: Path) -> None:
    aside = data.with_name("central-copy")
    with serving_here(data) as server:
        door = _Door(data, server.url)
        door.show(2)
        door.sync()
        port = server.url.rpartition(":")[2]
    shutil.copytree(data, aside)
    with serving_here(data, port=port):
        door.show(3)
        door.sync()
    shutil.rmtree(data)
    shutil.copytree(aside, data)
    with serving_here(data, port=port):
        assert held(data) == 2
        assert door.sync() == 0
        assert held(data) == 5
        assert "mark_went_back" in incidents(data)
