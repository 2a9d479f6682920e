"""Signed calls at central: played again, signed at another time, by nobody or by a device that was shut out."""

import gzip
from dataclasses import replace

import httpx
import pytest

from cardcore import wire
from cardcore.documents import RootKey
from cardcore.enrolment import parse_code
from cardcore.ids import DeviceId, DoorId, Kid, UnixSeconds
from cardcore.request_signature import SKEW_MAX_S
from cardcore.revocation_document import revocation_in
from cardcore.time_document import time_in
from cardcore.trust_document import trust_in
from central.errors import NotFoundError
from central.ports.happenings import IncidentKind
from central.signatures import ReplayMemory
from tests.fakes.central_http import API, JSON, client_of, problem_in
from tests.fakes.central_material import EPOCH, MAIN, World, batch, chain, enrol, request_of
from tests.fakes.central_signing import KEYS, OTHER, SigningDoor, with_keys
from tests.fakes.central_world import NOON as NOON_

NOON = UnixSeconds(NOON_)
TIME = f"{API}/devices/me/time?nonce={'ab' * 16}"
BEAT = f"{API}/devices/me/heartbeat"
BATCHES = f"{API}/devices/me/audit/batches"


@pytest.fixture
async def door(world: World, client: httpx.AsyncClient) -> SigningDoor:
    body = with_keys(world.central().devices.make_code(MAIN, DoorId("North")).text)
    stranger = SigningDoor(
        world=world, client=client, device_id="new", root=world.central().keys.root_key()
    )
    answer = await stranger.post(f"{API}/devices/enrol", body)
    enrolled = wire.parse(answer.content, wire.EnrolAnswer)
    root = RootKey(
        kid=Kid(wire.bytes_of(enrolled.root_kid)),
        public_key=wire.bytes_of(enrolled.root_public_key),
    )
    return replace(stranger, device_id=enrolled.device_id, root=root)


async def test_a_signed_call_is_answered(door: SigningDoor) -> None:
    assert (await door.get(TIME)).status_code == 200


async def test_a_packed_body_is_signed_as_it_was_sent(door: SigningDoor) -> None:
    entries = chain(2, door.device_id)
    body = gzip.compress(wire.serialise(batch(entries)))
    answer = await door.post(BATCHES, body, **{"Content-Encoding": "gzip"})
    assert wire.parse(answer.content, wire.BatchAnswer).accepted == 2


async def test_a_device_with_keys_is_given_no_token(
    world: World, client: httpx.AsyncClient
) -> None:
    body = with_keys(world.central().devices.make_code(MAIN, DoorId("North")).text)
    stranger = SigningDoor(
        world=world, client=client, device_id="new", root=world.central().keys.root_key()
    )
    answer = await stranger.post(f"{API}/devices/enrol", body)
    assert wire.parse(answer.content, wire.EnrolAnswer).token is None


