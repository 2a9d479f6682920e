"""The logs of a whole run, at the most talkative level: ids and reasons, and no name, token or key."""

import base64
import json
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2
import httpx
import pytest

from scanner.adapters.clock_system import SystemClock
from scanner.adapters.code_drawing import draw_code
from scanner.adapters.decoder_zxing import ZxingDecoder
from scanner.door.frame import Frame
from tests.fakes.central_process import LOOPBACK, Server, call, row, rows, serving
from tests.fakes.scanner_program import GATEPOST

pytestmark = [pytest.mark.loopback, pytest.mark.allow_hosts(LOOPBACK)]
NAME: Final = "Zephyrine Quillfeather"


@pytest.fixture
def talkative(monkeypatch: pytest.MonkeyPatch) -> None:
    for program in ("GATEPOST", "GATEPOST_CENTRAL"):
        monkeypatch.setenv(f"{program}_LOG_LEVEL", "debug")
        monkeypatch.setenv(f"{program}_LOG_FORMAT", "json")


@pytest.fixture
def central(tmp_path: Path, talkative: None) -> Iterator[Server]:  # noqa: ARG001 -- set before it starts
    data = tmp_path / "central"
    data.mkdir()
    file = data / "members.csv"
    file.write_text(f"member_id,display_name,status\nM-1,{NAME},active\n", "utf-8")
    call(data, "member", "import", str(file))
    with serving(data) as server:
        yield server


def door(*arguments: str) -> str:
    """Run the door's program; what it wrote to its log."""
    run = subprocess.run(
        [GATEPOST, *arguments], capture_output=True, text=True, check=False, timeout=60
    )
    assert run.returncode in {0, 1, 3}, run.stderr
    return run.stderr


def text_in(picture: Path) -> str:
    luma = cv2.imread(str(picture), cv2.IMREAD_GRAYSCALE)
    assert luma is not None
    frame = Frame(luma=luma.astype("uint8"), taken_at=SystemClock().now(), still=True)
    (code,) = ZxingDecoder().decode(frame)
    return code.text


def secrets_of(folder: Path) -> set[str]:
    """Every key that central keeps, in the forms in which somebody would print it."""
    with sqlite3.connect(folder / "central.sqlite3") as db:
        keys = [bytes(one) for (one,) in db.execute("SELECT secret FROM keys")]
    assert keys
    return {
        form
        for key in keys
        for form in (key.hex(), base64.b64encode(key).decode(), repr(key)[2:-1])
    }


def test_no_name_no_token_and_no_key_is_in_any_log(tmp_path: Path, central: Server) -> None:
    data, pictures, folder = tmp_path / "central", tmp_path / "pictures", tmp_path / "door"
    pictures.mkdir()
    card = str(row(data, "card", "issue", "M-1", "--mode", "print")["card_id"])
    call(data, "card", "qr", card, "-o", str(pictures / "1.png"))
    token = text_in(pictures / "1.png")
    cv2.imwrite(str(pictures / "2.png"), draw_code(token[:-1] + ("0" if token[-1] != "0" else "1")))
    cv2.imwrite(str(pictures / "3.png"), draw_code(f"no card of {NAME}"))
    operator = str(row(data, "operator", "add", "ann")["token"])
    code = str(row(data, "device", "code", "North")["code"])

    log = door("enrol", central.url, code, "--data", str(folder))
    log += door("run", "--source", f"folder:{pictures}", "--json", "--data", str(folder))
    log += door("run", "--source", f"folder:{pictures}", "--json", "--data", str(folder))
    log += door("sync", "--once", "--data", str(folder))
    header = {"Authorization": f"Bearer {operator}"}
    with httpx.Client(base_url=central.url, trust_env=False) as client:
        client.get("/health/full", headers=header)
        client.get("/health/full", headers={"Authorization": f"Bearer {operator[:-1]}x"})
        client.get(f"/api/v1.0/members/{NAME}/status", headers=header)
        client.post("/api/v1.0/cards", headers=header, json={"member_id": NAME, "mode": token})
    told = central.stop()

    entries = rows(data, "audit", "list")
    decided = [line for line in map(json.loads, log.splitlines()) if line["event"] == "decided"]
    assert len(entries) == len(decided) == 6  # a line a decision
    assert {line["reason"] for line in decided} >= {"bad_signature", "not_a_card"}
    assert any(line["card"] == card for line in decided)
    answered = [json.loads(line) for line in told.splitlines()]
    assert all(line["request_id"] for line in answered if line["event"] == "answered")
    hidden = {NAME, "Zephyrine", token, "MC1:", operator, code, *secrets_of(data)}
    for secret in hidden:
        assert secret not in log
        assert secret not in told
