import pytest

from cardcore.audit import GENESIS, entry_hash
from cardcore.ids import Epoch
from cardcore.wire import AuditBatch
from central.audit.service import parse_epoch
from central.bootstrap import Central
from central.errors import ConflictError, Kind, UnprocessableError
from central.ports.records import Device
from tests.fakes.central_material import EPOCH, MAIN, World, batch, chain, device_of, enrol


def refused(central: Central, device: Device, sent: AuditBatch) -> ConflictError:
    with pytest.raises(ConflictError) as caught:
        central.audit.ingest(device, sent)
    return caught.value


def test_entries_after_a_gap_are_refused_with_the_mark(central: Central, device: Device) -> None:
    entries = chain(5, device.device_id)
    central.audit.ingest(device, batch(entries[:2]))
    error = refused(central, device, batch(entries[3:], first=4))
    assert (error.kind, error.mark) == (Kind.GAP, 2)
    assert central.audit.mark(device, EPOCH).mark == 2


def test_another_entry_under_a_number_is_a_fork_and_kept(central: Central, device: Device) -> None:
    entries = chain(3, device.device_id)
    central.audit.ingest(device, batch(entries))
    other = chain(1, device.device_id, first=2, previous=bytes(range(32)))
    error = refused(central, device, batch([entries[0], *other, entries[2]]))
    assert (error.kind, error.mark) == (Kind.FORK, 3)
    assert refused(central, device, batch(other, first=2)).kind is Kind.FORK
    [kept] = central.audit.evidence(device)
    assert (kept.seq, kept.raw) == (2, other[0])
    assert central.audit.mark(device, EPOCH).hash == entry_hash(entries[2]).hex()


def test_a_broken_chain_ends_the_batch_there_and_is_kept(central: Central, device: Device) -> None:
    entries = chain(2, device.device_id)
    stray = chain(1, device.device_id, first=3, previous=GENESIS)
    error = refused(central, device, batch([*entries, *stray]))
    assert (error.kind, error.mark) == (Kind.BROKEN_CHAIN, 2)
    assert central.audit.mark(device, EPOCH).hash == entry_hash(entries[1]).hex()
    assert [kept.raw for kept in central.audit.evidence(device)] == stray


def test_an_entry_of_another_epoch_breaks_the_chain(central: Central, device: Device) -> None:
    entries = chain(1, device.device_id, epoch=Epoch(b"another!"))
    assert refused(central, device, batch(entries)).kind is Kind.BROKEN_CHAIN


def test_sending_a_batch_again_stores_nothing(central: Central, device: Device) -> None:
    entries = chain(3, device.device_id)
    first = central.audit.ingest(device, batch(entries))
    assert (first.accepted, first.duplicate, first.mark) == (3, 0, 3)
    again = central.audit.ingest(device, batch(entries))
    assert (again.accepted, again.duplicate, again.mark) == (0, 3, 3)
    assert again.hash == first.hash
    assert len(central.audit.lines(10)) == 3


def test_a_batch_that_overlaps_adds_what_is_new(central: Central, device: Device) -> None:
    entries = chain(5, device.device_id)
    central.audit.ingest(device, batch(entries[:3]))
    answer = central.audit.ingest(device, batch(entries[1:], first=2))
    assert (answer.accepted, answer.duplicate, answer.mark) == (2, 2, 5)


def test_an_unreadable_entry_is_set_apart_and_the_chain_goes_on(
    central: Central, device: Device
) -> None:
    strange = b"\xff from a newer door"
    after = chain(1, device.device_id, first=2, previous=entry_hash(strange))
    answer = central.audit.ingest(device, batch([strange, *after]))
    assert (answer.mark, answer.accepted, answer.quarantined) == (2, 1, [1])
    lines = central.audit.lines(10)
    assert [(line.seq, line.quarantine) for line in lines] == [(1, "unreadable"), (2, None)]
    assert central.audit.ingest(device, batch([strange, *after])).duplicate == 2


def test_an_entry_that_names_another_device_is_set_apart(central: Central, device: Device) -> None:
    entries = chain(1, "d-somebody-else")
    entries += chain(1, device.device_id, first=2, previous=entry_hash(entries[0]))
    answer = central.audit.ingest(device, batch(entries))
    assert (answer.mark, answer.accepted, answer.quarantined) == (2, 1, [1])
    assert central.audit.lines(10)[0].quarantine == "foreign_device"


def test_every_epoch_and_every_device_has_its_own_mark(central: Central, device: Device) -> None:
    other = device_of(central, enrol(central, MAIN, "South"))
    later = Epoch(b"restored")
    central.audit.ingest(device, batch(chain(2, device.device_id)))
    central.audit.ingest(device, batch(chain(1, device.device_id, epoch=later), epoch=later))
    assert central.audit.mark(device, EPOCH).mark == 2
    assert central.audit.mark(device, later).mark == 1
    fresh = central.audit.mark(other, EPOCH)
    assert (fresh.mark, fresh.hash, fresh.epoch) == (0, "00" * 32, EPOCH.hex())


def test_a_batch_is_one_transaction(world: World, central: Central, device: Device) -> None:
    before = world.fake.writes
    central.audit.ingest(device, batch(chain(50, device.device_id)))
    assert world.fake.writes == before + 1


def test_arrival_and_the_doors_own_times_are_kept(
    world: World, central: Central, device: Device
) -> None:
    world.clock.seconds += 9
    central.audit.ingest(device, batch(chain(1, device.device_id)))
    [line] = central.audit.lines(1)
    assert line.arrived_at == world.clock.seconds * 1_000_000
    assert line.wall == 1_800_000_000_000_001


@pytest.mark.parametrize("first", [0, (1 << 63) - 1])
def test_a_number_out_of_bounds_is_refused(central: Central, device: Device, first: int) -> None:
    with pytest.raises(UnprocessableError):
        central.audit.ingest(device, batch([b"x"], first=first))


@pytest.mark.parametrize("text", ["", "00", "0" * 15, "0" * 17, "G" * 16, "A" * 16, " " * 16])
def test_an_epoch_is_sixteen_hex_digits(text: str) -> None:
    with pytest.raises(UnprocessableError):
        parse_epoch(text)
