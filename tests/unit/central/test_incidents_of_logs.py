"""Incidents of clocks and logs, and how incidents are listed and handled."""

import pytest

from cardcore.audit import Outcome
from cardcore.ids import CardId
from cardcore.wire import Heartbeat
from central.bootstrap import Central
from central.errors import ConflictError, Kind, NotFoundError
from central.ports.happenings import IncidentKind
from tests.fakes.central_entries import FakeDoor
from tests.fakes.central_material import MAIN, POOL, World
from tests.fakes.central_watched import door, found, kinds
from tests.fakes.central_world import NOON

CLOCK = {"program": "test/1", "clock": "trusted", "outbox": 0, "circuit": "closed"}


@pytest.mark.parametrize(
    ("second", "why", "by"),
    [
        ({"at": -400}, "went_back", 300),
        ({"at": -60, "mono": 0}, "went_back", 60),
        ({"at": -700, "boot_id": b"another boot"}, "went_back", 600),
        ({"at": 600}, "ahead_of_central", 600),
    ],
)
def test_a_clock_that_jumps_is_told_once(
    central: Central, card: CardId, second: dict[str, object], why: str, by: int
) -> None:
    north = door(central)
    north.log(at=-100, mono=-100, card_id=card)
    second = {"mono": -100} | second
    north.log(card_id=card, decision=Outcome.REFUSE, reason="replayed", **second)  # type: ignore[arg-type]
    north.log(card_id=card, decision=Outcome.REFUSE, reason="replayed", **second)  # type: ignore[arg-type]
    north.hand_in()
    [incident] = found(central)
    assert incident.kind is IncidentKind.CLOCK_JUMP
    assert (incident.seq, incident.facts) == (2, {"why": why, "by_s": by})


def test_a_clock_is_followed_from_batch_to_batch(central: Central, card: CardId) -> None:
    north = door(central)
    for at in (-100, -400):
        north.log(at=at, mono=0, card_id=card, decision=Outcome.REFUSE, reason="replayed")
        north.hand_in()
    assert kinds(central) == [IncidentKind.CLOCK_JUMP]


def test_lanes_that_finish_out_of_turn_are_no_jump(central: Central, card: CardId) -> None:
    north = door(central)
    for at in (-100, -130, -90):
        north.log(at=at, card_id=card, decision=Outcome.REFUSE, reason="replayed")
    north.hand_in()
    assert found(central) == []


def test_an_entry_in_quarantine_is_an_incident(central: Central, card: CardId) -> None:
    north = door(central)
    north.write(b"\xff from a newer door")
    north.log(card_id=card)
    for _ in range(2):
        north.sent = 0
        north.hand_in()
    [incident] = found(central)
    assert incident.kind is IncidentKind.QUARANTINED
    assert (incident.facts, incident.happened_at) == ({"why": "unreadable"}, None)


@pytest.mark.parametrize("kind", [Kind.FORK, Kind.BROKEN_CHAIN])
def test_a_log_that_contradicts_itself_is_one_incident(
    central: Central, card: CardId, kind: Kind
) -> None:
    north = door(central)
    north.log(card_id=card)
    north.hand_in()
    other = FakeDoor(central, north.device)
    other.log(card_id=card, reason="ok_cached")
    other.log(card_id=card, nonce=b"nonce-02")
    at = 0 if kind is Kind.FORK else 1
    for _ in range(3):
        with pytest.raises(ConflictError) as caught:
            central.audit.ingest(north.device, other.batch([other.entries[at]], at + 1))
        assert caught.value.kind is kind
    [incident] = found(central)
    assert incident.kind.value == kind.value
    assert incident.seq == at + 1


def test_a_mark_that_went_back_is_one_incident_for_each_place(
    central: Central, card: CardId
) -> None:
    north = door(central)
    for number in range(8):
        north.log(card_id=card, nonce=b"nonce-0" + bytes([number]))
    for _ in range(3):
        with pytest.raises(ConflictError) as caught:
            central.audit.ingest(north.device, north.batch(north.entries[5:], 6))
        assert (caught.value.kind, caught.value.mark) == (Kind.GAP, 0)
    [incident] = found(central)
    assert incident.kind is IncidentKind.MARK_WENT_BACK
    assert incident.facts == {"held": 0, "believed": 5}
    north.hand_in()
    assert len(found(central)) == 1


def test_a_heartbeat_tells_of_a_mark_that_went_back_and_of_a_wrong_clock(
    world: World, central: Central
) -> None:
    north = door(central)
    good = Heartbeat(wall_us=NOON * 1_000_000, **CLOCK)  # type: ignore[arg-type]
    central.presence.beat(north.device, good)
    assert found(central) == []
    for _ in range(3):
        central.presence.beat(
            north.device,
            Heartbeat(wall_us=(NOON - 999) * 1_000_000, epoch=north.epoch.hex(), mark=7, **CLOCK),  # type: ignore[arg-type]
        )
    assert set(kinds(central)) == {IncidentKind.CLOCK_JUMP, IncidentKind.MARK_WENT_BACK}
    assert len(found(central)) == 2
    world.clock.seconds += 1
    central.presence.beat(north.device, good)
    world.clock.seconds += 600
    central.presence.beat(north.device, good)
    assert kinds(central).count(IncidentKind.CLOCK_JUMP) == 2


def test_an_incident_is_handled_once_and_stays_so(world: World, central: Central) -> None:
    north = door(central)
    north.write(b"strange")
    north.hand_in()
    [incident] = found(central)
    handled = central.incidents.handle(incident.incident_id, by="ann", audiences={MAIN})
    assert (handled.handled_by, handled.handled_at) == ("ann", NOON)
    world.clock.seconds += 60
    assert central.incidents.handle(incident.incident_id, by="bob") == handled
    north.sent = 0
    north.hand_in()
    assert central.incidents.listed([MAIN]) == []
    assert central.incidents.listed([MAIN], handled=True) == [handled]
    assert found(central) == [handled]
    for audiences in ({POOL}, set()):
        with pytest.raises(NotFoundError):
            central.incidents.handle(incident.incident_id, by="eve", audiences=audiences)
    with pytest.raises(NotFoundError):
        central.incidents.handle("0" * 24, by="ann")


def test_incidents_come_newest_first_and_only_so_many(world: World, central: Central) -> None:
    north = door(central)
    for _ in range(5):
        north.write(b"strange")
        north.hand_in()
        world.clock.seconds += 1
    assert [i.seq for i in central.incidents.listed([MAIN], most=3)] == [5, 4, 3]
