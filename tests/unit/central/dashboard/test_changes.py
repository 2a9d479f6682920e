"""What an operator changes on the dashboard: incidents, dead letters, alerts; and who may not."""

from cardcore.ids import Micros
from central.ops.dashboard.live import Live
from central.ports.lookups import News
from central.ports.records import Role
from central.ports.watching import EVERYWHERE, Alert, AlertState, Severity
from tests.contract.central.test_rollups import evening
from tests.fakes.central_dashboard import visiting
from tests.fakes.central_material import MAIN, POOL, World, card_of_ada
from tests.fakes.central_office import Refusing, publisher_of
from tests.fakes.central_world import NOON


def alert(world: World, alert_id: str = "a1", audience: str = MAIN) -> None:
    kept = Alert(
        alert_id=alert_id,
        audience=type(MAIN)(audience),
        rule="door_silent",
        subject="d-1",
        severity=Severity.CRITICAL,
        state=AlertState.FIRING,
        since=Micros(NOON * 1_000_000),
        value=700,
        text="The door “North” has not been heard.",
    )
    with world.fake.write() as tx:
        tx.watching.alerts.put(kept)


async def test_an_incident_is_marked_handled() -> None:
    world = World()
    evening(world.central())
    async with visiting(world) as visitor:
        [incident, *_] = world.central().incidents.listed([MAIN])
        text = (await visitor.get("/incidents")).text
        assert f"/dashboard/incidents/{incident.incident_id}/handled" in text
        answer = await visitor.post(f"/incidents/{incident.incident_id}/handled")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/dashboard/incidents")
        handled = world.central().incidents.listed([MAIN], handled=True)
        assert [(i.incident_id, i.handled_by) for i in handled] == [(incident.incident_id, "kim")]
        assert ", kim" in (await visitor.get("/incidents?state=handled")).text
        assert (await visitor.post("/incidents/none/handled")).status_code == 404


async def test_a_dead_letter_is_sent_again() -> None:
    world = World()
    card_of_ada(world.central())
    publisher_of(world, Refusing(9), tries=1).publish_all()
    async with visiting(world) as visitor:
        [letter, *_] = world.central().letters.all()
        assert "RuntimeError: the mail system is away" in (await visitor.get("/letters")).text
        answer = await visitor.post(f"/letters/{letter.event.event_id}/retry")
        assert answer.status_code == 303
        left = [item.event.event_id for item in world.central().letters.all()]
        assert letter.event.event_id not in left
        assert (await visitor.post("/letters/none/retry")).status_code == 404


async def test_an_alert_is_acknowledged_once() -> None:
    world = World()
    alert(world)
    alert(world, "a2", EVERYWHERE)
    async with visiting(world) as visitor:
        assert "Acknowledge: The door" in (await visitor.get("/alerts")).text
        for alert_id in ("a1", "a2"):
            assert (await visitor.post(f"/alerts/{alert_id}/acknowledged")).status_code == 303
        world.clock.seconds += 5
        assert (await visitor.post("/alerts/a1/acknowledged")).status_code == 303
        text = (await visitor.get("/alerts")).text
        assert "Acknowledge: The door" not in text
        assert ", kim" in text
        with world.fake.read() as tx:
            kept = tx.watching.alerts.find("a1")
        assert kept is not None
        assert (kept.acknowledged_at, kept.acknowledged_by) == (NOON, "kim")


async def test_another_venues_alert_and_incident_are_not_there() -> None:
    world = World()
    alert(world, "a1", POOL)
    async with visiting(world) as visitor:
        assert "Acknowledge" not in (await visitor.get("/alerts")).text.replace("Acknowledged", "")
        assert (await visitor.post("/alerts/a1/acknowledged")).status_code == 404


async def test_who_may_only_look_changes_nothing() -> None:
    world = World()
    evening(world.central())
    alert(world)
    alert(world, "a2", EVERYWHERE)
    publisher_of(world, Refusing(9), tries=1).publish_all()
    async with visiting(world, role=Role.READ) as visitor:
        [incident, *_] = world.central().incidents.listed([MAIN])
        [letter, *_] = world.central().letters.all()
        for path in ("/incidents", "/letters", "/alerts"):
            assert '<td><form method="post"' not in (await visitor.get(path)).text
        assert (await visitor.post(f"/incidents/{incident.incident_id}/handled")).status_code == 404
        assert (await visitor.post(f"/letters/{letter.event.event_id}/retry")).status_code == 404
        for alert_id in ("a1", "a2"):
            assert (await visitor.post(f"/alerts/{alert_id}/acknowledged")).status_code == 403


async def test_a_change_without_the_pages_token_is_refused() -> None:
    world = World()
    evening(world.central())
    async with visiting(world) as visitor:
        [incident, *_] = world.central().incidents.listed([MAIN])
        visitor.csrf = "0" * 64
        answer = await visitor.post(f"/incidents/{incident.incident_id}/handled")
        assert answer.status_code == 403
        assert world.central().incidents.listed([MAIN], handled=True) == []


async def test_news_are_told_until_the_session_ends() -> None:
    old, new = News(1, 0, 0, 0), News(2, 0, 0, 0)
    looks = iter([old, old, new, None])
    live = Live(every_s=0)
    told = [event async for event in live.events(lambda: next(looks))]
    assert told == ["retry: 2000\n\n", "event: news\ndata: \n\n", "event: ended\ndata: \n\n"]
    assert live.listeners == 0


async def test_a_quiet_stream_beats_and_has_its_page_fetched_anew_now_and_then() -> None:
    looks = iter([News(1, 0, 0, 0)] * 61 + [None])
    told = [event async for event in Live(every_s=0).events(lambda: next(looks))]
    assert told[1:-1] == [": beat\n\n"] * 3 + ["event: news\ndata: \n\n"]
