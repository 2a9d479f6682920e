"""Alerts over time: once for each change of state, held back where they may pass, acknowledged, and forgotten."""

import pytest

from cardcore.audit import ClockTrust, Outcome
from cardcore.ids import Micros
from cardcore.wire import Heartbeat, serialise
from central.alerts.machine import alert_id_of, steps_of
from central.alerts.rules import Finding, Rule
from central.alerts.service import KEEP_US
from central.errors import ConflictError, NotFoundError
from central.figures.doors import doors_of
from central.ports.happenings import SignOfLife
from central.ports.outlook import Hook, Mail, Outlook
from central.ports.watching import Alert, AlertState, Notice
from tests.fakes.central_entries import FakeDoor
from tests.fakes.central_material import MAIN, POOL, World, card_of_ada, device_of, enrol

US = 1_000_000
BOTH = Outlook(
    mail=Mail(host="127.0.0.1", port=1, sender="a@b.test", to=("c@d.test",)),
    hook=Hook(url="https://127.0.0.1:1/", secret="0" * 16),
)


def finding(*, wrong: bool = True, hold_s: int = 0, subject: str = "d-1") -> Finding:
    return Finding(
        rule=Rule.CIRCUIT_OPEN,
        audience=MAIN,
        subject=subject,
        value=2,
        text="The door “North” does not reach central.",
        wrong=wrong,
        hold_s=hold_s,
    )


def after(kept: list[Alert], findings: list[Finding], at_s: int) -> tuple[list[Alert], list[str]]:
    """The alerts that are then kept, and the states that are told."""
    steps = steps_of(kept, findings, Micros(at_s * US))
    alerts = {alert.alert_id: alert for alert in kept} | {a.alert_id: a for a in steps.changed}
    left = [alert for alert in alerts.values() if alert.alert_id not in steps.dropped]
    return left, [alert.state.value for alert in steps.told]


def test_hysteresis_leaves_things_as_they_are_between_wrong_and_well() -> None:
    assert after([], [finding(wrong=False)], 0) == ([], [])
    kept, told = after([], [finding()], 1)
    assert told == ["firing"]
    for at_s in (2, 3):
        assert after(kept, [finding(wrong=False)], at_s) == (kept, [])
        assert after(kept, [finding()], at_s) == (kept, [])
    kept, told = after(kept, [], 4)
    assert told == ["resolved"]
    assert after(kept, [], 5) == (kept, [])
    assert after(kept, [finding(wrong=False)], 6) == (kept, [])
    kept, told = after(kept, [finding()], 7)
    assert told == ["firing"]
    assert kept[0].acknowledged_at is None


def test_what_may_pass_fires_only_after_a_while() -> None:
    kept, told = after([], [finding(hold_s=600)], 0)
    assert ([alert.state for alert in kept], told) == ([AlertState.PENDING], [])
    assert after(kept, [finding(hold_s=600)], 599) == (kept, [])
    assert after(kept, [finding(hold_s=600, wrong=False)], 599) == (kept, [])
    assert after(kept, [], 599) == ([], [])
    kept, told = after(kept, [finding(hold_s=600)], 600)
    assert told == ["firing"]


def test_each_subject_has_its_own_alert() -> None:
    kept, told = after([], [finding(), finding(subject="d-2")], 0)
    assert told == ["firing", "firing"]
    _, told = after(kept, [finding()], 1)
    assert told == ["resolved"]
    assert alert_id_of(MAIN, "a", "b") != alert_id_of(MAIN, "a", "c")


def beat(world: World, door: FakeDoor, *, outbox: int = 0, circuit: str = "closed") -> None:
    heartbeat = Heartbeat(
        program="test/1",
        wall_us=world.clock.micros(),
        clock=ClockTrust.TRUSTED,
        outbox=outbox,
        circuit=circuit,
    )
    sign = SignOfLife(
        device_id=door.device.device_id,
        received_at=world.clock.micros(),
        wall=world.clock.micros(),
        content=serialise(heartbeat),
    )
    with world.fake.write() as tx:
        tx.reports.put_sign(sign)


