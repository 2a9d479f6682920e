"""A stolen scanner: one revocation shuts it out, and every copy of it; what it had written is still taken, and kept apart."""

import shutil
from pathlib import Path

import pytest

from scanner.adapters.device_keys_file import read_device_keys
from scanner.bootstrap.door import open_door, open_scan
from scanner.bootstrap.floor import open_floor
from scanner.bootstrap.pairing import enrol_device
from scanner.bootstrap.report import door_status
from scanner.bootstrap.step import open_sync
from scanner.bootstrap.vault import open_vault
from scanner.config import Settings
from scanner.desk import FaultKind
from scanner.door.decision import Admit, Decision, Refuse
from scanner.door.frame import Presentation
from scanner.errors import ConfigError, DeviceRevokedError
from tests.fakes.central_here import Here
from tests.fakes.central_process import LOOPBACK, row, rows

pytestmark = [pytest.mark.loopback, pytest.mark.allow_hosts(LOOPBACK)]


def kept_keys(settings: Settings) -> tuple[bool, bool]:
    """Whether it has the key that its log is handed over by, and the one that key sets are sealed to."""
    keys = read_device_keys(settings.folder, open_vault(settings))
    assert keys is not None
    return any(keys.signing), any(keys.receiving)


def show(settings: Settings, text: str) -> Decision:
    with open_door(settings) as door:
        shown = Presentation(text=text, at=door.clock.now(), source="picture")
        return door.pipeline.answer(shown).decision


def test_one_revocation_shuts_out_a_stolen_scanner_and_its_copy(data: Path, server: Here) -> None:
    settings = Settings(data=str(data.parent / "door"), decoders=("zxing",), source="wedge")
    copied = Settings(data=str(data.parent / "copy"), decoders=("zxing",), source="wedge")
    card = str(row(data, "card", "issue", "M-1", "--mode", "print")["card_id"])
    picture = data.parent / "card.png"
    row(data, "card", "qr", card, "-o", str(picture))
    enrolled = enrol_device(
        settings, server.url, str(row(data, "device", "code", "Door 1")["code"])
    )
    shutil.copytree(settings.folder, copied.folder)

    with open_scan(settings, rehearsal=False, at=None) as lane:
        answers = lane.answers(picture)
        assert not isinstance(answers, str)
        [(admitted, _)] = answers
    assert isinstance(admitted.decision, Admit)
    text = admitted.presentation.text
    row(data, "device", "revoke", enrolled.device_id)
    assert row(data, "device", "list")["revoked_at"] is not None

    for stolen in (settings, copied):
        with open_sync(stolen) as room, pytest.raises(DeviceRevokedError):
            room.sync()
        with open_sync(stolen) as room, pytest.raises(DeviceRevokedError):
            room.poll()
        assert isinstance(show(stolen, text), Refuse)
        with (
            pytest.raises(ConfigError, match="enrol it again"),
            open_scan(stolen, rehearsal=False, at=None),
        ):
            pass
        status = door_status(stolen)
        assert status["shut_out_since"] is not None
        assert (status["keys"], status["snapshot_cards"]) == (0, 0)
        assert (status["revoked"], status["active"]) == (None, None)
        assert kept_keys(stolen) == (True, False)
        assert status["outbox"] in {0, 1}  # what was shown just now

    # what the thief's scanner had written is there, and counts for nothing
    audit = rows(data, "audit", "list")
    assert {line["quarantine"] for line in audit} == {"revoked_device"}


def test_the_screen_of_a_revoked_device_says_so_before_a_card_is_shown(
    data: Path, server: Here
) -> None:
    settings = Settings(data=str(data.parent / "door"), decoders=("zxing",), source="wedge")
    enrolled = enrol_device(
        settings, server.url, str(row(data, "device", "code", "Door 1")["code"])
    )
    row(data, "device", "revoke", enrolled.device_id)
    with open_sync(settings) as room, pytest.raises(DeviceRevokedError):
        room.sync()
    floor = open_floor(settings)
    try:
        floor.start(lambda _event: None)
        faults = {fault.kind: fault.detail for fault in floor.facts().faults}
    finally:
        floor.stop()
    assert "was revoked" in faults[FaultKind.DEVICE_REVOKED]


def test_an_enrolled_anew_device_opens_its_door_again(data: Path, server: Here) -> None:
    settings = Settings(data=str(data.parent / "door"), decoders=("zxing",))
    enrolled = enrol_device(
        settings, server.url, str(row(data, "device", "code", "Door 1")["code"])
    )
    row(data, "device", "revoke", enrolled.device_id)
    with open_sync(settings) as room, pytest.raises(DeviceRevokedError):
        room.sync()
    again = enrol_device(settings, server.url, str(row(data, "device", "code", "Door 1")["code"]))
    assert again.device_id != enrolled.device_id
    with open_sync(settings) as room:
        room.sync()
        assert room.shut_out.obeying(lambda: "goes on") == "goes on"
    assert door_status(settings)["shut_out_since"] is None
