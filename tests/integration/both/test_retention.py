"""A door removes what is old, over real HTTP; a central put back from before that goes on by its own receipt."""

import shutil
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from cardcore.ids import DeviceId, DoorId
from scanner.bootstrap.door import open_ledger, open_log
from scanner.bootstrap.pairing import enrol_device
from scanner.bootstrap.report import door_status
from scanner.bootstrap.step import open_sync
from scanner.config import Settings
from scanner.door.moment import MICROS
from tests.fakes.central_here import serving_here
from tests.fakes.central_process import LOOPBACK, row, rows
from tests.fakes.scanner_door import a_refusal

pytestmark = [pytest.mark.loopback, pytest.mark.allow_hosts(LOOPBACK)]
DAY = 86_400


def write(settings: Settings, *days_ago: int) -> None:
    """Entries as this door wrote them so many days ago."""
    status = door_status(settings)
    door, device = DoorId(str(status["door"])), DeviceId(str(status["device"]))
    with closing(open_ledger(settings, rehearsal=False)) as ledger:
        for days in days_ago:
            attempt = a_refusal()
            wall = (int(time.time()) - days * DAY) * MICROS
            entry = replace(attempt.entry, wall=wall, door=door, device=device)
            ledger.commit(replace(attempt, entry=entry))


def sync(settings: Settings) -> list[int]:
    """One sync; the numbers that the door still has."""
    with open_sync(settings) as room:
        room.sync()
        assert room.log.backlog() == 0
    with open_log(settings) as log:
        [epoch] = log.epochs()
        log.verify(epoch)
        return [entry.entry.seq for entry in log.newest(99)][::-1]


def test_what_central_lost_and_the_door_removed_is_told_and_the_rest_goes_on(data: Path) -> None:
    settings = Settings(data=str(data.parent / "door"), live_status=False)
    aside = data.with_name("central-copy")
    with serving_here(data) as server:
        enrol_device(settings, server.url, str(row(data, "device", "code", "Door 1")["code"]))
        port = server.url.rpartition(":")[2]
        write(settings, 90)
        assert sync(settings) == [1]  # the newest that central holds stays
    shutil.copytree(data, aside)
    with serving_here(data, port=port):
        write(settings, 60, 45, 31, 3, 0)
        assert sync(settings) == [5, 6]
        assert door_status(settings)["removed"] == 4
    shutil.rmtree(data)
    shutil.copytree(aside, data)
    with serving_here(data, port=port):
        write(settings, 0)
        assert sync(settings) == [5, 6, 7]
        assert [line["seq"] for line in rows(data, "audit", "list")] == [1, 5, 6, 7]
        incidents = {line["kind"]: line["facts"] for line in rows(data, "incidents")}
        assert incidents["entries_lost"] == {"first": 2, "last": 4}
        assert incidents["mark_went_back"] == {"held": 1, "believed": 6}