@pytest.mark.parametrize("headers", [{}, {"signature-input": "x", "signature": "y"}])
async def test_nobody_enrols_with_a_key_that_another_made(
    world: World, client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    code = world.central().devices.make_code(MAIN, DoorId("North")).text
    stranger = SigningDoor(
        world=world,
        client=client,
        device_id="new",
        root=world.central().keys.root_key(),
        keys=OTHER,
    )
    body = with_keys(code)
    answer = await stranger.post(f"{API}/devices/enrol", body, **headers)
    assert (answer.status_code, problem_in(answer)) == (401, "not_authenticated")
    stranger.keys = KEYS
    assert (await stranger.post(f"{API}/devices/enrol", body)).status_code == 200


async def test_a_call_is_answered_once(door: SigningDoor) -> None:
    headers = door.signed("GET", TIME)
    assert (await door.client.get(TIME, headers=headers)).status_code == 200
    again = await door.client.get(TIME, headers=headers)
    assert (again.status_code, problem_in(again)) == (401, "replayed")


async def test_two_devices_may_draw_the_same_nonce(door: SigningDoor) -> None:
    other = enrol_another(door)
    assert (await door.get(TIME)).status_code == 200
    other.made = door.made - 1
    assert (await other.get(TIME)).status_code == 200


def enrol_another(door: SigningDoor) -> SigningDoor:
    central = door.world.central()
    request = request_of(central.devices.make_code(MAIN, DoorId("South")).text)
    public = OTHER.public
    answer = central.devices.enrol(
        replace(request, signing_key=public.signing.hex(), receiving_key=public.receiving.hex())
    )
    return replace(door, device_id=answer.device_id, keys=OTHER)


@pytest.mark.parametrize("ahead", [SKEW_MAX_S + 1, -SKEW_MAX_S - 1, 10**9])
async def test_a_call_signed_at_another_time_is_told_the_time(
    door: SigningDoor, ahead: int
) -> None:
    door.ahead = ahead
    answer = await door.get(TIME)
    assert (answer.status_code, problem_in(answer)) == (401, "clock_skew")
    document = wire.parse(answer.content, wire.Problem).document
    assert document is not None
    nonce = door.made.to_bytes(16, "big")
    assert time_in(document, nonce, MAIN, root=door.root) == door.world.clock.now()


@pytest.mark.parametrize("ahead", [SKEW_MAX_S, -SKEW_MAX_S])
async def test_five_minutes_are_near_enough(door: SigningDoor, ahead: int) -> None:
    door.world.clock.seconds += SKEW_MAX_S  # central has run for a while
    door.ahead = ahead
    assert (await door.get(TIME)).status_code == 200


async def test_a_call_from_before_this_process_began_could_be_an_old_one(door: SigningDoor) -> None:
    headers = door.signed("GET", TIME)
    door.world.clock.seconds += 1
    async with client_of(door.world) as after_a_restart:
        answer = await after_a_restart.get(TIME, headers=headers)
        assert (answer.status_code, problem_in(answer)) == (401, "clock_skew")
        headers = door.signed("GET", TIME)
        assert (await after_a_restart.get(TIME, headers=headers)).status_code == 200


async def test_another_devices_key_opens_nothing(door: SigningDoor) -> None:
    other = replace(door, keys=OTHER)
    answer = await other.get(TIME)
    assert (answer.status_code, problem_in(answer)) == (401, "not_authenticated")


async def test_a_body_that_was_changed_on_the_way_is_not_taken(door: SigningDoor) -> None:
    headers = {**JSON, **door.signed("POST", BEAT, b"{}")}
    answer = await door.client.post(BEAT, content=b"[]", headers=headers)
    assert (answer.status_code, problem_in(answer)) == (401, "not_authenticated")


async def test_a_device_that_had_a_token_registers_its_keys_once(
    world: World, client: httpx.AsyncClient
) -> None:
    enrolled = enrol(world.central())
    bearer = {"Authorization": f"Bearer {enrolled.token}"}
    door = SigningDoor(
        world=world,
        client=client,
        device_id=enrolled.device_id,
        root=world.central().keys.root_key(),
    )
    public = KEYS.public
    keys = wire.DeviceKeysRequest(
        signing_key=public.signing.hex(), receiving_key=public.receiving.hex()
    )
    target, body = f"{API}/devices/me/keys", wire.serialise(keys)
    # a key that the caller does not have is not registered
    stolen = await client.post(target, content=body, headers={**JSON, **bearer})
    assert (stolen.status_code, problem_in(stolen)) == (401, "not_authenticated")
    answer = await door.post(target, body, **bearer)
    assert wire.parse(answer.content, wire.DeviceKeysAnswer).device_id == door.device_id
    # the reply was lost: sent again, it is a success, now by the signature
    assert (await door.post(target, body, **bearer)).status_code == 200
    assert (await door.get(TIME)).status_code == 200
    # the token is worth nothing any more
    assert (await client.get(TIME, headers=bearer)).status_code == 401
    # nor are other keys taken, whoever signs
    other = OTHER.public
    keys = wire.DeviceKeysRequest(
        signing_key=other.signing.hex(), receiving_key=other.receiving.hex()
    )
    answer = await door.post(target, wire.serialise(keys))
    assert answer.status_code == 401


async def test_the_description_is_for_devices_that_sign_too(door: SigningDoor) -> None:
    assert (await door.get("/openapi.json")).status_code == 200


def test_nonces_are_kept_as_long_as_they_could_be_used() -> None:
    memory = ReplayMemory(started_at=NOON)
    assert memory.is_new("a", NOON, NOON)
    later = UnixSeconds(NOON + SKEW_MAX_S)
    assert not memory.is_new("a", NOON, later)
    assert memory.is_new("b", later, UnixSeconds(later + 1))
    assert NOON not in memory._kept


def test_a_full_memory_takes_nothing_of_what_it_had_to_forget() -> None:
    memory = ReplayMemory(started_at=NOON, most=3)
    seconds = [UnixSeconds(NOON + each) for each in range(5)]
    for second in seconds:
        assert memory.knows_all_of(second)
        assert memory.is_new(f"of {second}", second, NOON)
    assert not memory.knows_all_of(seconds[1])
    assert memory.knows_all_of(seconds[2])
    assert not memory.is_new(f"of {seconds[2]}", seconds[2], NOON)
    assert sum(len(kept) for kept in memory._kept.values()) <= 3


async def test_a_revoked_device_is_told_so_by_the_root_and_its_log_is_kept_apart(
    door: SigningDoor,
) -> None:
    central = door.world.central()
    before = await door.post(BATCHES, wire.serialise(batch(chain(2, door.device_id))))
    assert wire.parse(before.content, wire.BatchAnswer).accepted == 2
    revoked = central.devices.revoke(door.device_id)
    assert central.devices.revoke(door.device_id) == revoked  # once
    answer = await door.get(TIME)
    assert (answer.status_code, problem_in(answer)) == (403, "device_revoked")
    document = wire.parse(answer.content, wire.Problem).document
    assert document is not None
    since = revocation_in(document, DeviceId(door.device_id), MAIN, root=door.root)
    assert since == door.world.clock.now()
    mark = await door.get(f"{API}/devices/me/audit/mark?epoch={EPOCH.hex()}")
    assert wire.parse(mark.content, wire.MarkAnswer).mark == 2
    body = wire.serialise(batch(chain(4, door.device_id)))
    after = wire.parse((await door.post(BATCHES, body)).content, wire.BatchAnswer)
    assert (after.accepted, after.duplicate, after.quarantined, after.mark) == (0, 2, [3, 4], 4)
    assert [line.quarantine for line in central.audit.lines(10)] == [
        None,
        None,
        "revoked_device",
        "revoked_device",
    ]
    # told once, not of each entry
    assert [each.kind for each in central.incidents.listed([MAIN])] == [IncidentKind.QUARANTINED]


async def test_a_device_with_a_token_is_revoked_as_well(
    world: World, client: httpx.AsyncClient
) -> None:
    enrolled = enrol(world.central())
    world.central().devices.revoke(enrolled.device_id)
    bearer = {"Authorization": f"Bearer {enrolled.token}"}
    answer = await client.get(TIME, headers=bearer)
    assert (answer.status_code, problem_in(answer)) == (403, "device_revoked")


def test_nobody_is_revoked_who_is_not_there(world: World) -> None:
    with pytest.raises(NotFoundError):
        world.central().devices.revoke("d-nobody")


async def test_whoever_asks_is_told_whom_to_trust_but_not_without_end(
    world: World, client: httpx.AsyncClient
) -> None:
    code = parse_code(world.central().devices.make_code(MAIN, DoorId("North")).text)
    nonce = bytes(range(16))
    target = f"{API}/devices/trust?nonce={nonce.hex()}"
    answer = await client.get(target)
    assert answer.headers["Content-Type"] == wire.DOCUMENT_TYPE
    trust = trust_in(answer.content, nonce, code)
    assert (trust.root, trust.certificate) == (world.central().keys.root_key(), None)
    bad = await client.get(f"{API}/devices/trust?nonce=00")
    assert (bad.status_code, problem_in(bad)) == (400, "malformed")
    bad = await client.get(f"{API}/devices/trust")
    assert (bad.status_code, problem_in(bad)) == (400, "malformed")
    for _ in range(7):
        assert (await client.get(target)).status_code == 200
    late = await client.get(target)
    assert (late.status_code, problem_in(late)) == (429, "too_many_tries")
