"""Central's /metrics: every figure the pages and alerts ask for, for whoever may see it."""

from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from cardcore.audit import ClockTrust, entry_hash, parse_entry, serialise_entry
from cardcore.ids import Audience
from cardcore.wire import Heartbeat
from central.bootstrap import Central
from central.errors import ConflictError, Kind
from central.ports.meter import NoMeter
from central.ports.records import Device, Role
from tests.fakes.central_http import API, client_of, problem_in
from tests.fakes.central_material import (
    ADA,
    MAIN,
    POOL,
    World,
    batch,
    card_of_ada,
    chain,
    device_of,
    enrol,
)
from tests.fakes.central_office import arrival, operator

Samples = dict[str, dict[tuple[str, ...], float]]


@pytest.fixture
def north(central: Central) -> Device:
    return device_of(central, enrol(central))


async def scraped(world: World, central: Central, *venues: Audience) -> Samples:
    grants = [(Role.READ, venue) for venue in venues or (MAIN,)]
    header = operator(world.fake, "prometheus", *grants)
    async with client_of(world, central) as client:
        answer = await client.get("/metrics", headers=header)
    assert answer.status_code == 200
    found: Samples = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


async def test_nobody_reads_figures_without_a_token(world: World, central: Central) -> None:
    async with client_of(world, central) as client:
        answer = await client.get("/metrics")
        assert (answer.status_code, problem_in(answer)) == (401, "not_authenticated")


async def test_ingest_scans_and_repeats_are_counted(
    world: World, central: Central, north: Device
) -> None:
    entries = chain(3, north.device_id)
    central.audit.ingest(north, batch(entries))
    central.audit.ingest(north, batch(entries))
    found = await scraped(world, central)
    assert found["gatepost_central_scans_total"] == {("main", "admit", "ok"): 3}
    assert found["gatepost_central_ingested_entries_total"] == {
        ("main", "accepted"): 3,
        ("main", "duplicate"): 3,
    }
    assert found["gatepost_central_repeats_total"] == {("audit_entry",): 3}


async def test_a_reason_nobody_knows_makes_no_series(
    world: World, central: Central, north: Device
) -> None:
    entry = parse_entry(chain(1, north.device_id)[0])
    odd = serialise_entry(replace(entry, reason="<script>invented"))
    central.audit.ingest(north, batch([odd]))
    found = await scraped(world, central)
    assert found["gatepost_central_scans_total"] == {("main", "admit", "other"): 1}


async def test_what_central_could_not_read_is_counted_apart(
    world: World, central: Central, north: Device
) -> None:
    central.audit.ingest(north, batch([b"no entry"]))
    found = await scraped(world, central)
    assert found["gatepost_central_ingested_entries_total"] == {("main", "quarantined"): 1}
    assert "gatepost_central_scans_total" not in found


async def test_gaps_and_forks_are_counted(world: World, central: Central, north: Device) -> None:
    entries = chain(3, north.device_id)
    with pytest.raises(ConflictError):
        central.audit.ingest(north, batch(entries[1:], first=2))
    central.audit.ingest(north, batch(entries))
    other = chain(1, north.device_id, first=3, previous=entry_hash(entries[0]))
    with pytest.raises(ConflictError):
        central.audit.ingest(north, batch(other, first=3))
    found = await scraped(world, central)
    assert found["gatepost_central_refused_batches_total"] == {
        ("main", "gap"): 1,
        ("main", "fork"): 1,
    }
    assert found["gatepost_central_incidents_open"]["main", "fork"] == 1


async def test_events_that_come_twice_are_counted(world: World, central: Central) -> None:
    for _ in range(2):
        central.processor.process(arrival(event_id="e-1"), lambda _tx: None)
    card_of_ada(central)
    found = await scraped(world, central)
    assert found["gatepost_central_repeats_total"] == {("membership_event",): 1}
    assert found["gatepost_central_events"] == {("waiting",): 2, ("dead",): 0}
    assert found["gatepost_central_cards"] == {("main", "active"): 1}


async def test_a_call_under_its_key_again_is_counted(world: World, central: Central) -> None:
    central.members.import_members(MAIN, [ADA])
    header = operator(world.fake, "ann") | {"Idempotency-Key": "k-1"}
    async with client_of(world, central) as client:
        body = {"member_id": ADA.member_id, "mode": "online"}
        for _ in range(2):
            assert (await client.post(f"{API}/cards", headers=header, json=body)).status_code == 200
    found = await scraped(world, central)
    assert found["gatepost_central_repeats_total"] == {("idempotency_key",): 1}
    calls = found["gatepost_central_request_seconds_count"]
    assert calls["POST", f"{API}/cards", "200"] == 2


async def test_every_door_tells_how_it_is(world: World, central: Central, north: Device) -> None:
    enrol(central, door="Silent")
    told = Heartbeat(
        program="test/1",
        wall_us=0,
        clock=ClockTrust.HOLDOVER,
        outbox=7,
        circuit="open",
        keyset_version=3,
        free_bytes=5_000,
    )
    central.presence.beat(north, told)
    world.clock.seconds += 90
    found = await scraped(world, central)
    key = ("main", "North", north.device_id)
    assert found["gatepost_door_silent_seconds"] == {key: 90}
    assert found["gatepost_door_outbox_entries"] == {key: 7}
    assert found["gatepost_door_circuit_open"] == {key: 1}
    assert found["gatepost_door_clock_trust"] == {key: 0.5}
    assert found["gatepost_door_key_set_version"] == {key: 3}
    assert found["gatepost_door_disk_free_bytes"] == {key: 5_000}
    assert found["gatepost_central_doors"] == {("main",): 2}


async def test_a_heartbeat_nobody_can_read_leaves_its_age(
    world: World, central: Central, north: Device
) -> None:
    told = Heartbeat(
        program="test/1", wall_us=0, clock=ClockTrust.TRUSTED, outbox=0, circuit="closed"
    )
    central.presence.beat(north, told)
    with world.fake.write() as tx:
        tx.reports.put_sign(replace(tx.reports.signs()[north.device_id], content=b"{}"))
    found = await scraped(world, central)
    assert len(found["gatepost_door_silent_seconds"]) == 1
    assert "gatepost_door_outbox_entries" not in found


async def test_ages_of_documents_and_the_pool(world: World, central: Central) -> None:
    enrol(central)
    central.signed.key_sets.key_set(MAIN)
    world.clock.seconds += 12
    found = await scraped(world, central)
    assert found["gatepost_central_document_age_seconds"] == {("main", "keyset"): 12}
    assert found["gatepost_central_database_connections"] == {("in_use",): 0, ("size",): 1}
    assert found["gatepost_central_health"]["database",] == 1
    assert 0 < found["gatepost_central_health_ratio"][()] <= 1


async def test_venues_do_not_see_each_others_figures(
    world: World, central: Central, north: Device
) -> None:
    central.audit.ingest(north, batch(chain(1, north.device_id)))
    card_of_ada(central)
    found = await scraped(world, central, POOL)
    assert found["gatepost_central_doors"] == {("pool",): 0}
    assert [name for name, series in found.items() for key in series if "main" in key] == []


def test_who_counts_nothing_has_nothing_to_show(north: Device) -> None:
    nobody = NoMeter()
    nobody.took(north, [], duplicate=1)
    nobody.refused(north, Kind.GAP)
    nobody.repeated("event")
    nobody.answered("GET", "/", 200, 0.1)
    assert vars(nobody) == {}
