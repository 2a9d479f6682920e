"""Each fact that somebody should look at becomes exactly one incident, however often it is sent."""

import pytest

from cardcore.audit import Direction, Outcome
from cardcore.card import Mode
from cardcore.ids import CardId, Epoch
from cardcore.lifecycle import CardStep
from central.bootstrap import Central
from central.ports.happenings import IncidentKind
from tests.fakes.central_entries import FakeDoor
from tests.fakes.central_material import POOL, World, card_of_ada, device_of, enrol
from tests.fakes.central_watched import door, found, kinds
from tests.fakes.central_world import NOON

CLOCK = {"program": "test/1", "clock": "trusted", "outbox": 0, "circuit": "closed"}


def test_a_quiet_evening_has_no_incident(central: Central, card: CardId) -> None:
    north = door(central)
    for number in range(20):
        north.log(at=number * 60 - 1_200, card_id=card, nonce=b"nonce" + bytes([number] * 3))
        north.exit(at=number * 60 - 1_190, card_id=card)
    north.log(decision=Outcome.REFUSE, reason="replayed", card_id=card)
    north.log(decision=Outcome.REFUSE, reason="not_a_card", card_id=None, kid=None, nonce=None)
    north.hand_in()
    assert found(central) == []


def test_one_nonce_admitted_at_two_doors_is_one_incident(central: Central, card: CardId) -> None:
    north, south = door(central), door(central, "South")
    north.log(at=-20, card_id=card)
    south.log(at=-10, card_id=card)
    for _ in range(3):
        for each in (north, south):
            each.sent = 0
            each.hand_in()
    [incident] = found(central)
    assert incident.kind is IncidentKind.DOUBLE_ADMISSION
    assert (incident.door, incident.card_id, incident.seq) == ("South", card, 1)
    assert incident.happened_at == (NOON - 10) * 1_000_000
    assert incident.facts["first_door"] == "North"
    assert incident.facts["first_at_us"] == (NOON - 20) * 1_000_000


def test_one_nonce_admitted_by_a_ledger_made_anew_is_an_incident(
    central: Central, card: CardId
) -> None:
    north = door(central)
    north.log(card_id=card)
    north.hand_in()
    again = FakeDoor(central, north.device, epoch=Epoch(b"restored"))
    again.log(card_id=card)
    again.hand_in()
    assert kinds(central) == [IncidentKind.DOUBLE_ADMISSION]


def test_a_third_admission_is_a_fact_of_its_own(central: Central, card: CardId) -> None:
    for name in ("North", "South", "West"):
        each = door(central, name)
        each.log(card_id=card)
        each.hand_in()
    assert [incident.door for incident in found(central)] != []
    assert {incident.door for incident in found(central)} == {"South", "West"}


@pytest.mark.parametrize(
    "change",
    [
        {"mode": Mode.PRINT},  # a printed card is shown again tomorrow
        {"nonce": b"another!"},
        {"decision": Outcome.REFUSE, "reason": "replayed"},
        {"direction": Direction.EXIT},
    ],
)
def test_what_burns_no_nonce_twice_is_no_double(
    central: Central, card: CardId, change: dict[str, object]
) -> None:
    mode = change.get("mode", Mode.ROTATING)
    north, south = door(central), door(central, "South")
    north.log(card_id=card, mode=mode)  # type: ignore[arg-type]
    north.hand_in()
    south.log(**({"card_id": card} | change))  # type: ignore[arg-type]
    south.hand_in()
    assert kinds(central) == []


def test_the_same_nonce_in_another_members_card_is_no_double(
    central: Central, card: CardId
) -> None:
    other = card_of_ada(central).card_id
    for each, shown in ((door(central), card), (door(central, "South"), other)):
        each.log(card_id=shown)
        each.hand_in()
    assert kinds(central) == []


def test_an_admission_after_revocation_says_how_old_the_doors_word_was(
    world: World, central: Central, card: CardId
) -> None:
    central.cards.take(card, CardStep.REVOKE)
    world.clock.seconds += 600
    north = door(central)
    north.log(at=-1, card_id=card)  # before it was revoked
    north.log(at=480, card_id=card, nonce=b"nonce-02", status_age_s=490, status_origin="snapshot")
    north.hand_in()
    [incident] = found(central)
    assert incident.kind is IncidentKind.ADMITTED_AFTER_REVOCATION
    assert incident.facts == {
        "why": "revoked",
        "ended_at": NOON,
        "late_s": 480,
        "list_age_s": 490,
        "list_origin": "snapshot",
        "lists_version": None,
    }


def test_an_admission_of_an_older_generation_is_one_too(
    world: World, central: Central, card: CardId
) -> None:
    central.cards.take(card, CardStep.REISSUE)
    world.clock.seconds += 60
    north = door(central)
    north.log(at=30, card_id=card, generation=0)
    north.log(at=40, card_id=card, generation=1, nonce=b"nonce-02")
    north.log(at=50, card_id=card, generation=0, decision=Outcome.REFUSE, reason="superseded")
    north.hand_in()
    [incident] = found(central)
    assert (incident.seq, incident.facts["why"]) == (1, "superseded")


def test_a_card_that_central_never_issued_is_proof_of_forgery(central: Central) -> None:
    north, south = door(central), door(central, "South")
    for each in (north, south):
        for _ in range(3):
            each.log(decision=Outcome.REFUSE, reason="card_unknown")
        each.hand_in()
    [incident] = found(central)
    assert incident.kind is IncidentKind.NEVER_ISSUED
    assert incident.facts == {
        "decision": "refuse",
        "reason": "card_unknown",
        "kid": b"kid1".hex(),
        "mode": 1,
    }
    north.log()
    north.hand_in()
    assert kinds(central) == [IncidentKind.NEVER_ISSUED] * 2
    assert {incident.facts["decision"] for incident in found(central)} == {"refuse", "admit"}


def test_a_card_of_another_venue_that_was_admitted_was_never_issued_here(central: Central) -> None:
    pool = FakeDoor(central, device_of(central, enrol(central, POOL, "Pool")))
    card = card_of_ada(central).card_id
    pool.log(card_id=card, decision=Outcome.REFUSE, reason="wrong_audience")
    pool.hand_in()
    assert central.incidents.listed([POOL]) == []
    pool.log(card_id=card)
    pool.hand_in()
    assert [i.kind for i in central.incidents.listed([POOL])] == [IncidentKind.NEVER_ISSUED]
    assert found(central) == []


def test_an_override_names_the_attendant_and_the_reason(central: Central, card: CardId) -> None:
    north = door(central)
    north.log(
        reason="override",
        card_id=card,
        kid=None,
        nonce=None,
        mode=None,
        generation=None,
        attendant="Kim",
        extensions={1: "guest_of_member", 2: "a note with a name"},
    )
    north.hand_in()
    [incident] = found(central)
    assert incident.facts == {
        "attendant": "Kim",
        "direction": "entry",
        "why": "guest_of_member",
        "card_state": "active",
    }
