"""A chain: one card that every venue accepts, by keys that make no card; and no other key for it at all."""

from pathlib import Path

import pytest

from cardcore.keyset import Alg
from cardcore.reasons import Reason
from scanner.bootstrap.door import door_keys, open_scan
from scanner.bootstrap.pairing import enrol_device
from scanner.bootstrap.step import open_sync
from scanner.config import Settings
from scanner.door.decision import Admit, Decision
from tests.fakes.central_here import serving_here
from tests.fakes.central_process import LOOPBACK, call, row

pytestmark = [pytest.mark.loopback, pytest.mark.allow_hosts(LOOPBACK)]
AT_CHAIN = ("--audience", "chain")


def shown(settings: Settings, picture: Path) -> Decision:
    with open_scan(settings, rehearsal=False, at=None) as lane:
        answers = lane.answers(picture)
        assert not isinstance(answers, str)
        [(answer, _)] = answers
    return answer.decision


def test_a_chains_card_is_good_at_a_venue_that_cannot_make_one(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEPOST_CENTRAL_CHAIN_AUDIENCE", "chain")
    call(data, "member", "import", str(data / "members.csv"), *AT_CHAIN)
    for mode in ("rotating", "online"):
        refused = call(data, "card", "issue", "M-1", "--mode", mode, *AT_CHAIN, code=4)
        assert "Ed25519" in refused.stderr
    card = str(row(data, "card", "issue", "M-1", "--mode", "print", *AT_CHAIN)["card_id"])
    picture = tmp_path / "card.png"
    refused = call(data, "card", "qr", card, "--alg", "5", "-o", str(picture), code=4)
    assert "Ed25519" in refused.stderr
    assert row(data, "card", "qr", card, "-o", str(picture))["alg"] == -8
    assert {key["alg"] for key in [row(data, "keys", "list", *AT_CHAIN)]} == {-8}

    settings = Settings(data=str(tmp_path / "door"), decoders=("zxing",))
    with serving_here(data) as server:
        enrol_device(settings, server.url, str(row(data, "device", "code", "Door 1")["code"]))
        keys, audience = door_keys(settings)
        assert keys.audiences == {audience, "chain"}
        assert {key.alg for key in keys.keys.values() if key.audience == "chain"} == {Alg.EDDSA}
        assert isinstance(shown(settings, picture), Admit)
        call(data, "card", "revoke", card)
        with open_sync(settings) as room:
            room.sync()
        assert shown(settings, picture).reason is Reason.CARD_REVOKED


def test_a_chain_has_a_name_that_cards_can_carry(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEPOST_CENTRAL_CHAIN_AUDIENCE", "A" * 33)
    assert "chain_audience" in call(data, "member", "list", code=2).stderr
