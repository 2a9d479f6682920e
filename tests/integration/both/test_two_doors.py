"""Two doors of one venue, a central between them, and one rotating card."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cardcore.reasons import Reason
from cardcore.verify import SKEW
from scanner.bootstrap.door import Door, open_door
from scanner.bootstrap.pairing import enrol_device
from scanner.bootstrap.step import open_sync, sync_beside
from scanner.config import Settings
from scanner.door.decision import Admit, Decision, Refuse
from scanner.door.frame import Presentation
from scanner.sync.worker import SyncWorker
from tests.fakes.central_here import Here
from tests.fakes.central_process import LOOPBACK, row, rows
from tools import phone

pytestmark = [pytest.mark.loopback, pytest.mark.allow_hosts(LOOPBACK)]

LEARNT_WITHIN_S = 5.0  # the promise
PATIENCE_S = 20.0  # for a machine that is busy


def enrolled(data: Path, server: Here, name: str) -> Settings:
    settings = Settings(data=str(data.parent / name), live_status=False, decoders=("zxing",))
    enrol_device(settings, server.url, str(row(data, "device", "code", name)["code"]))
    return settings


def card_on_a_phone(data: Path, server: Here) -> phone.Phone:
    card_id = str(row(data, "card", "issue", "M-1")["card_id"])
    return phone.claim(server.url, str(row(data, "card", "link", card_id)["link"]))


def ahead(member: phone.Phone) -> str:
    """A card of a phone whose clock is as far ahead as a door accepts: a new ledger refuses what is older than it."""
    return member.token(int(time.time()) + SKEW, life_s=60)


def show(door: Door, text: str) -> Decision:
    shown = Presentation(text=text, at=door.clock.now(), source="picture")
    return door.pipeline.answer(shown).decision


def wait_until(holds: Callable[[], bool], within: float) -> float:
    """How many seconds it took."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < within
        time.sleep(0.02)
    return time.monotonic() - began


@contextmanager
def running(settings: Settings) -> Iterator[tuple[Door, SyncWorker]]:
    with open_door(settings) as door, sync_beside(settings) as worker:
        yield door, worker


def test_online_the_second_door_refuses_within_five_seconds(data: Path, server: Here) -> None:
    member = card_on_a_phone(data, server)
    north, south = (enrolled(data, server, name) for name in ("North", "South"))
    time.sleep(1.1)  # both ledgers are older than the card now
    text = ahead(member)
    with running(north) as (first, worker), running(south) as (second, _):
        wait_until(lambda: second.elsewhere.figure() is not None, PATIENCE_S)
        assert isinstance(show(first, text), Admit)
        worker.wake()
        took = wait_until(lambda: second.elsewhere.position > 0, PATIENCE_S)
        assert show(second, text) == Refuse(reason=Reason.REPLAYED)
        newer = ahead(member)
        assert show(second, newer) == Refuse(reason=Reason.PASSBACK)
        figure = second.elsewhere.figure()
        assert figure is not None
        assert figure.inside == 1
    assert took < LEARNT_WITHIN_S
    assert rows(data, "incidents") == []


def test_offline_both_admit_and_one_incident_comes_with_the_sync(data: Path, server: Here) -> None:
    member = card_on_a_phone(data, server)
    north, south = (enrolled(data, server, name) for name in ("North", "South"))
    time.sleep(1.1)  # both ledgers are older than the card now
    text = ahead(member)
    for settings in (north, south):
        with open_door(settings) as door:
            assert isinstance(show(door, text), Admit)
    for settings in (north, south, north, south):
        with open_sync(settings) as room:
            room.sync()
    [incident] = rows(data, "incidents")
    assert incident["kind"] == "double_admission"
    assert (incident["door"], incident["facts"]["first_door"]) == ("South", "North")  # type: ignore[index]
    handled = row(data, "incidents", "--handled", str(incident["id"]))
    assert handled["handled_by"]
    assert rows(data, "incidents") == []
