from dataclasses import replace

import pytest

from cardcore.device_keys import DeviceKeys
from cardcore.enrolment import parse_code
from cardcore.errors import WireError
from cardcore.ids import DoorId
from cardcore.wire import EnrolRequest, bytes_of
from central.devices.service import parse_door
from central.errors import Kind, NotAllowedError, UnprocessableError
from tests.fakes.central_material import MAIN, POOL, World, device_of, enrol, request_of

DOOR = DoorId("North")


def assert_refused(world: World, request: EnrolRequest) -> None:
    central = world.central()
    known = len(central.devices.all())
    with pytest.raises(NotAllowedError) as refused:
        central.devices.enrol(request)
    assert refused.value.kind is Kind.ENROLMENT_REFUSED
    assert refused.value.detail == ""
    assert len(central.devices.all()) == known


def test_a_code_that_was_never_made_is_refused() -> None:
    assert_refused(World(), EnrolRequest(selector="AAAAAAAA", secret="A" * 16, program="test/1"))


def test_a_wrong_secret_is_refused_and_the_right_one_still_works() -> None:
    world = World()
    request = request_of(world.central().devices.make_code(MAIN, DOOR).text)
    assert_refused(world, replace(request, secret="A" * 16))
    assert world.central().devices.enrol(request).door == DOOR


def test_a_code_works_once() -> None:
    world = World()
    request = request_of(world.central().devices.make_code(MAIN, DOOR).text)
    world.central().devices.enrol(request)
    assert_refused(world, request)


def test_a_code_works_for_ten_minutes() -> None:
    world = World()
    request = request_of(world.central().devices.make_code(MAIN, DOOR).text)
    world.clock.seconds += 600
    assert_refused(world, request)


def test_a_code_dies_after_fifty_failures() -> None:
    world = World()
    request = request_of(world.central().devices.make_code(MAIN, DOOR).text)
    for _ in range(50):
        assert_refused(world, replace(request, secret="A" * 16))
    assert_refused(world, request)


def test_a_device_learns_who_it_is_where_it_stands_and_whom_to_trust() -> None:
    central = World().central()
    code = central.devices.make_code(POOL, DOOR)
    answer = central.devices.enrol(request_of(code.text))
    assert (answer.door, answer.audience) == (DOOR, POOL)
    assert parse_code(code.text).trusts(bytes_of(answer.root_public_key))
    assert bytes_of(answer.root_kid) == central.keys.root_key().kid
    device = device_of(central, answer)
    assert device.device_id == answer.device_id
    assert device.program == "test/1"


def test_a_code_is_read_in_any_case() -> None:
    central = World().central()
    request = request_of(central.devices.make_code(MAIN, DOOR).text)
    lower = replace(request, selector=request.selector.lower(), secret=request.secret.lower())
    assert central.devices.enrol(lower).audience == MAIN


def test_two_devices_at_one_door_are_two() -> None:
    central = World().central()
    first, second = enrol(central), enrol(central)
    assert first.device_id != second.device_id
    assert first.token != second.token
    assert [device.door for device in central.devices.all()] == [DOOR, DOOR]


def test_neither_code_nor_token_is_kept_or_printed() -> None:
    world = World()
    central = world.central()
    code = central.devices.make_code(MAIN, DOOR)
    answer = central.devices.enrol(request_of(code.text))
    selector, secret, _ = code.text.split("-")
    with world.fake.read() as tx:
        kept = f"{tx.devices.code(selector)!r} {tx.devices.all()!r} {code!r}"
    assert secret not in kept
    assert answer.token is not None
    assert answer.token not in kept


@pytest.mark.parametrize("name", ["", "D" * 65, "Nor\nth"])
def test_a_door_has_a_name_that_can_be_shown(name: str) -> None:
    with pytest.raises(UnprocessableError):
        parse_door(name)


def test_a_door_may_have_spaces_in_its_name() -> None:
    assert parse_door("North door") == "North door"


KEYS = DeviceKeys(signing=b"s" * 32, receiving=b"r" * 32).public


def test_the_public_keys_of_a_device_are_kept() -> None:
    central = World().central()
    request = request_of(central.devices.make_code(MAIN, DOOR).text)
    answer = central.devices.enrol(
        replace(request, signing_key=KEYS.signing.hex(), receiving_key=KEYS.receiving.hex())
    )
    assert device_of(central, answer).keys == KEYS


@pytest.mark.parametrize(
    ("signing", "receiving"),
    [(KEYS.signing.hex(), None), (None, KEYS.receiving.hex()), (KEYS.signing.hex(), "00" * 32)],
)
def test_keys_that_are_none_use_no_code_up(signing: str | None, receiving: str | None) -> None:
    central = World().central()
    request = request_of(central.devices.make_code(MAIN, DOOR).text)
    with pytest.raises((UnprocessableError, WireError)):
        central.devices.enrol(replace(request, signing_key=signing, receiving_key=receiving))
    assert central.devices.all() == []
    assert central.devices.enrol(request).door == DOOR
