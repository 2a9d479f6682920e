"""Whoever opens a scanner has its venue key and can forge cards of that venue: what finds it, what refuses it, what ends it."""

import secrets
import time
from pathlib import Path

import pytest

from cardcore.card import Claims, Mode
from cardcore.ids import Audience, CardId, Nonce, UnixSeconds
from cardcore.keyset import Alg, Key, KeyState
from cardcore.reasons import Reason
from cardcore.signing import mint_with_venue_key
from cardcore.verify import SKEW
from scanner.bootstrap.door import Door, door_keys, open_door
from scanner.bootstrap.pairing import enrol_device
from scanner.bootstrap.step import open_sync
from scanner.config import Settings
from scanner.door.decision import Admit, Decision, Refuse
from scanner.door.frame import Presentation
from tests.fakes.central_here import Here
from tests.fakes.central_process import LOOPBACK, row, rows

pytestmark = [pytest.mark.loopback, pytest.mark.allow_hosts(LOOPBACK)]


def enrolled(data: Path, server: Here, audience: str = "main") -> Settings:
    settings = Settings(
        data=str(data.parent / f"door of {audience}"), live_status=False, decoders=("zxing",)
    )
    code = row(data, "device", "code", "North", "--audience", audience)["code"]
    enrol_device(settings, server.url, str(code))
    time.sleep(1.1)  # its ledger is older than every card from now on
    return settings


def stolen_key(settings: Settings) -> tuple[Key, Audience]:
    """The key for rotating cards, out of the scanner's own files, opened with its own secret."""
    keys, audience = door_keys(settings)
    [key] = [
        key
        for key in keys.keys.values()
        if key.alg is Alg.HMAC_256_64 and key.state is KeyState.ACTIVE
    ]
    return key, audience


def forged(key: Key, audience: Audience) -> str:
    """A card that central never issued."""
    now = int(time.time()) + SKEW  # a door that has just begun refuses what is older than it
    claims = Claims(
        audience=audience,
        expires_at=UnixSeconds(now + 60),
        issued_at=UnixSeconds(now),
        nonce=Nonce(secrets.token_bytes(8)),
        mode=Mode.ROTATING,
        card_id=CardId(secrets.token_bytes(16)),
        generation=0,
    )
    return mint_with_venue_key(claims, kid=key.kid, alg=key.alg, venue_key=key.secret)


def show(settings: Settings, text: str) -> Decision:
    with open_door(settings) as door:
        return _shown(door, text)


def _shown(door: Door, text: str) -> Decision:
    at = door.clock.now()
    return door.pipeline.answer(Presentation(text=text, at=at, source="picture")).decision


def sync(settings: Settings) -> None:
    with open_sync(settings) as room:
        assert room.sync().refused == ()


def test_a_forged_card_is_an_incident_then_refused_by_the_active_list_and_ended_by_revocation(
    data: Path, server: Here
) -> None:
    settings = enrolled(data, server)
    key, audience = stolen_key(settings)

    # Offline, with a snapshot too old to miss the card in: the venue admits whom nobody can check.
    with open_door(settings) as door:
        door.standings.forget()
    assert isinstance(show(settings, forged(key, audience)), Admit)

    # Detected: central never issued that card.
    sync(settings)
    [incident] = rows(data, "incidents")
    assert incident["kind"] == "never_issued"
    facts = incident["facts"]
    assert isinstance(facts, dict)
    assert (facts["decision"], facts["kid"]) == ("admit", key.kid.hex())

    # Refused: with a list of active cards a door needs nobody to know that.
    row(data, "policy", "set", "--active-list")
    sync(settings)
    with open_door(settings) as door:
        door.standings.forget()
    assert show(settings, forged(key, audience)) == Refuse(reason=Reason.CARD_UNKNOWN)

    # Ended: the key is refused at the next refresh, and a real card goes on under the next one.
    told = rows(data, "keys", "revoke", key.kid.hex(), "--why", "the scanner was stolen")
    assert told == []  # no real card was signed for yet
    sync(settings)
    assert show(settings, forged(key, audience)) == Refuse(reason=Reason.REVOKED_KEY)
    sync(settings)
    [exposure] = rows(data, "keys", "exposure", key.kid.hex())
    assert exposure["admitted"] in {0, 1}  # one, where it came in the very second of the revocation
    assert isinstance(exposure["accepted_for_s"], int)


def test_a_stolen_key_opens_no_other_venue(data: Path, server: Here) -> None:
    here, elsewhere = enrolled(data, server), enrolled(data, server, "pool")
    key, _ = stolen_key(here)
    for audience in ("pool", "main"):
        decision = show(elsewhere, forged(key, Audience(audience)))
        assert decision == Refuse(reason=Reason.UNKNOWN_KEY)
