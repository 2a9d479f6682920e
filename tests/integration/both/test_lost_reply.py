"""Central accepted, and its reply was lost: the case in which other programs burn a card and leave its holder outside."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.fault_proxy import Fault, FaultProxy
from scanner.bootstrap.door import open_door
from scanner.bootstrap.pairing import enrol_device
from scanner.bootstrap.step import open_sync
from scanner.config import Settings
from scanner.door.decision import Admit, Decision, Refuse
from scanner.door.frame import Presentation
from scanner.errors import LinkDownError
from tests.fakes.central_here import Here
from tests.fakes.central_process import LOOPBACK, row, rows
from tools import phone

pytestmark = [pytest.mark.loopback, pytest.mark.allow_hosts(LOOPBACK)]


@pytest.fixture
def proxy(server: Here) -> Iterator[FaultProxy]:
    with FaultProxy(int(server.url.rpartition(":")[2])) as proxy:
        yield proxy


def test_central_accepted_but_reply_lost_cannot_strand_a_holder(
    data: Path, server: Here, proxy: FaultProxy
) -> None:
    # every card is asked about, so that the live status loses its reply too
    settings = Settings(data=str(data.parent / "door"), ask_after_s=0, decoders=("zxing",))
    card = str(row(data, "card", "issue", "M-1")["card_id"])
    member = phone.claim(server.url, str(row(data, "card", "link", card)["link"]))
    enrol_device(settings, proxy.url, str(row(data, "device", "code", "Door 1")["code"]))
    with open_door(settings) as door, open_sync(settings) as room:

        def show(text: str) -> Decision:
            shown = Presentation(text=text, at=door.clock.now(), source="picture")
            return door.pipeline.answer(shown).decision

        room.sync()
        text = member.token(int(time.time()) + 29, life_s=60)
        time.sleep(1.1)  # younger than the ledger by more than the skew
        text = member.token(int(time.time()) + 29, life_s=60)
        proxy.fault = Fault.CUT_REPLY
        assert isinstance(show(text), Admit)

        for _ in range(2):
            with pytest.raises(LinkDownError):
                room.sync()
            assert room.log.backlog() == 1
        proxy.fault = Fault.NONE
        room.sync()
        room.feed.poll()
        assert room.log.backlog() == 0
        assert [line["decision"] for line in rows(data, "audit", "list")] == ["admit"]
        assert rows(data, "incidents") == []
        assert isinstance(show(text), Refuse)  # burned once, and by the admission that was shown
