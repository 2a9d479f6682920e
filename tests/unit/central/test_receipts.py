"""Receipts: what central signs of a log, and how it goes on by its own word where it has lost entries."""

from dataclasses import replace

import pytest

from cardcore.audit import entry_hash
from cardcore.ids import DeviceId, Epoch, Seq
from cardcore.receipt_document import Receipt, receipt_in, sign_receipt
from central.bootstrap import Central
from central.errors import ConflictError, Kind, NotAllowedError
from central.ports.happenings import IncidentKind
from central.ports.records import Device
from tests.fakes.central_material import EPOCH, MAIN, POOL, World, batch, chain, device_of, enrol
from tests.fakes.central_watched import found


def test_a_receipt_names_the_entry_as_it_is_held(central: Central, device: Device) -> None:
    entries = chain(3, device.device_id)
    central.audit.ingest(device, batch(entries))
    data = central.receipts.give(device, EPOCH, Seq(2))
    assert receipt_in(data, MAIN, root=central.keys.root_key()) == Receipt(
        device=device.device_id, epoch=EPOCH, seq=Seq(2), hash=entry_hash(entries[1])
    )


@pytest.mark.parametrize(("epoch", "seq"), [(EPOCH, 4), (Epoch(b"another!"), 1)])
def test_there_is_no_receipt_for_what_is_not_held(
    central: Central, device: Device, epoch: Epoch, seq: int
) -> None:
    central.audit.ingest(device, batch(chain(3, device.device_id)))
    with pytest.raises(ConflictError) as caught:
        central.receipts.give(device, epoch, Seq(seq))
    assert (caught.value.kind, caught.value.mark) == (Kind.GAP, 3 if epoch == EPOCH else 0)


def test_a_device_gets_no_receipt_for_the_log_of_another(central: Central, device: Device) -> None:
    other = device_of(central, enrol(central, MAIN, "South"))
    central.audit.ingest(device, batch(chain(1, device.device_id)))
    with pytest.raises(ConflictError):
        central.receipts.give(other, EPOCH, Seq(1))


def test_a_central_that_lost_entries_goes_on_behind_its_receipt(
    world: World, central: Central, device: Device
) -> None:
    entries = chain(6, device.device_id)
    central.audit.ingest(device, batch(entries))
    receipt = central.receipts.give(device, EPOCH, Seq(4))
    world.fake.put_back(device.device_id, 1)
    for _ in range(2):  # a reply that was lost is asked for again
        answer = central.receipts.resume(device, receipt)
        assert (answer.mark, answer.hash) == (4, entry_hash(entries[3]).hex())
    with central.storage.read() as tx:
        [gap] = tx.audit.gaps(device.device_id)
    assert (gap.first, gap.last, gap.receipt) == (2, 4, receipt)
    assert central.audit.ingest(device, batch(entries[4:], first=5)).mark == 6
    [incident] = [one for one in found(central) if one.kind is IncidentKind.ENTRIES_LOST]
    assert (incident.seq, incident.facts) == (2, {"first": 2, "last": 4})


def test_a_central_that_lost_nothing_stays_where_it_is(central: Central, device: Device) -> None:
    central.audit.ingest(device, batch(chain(6, device.device_id)))
    receipt = central.receipts.give(device, EPOCH, Seq(4))
    assert central.receipts.resume(device, receipt).mark == 6
    with central.storage.read() as tx:
        assert tx.audit.gaps(device.device_id) == []
    assert found(central) == []


def test_what_was_not_signed_here_for_this_device_moves_nothing(
    world: World, central: Central, device: Device
) -> None:
    other = device_of(central, enrol(central, MAIN, "South"))
    central.audit.ingest(other, batch(chain(2, other.device_id)))
    theirs = central.receipts.give(other, EPOCH, Seq(2))
    root = central.keys.root_key()
    said = receipt_in(theirs, MAIN, root=root)
    forged = sign_receipt(
        replace(said, device=device.device_id),
        MAIN,
        world.clock.now(),
        root=root,
        private_key=bytes(32),
    )
    for data in (theirs, forged, b"", b"nonsense", theirs[:-1]):
        with pytest.raises(NotAllowedError, match="receipt_refused"):
            central.receipts.resume(device, data)
    assert central.audit.mark(device, EPOCH).mark == 0


def test_a_receipt_of_another_venue_moves_nothing(central: Central, device: Device) -> None:
    central.audit.ingest(device, batch(chain(2, device.device_id)))
    receipt = central.receipts.give(device, EPOCH, Seq(2))
    moved = replace(device, audience=POOL, device_id=DeviceId(device.device_id))
    with pytest.raises(NotAllowedError):
        central.receipts.resume(moved, receipt)