def a_door(world: World) -> FakeDoor:
    central = world.central()
    return FakeDoor(central=central, device=device_of(central, enrol(central)))


def told(world: World) -> list[tuple[str, str]]:
    """The rule and state of every alert that is shown."""
    return [(a.rule, a.state.value) for a in world.central().tower.alerts.listed([MAIN])]


def due(world: World) -> list[Notice]:
    with world.fake.read() as tx:
        return list(tx.watching.alerts.due(world.clock.micros(), 100))


def test_a_change_is_noticed_once_on_each_channel() -> None:
    world = World(outlook=BOTH)
    door = a_door(world)
    beat(world, door, outbox=5_000)
    alerts = world.central().tower.alerts
    for _ in range(3):
        alerts.evaluate()
        world.clock.seconds += 30
    assert told(world) == [("backlog", "firing")]
    assert sorted(notice.channel for notice in due(world)) == ["mail", "webhook"]
    beat(world, door)
    for _ in range(3):
        alerts.evaluate()
    assert told(world) == [("backlog", "resolved")]
    assert len(due(world)) == 4


def test_who_comes_second_leaves_it_to_the_first() -> None:
    world = World(outlook=BOTH)
    beat(world, a_door(world), outbox=5_000)
    with world.fake.write_alone("notices"):
        pass
    world.fake._held.add("alerts")  # another process is at it
    world.central().tower.alerts.evaluate()
    world.fake._held.remove("alerts")
    assert told(world) == []


def test_a_silent_door_and_a_bad_signature_are_told() -> None:
    world = World()
    door = a_door(world)
    beat(world, door)
    world.clock.seconds += 700
    door.log(at=650, decision=Outcome.REFUSE, reason="bad_signature", card_id=None, kid=None)
    door.hand_in()
    world.central().tower.alerts.evaluate()
    assert sorted(told(world)) == [("door_silent", "firing"), ("forged_card", "firing")]
    assert world.central().tower.alerts.listed([POOL]) == []


def test_a_broken_chain_is_over_once_somebody_has_seen_to_it() -> None:
    world = World()
    door = a_door(world)
    door.log()
    door.log(at=1)
    door.entries[1] = door.entries[0]  # it does not follow itself
    with pytest.raises(ConflictError):
        door.hand_in()
    central = world.central()
    central.tower.alerts.evaluate()
    assert ("chain_broken", "firing") in told(world)
    for incident in central.incidents.listed([MAIN]):
        central.incidents.handle(incident.incident_id, by="kim")
    central.tower.alerts.evaluate()
    assert ("chain_broken", "resolved") in told(world)


def test_nothing_at_all_is_well() -> None:
    world = World()
    card_of_ada(world.central())
    world.central().tower.alerts.evaluate()
    assert told(world) == []
    assert doors_of([], 0, 1) == []


def test_an_alert_that_there_is_not_cannot_be_acknowledged() -> None:
    world = World()
    alerts = world.central().tower.alerts
    alerts.acknowledge("none", by="kim")
    with pytest.raises(NotFoundError):
        alerts.find("none", [MAIN])


def test_what_is_long_over_is_forgotten() -> None:
    world = World()
    door = a_door(world)
    alerts = world.central().tower.alerts
    beat(world, door, outbox=5_000)
    alerts.evaluate()
    beat(world, door)
    alerts.evaluate()
    assert alerts.clean_up() == 0
    world.clock.seconds += KEEP_US // US + 1
    assert alerts.clean_up() == 1
    assert told(world) == []


def test_a_firing_alert_is_never_forgotten() -> None:
    world = World()
    beat(world, a_door(world), outbox=5_000)
    alerts = world.central().tower.alerts
    alerts.evaluate()
    world.clock.seconds += 10 * KEEP_US // US
    assert alerts.clean_up() == 0
