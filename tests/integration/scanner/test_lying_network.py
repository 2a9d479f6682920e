"""What answers in central's place: nothing is marked as sent, nothing wiped, and the reason is shown."""

import json
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from cardcore import wire
from cardcore.ids import Epoch
from scanner.adapters.ledger_sqlite import SqliteLedger
from tests.fakes.scanner_door import a_refusal
from tests.fakes.scanner_folder import enrolled_folder, real_now, vault_of
from tests.fakes.scanner_http import Asked, LoopbackCentral, Told
from tests.fakes.scanner_program import gatepost

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
EPOCH: Final = Epoch(bytes(8))
HTML: Final = b"<html><body>Welcome to the Wi-Fi</body></html>"
# one answer that does for a mark and for a batch: it has what each of them has
OTHER: Final = wire.serialise(
    wire.BatchAnswer(
        epoch=EPOCH.hex(), mark=3, hash="ab" * 32, accepted=1, duplicate=0, quarantined=[]
    )
)
UNCHANGED: Final = Told(status=304, body=b"")
LIES: Final = {
    "portal": (Told(status=200, kind="text/html", body=HTML), "nonsense"),
    "portal with 403": (Told(status=403, kind="text/html", body=HTML), "something other than"),
    "redirect": (Told(status=302, body=b"", headers={"Location": "http://x/"}), "answered 302"),
    "nonsense": (Told(body=b'{"mark": "many"}'), "nonsense"),
    "another device's mark": (Told(body=OTHER), "contradicts its mark"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_marks_nothing_as_sent_and_is_told(tmp_path: Path, lie: str) -> None:
    told, why = LIES[lie]

    def answer(asked: Asked) -> Told:
        if asked.path.endswith("/heartbeat"):
            return Told(body=wire.serialise(wire.HeartbeatAnswer(received_us=1)))
        if asked.path.endswith("/keys"):
            return Told(body=wire.serialise(wire.DeviceKeysAnswer(device_id="dev-1")))
        # the documents have not changed: what is lied about is the log
        return told if "/audit/" in asked.path else UNCHANGED

    with LoopbackCentral(answer) as server:
        door = enrolled_folder(tmp_path / "door", url=server.url)
        path = door / "ledger.sqlite3"
        with closing(
            SqliteLedger.open(path, vault_of(door), new_epoch=EPOCH, now=real_now())
        ) as ledger:
            ledger.commit(a_refusal())
        for _ in range(2):
            run = gatepost("sync", "--once", "--data", door)
            assert run.returncode == 3
            assert why in run.stderr.decode()
    status = json.loads(gatepost("status", "--json", "--data", door).stdout)
    assert (status["entries"], status["outbox"], status["epoch"]) == (1, 1, EPOCH.hex())
