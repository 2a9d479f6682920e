"""A snapshot in chunks from a real central to a real door: what changed alone, and on after a cut."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import pytest

from cardcore.ids import CardId
from cardcore.lifecycle import CardState
from scanner.bootstrap.door import open_standings
from scanner.bootstrap.pairing import enrol_device
from scanner.bootstrap.report import door_status
from scanner.bootstrap.step import SyncRoom, open_sync
from scanner.config import Settings
from scanner.errors import LinkDownError
from tests.fakes.central_here import Here
from tests.fakes.central_process import LOOPBACK, call, row

pytestmark = [pytest.mark.loopback, pytest.mark.allow_hosts(LOOPBACK)]
CARDS: Final = 9


@pytest.fixture
def cards(data: Path, monkeypatch: pytest.MonkeyPatch) -> list[CardId]:
    """Cards in chunks of two, where the program has 1,024: central runs in this process."""
    monkeypatch.setattr("cardcore.snapshot_manifest.CHUNK_CARDS", 2)
    issued = (row(data, "card", "issue", "M-1", "--mode", "print") for _ in range(CARDS))
    return [CardId(bytes.fromhex(str(card["card_id"]))) for card in issued]


@pytest.fixture
def door(data: Path, server: Here, cards: list[CardId]) -> Settings:
    settings = Settings(data=str(data.parent / "door"), decoders=("zxing",))
    code = str(row(data, "device", "code", "Door 1")["code"])
    assert enrol_device(settings, server.url, code).cards == len(cards)
    return settings


@contextmanager
def fetching(
    settings: Settings, *, cut_at: int | None = None
) -> Iterator[tuple[SyncRoom, list[bytes]]]:
    """A sync's room, and which chunks it fetches; before that many the line is cut."""
    with open_sync(settings) as room:
        fetched: list[bytes] = []
        chunk = room.link.chunk

        def watched(digest: bytes) -> bytes:
            if len(fetched) == cut_at:
                msg = "the line was cut"
                raise LinkDownError(msg)
            fetched.append(digest)
            return chunk(digest)

        room.link.chunk = watched  # type: ignore[method-assign]
        yield room, fetched


def state_of(settings: Settings, card: CardId) -> CardState:
    with closing(open_standings(settings)) as standings:
        found = standings.in_snapshot(card)
    assert found is not None
    return found.state


def test_one_changed_card_costs_a_door_one_chunk(
    data: Path, door: Settings, cards: list[CardId]
) -> None:
    call(data, "card", "suspend", cards[4].hex(), "--why", "a test")
    with fetching(door) as (room, fetched):
        assert room.sync().refused == ()
        assert len(fetched) == 1
        room.sync()
        assert len(fetched) == 1
    assert state_of(door, cards[4]) is CardState.SUSPENDED
    assert {state_of(door, card) for card in cards if card != cards[4]} == {CardState.ACTIVE}
    status = door_status(door)
    assert (status["snapshot_cards"], status["snapshot_coming"]) == (CARDS, None)


def test_a_cut_download_goes_on_in_another_program_and_the_old_list_counts_till_then(
    data: Path, door: Settings, cards: list[CardId]
) -> None:
    for card in cards:
        call(data, "card", "suspend", card.hex(), "--why", "a test")
    with fetching(door, cut_at=2) as (room, first), pytest.raises(LinkDownError):
        room.sync()
    assert {state_of(door, card) for card in cards} == {CardState.ACTIVE}
    coming = door_status(door)["snapshot_coming"]
    assert isinstance(coming, dict)
    assert coming["chunks"] > coming["have"] >= 2
    with fetching(door) as (room, rest):
        assert room.sync().refused == ()
    assert len(first) == 2
    assert not set(first) & set(rest)
    assert {state_of(door, card) for card in cards} == {CardState.SUSPENDED}
    assert door_status(door)["snapshot_coming"] is None


def test_a_chunk_changed_on_the_way_is_refused_and_status_says_so(
    data: Path, door: Settings, cards: list[CardId]
) -> None:
    call(data, "card", "suspend", cards[0].hex(), "--why", "a test")
    with open_sync(door) as room:
        chunk = room.link.chunk
        room.link.chunk = lambda digest: chunk(digest)[:-1] + b"!"  # type: ignore[method-assign]
        [refused] = room.sync().refused
    assert "not the one that its manifest names" in refused
    told = door_status(door)["refused"]
    assert isinstance(told, dict)
    assert "not the one that its manifest names" in told["snapshot"]["why"]
    assert state_of(door, cards[0]) is CardState.ACTIVE
    with open_sync(door) as room:
        assert room.sync().refused == ()
    assert door_status(door)["refused"] == {}
    assert state_of(door, cards[0]) is CardState.SUSPENDED
