"""What every storage keeps of entries that are lost."""

from dataclasses import replace

import pytest

from cardcore.audit import ChainHead
from cardcore.ids import Epoch, Micros, Seq
from central.ports.records import Gap
from central.ports.storage import Storage
from tests.fakes.central_material import EPOCH, MAIN, some_device

DEVICE = some_device()
GAP = Gap(
    epoch=EPOCH,
    first=Seq(1),
    last=Seq(4),
    hash=bytes(range(32)),
    receipt=b"signed",
    found_at=Micros(7),
)


@pytest.fixture
def peopled(storage: Storage) -> Storage:
    with storage.write() as tx:
        tx.documents.touch(MAIN)
        tx.devices.add(DEVICE)
    return storage


def test_the_last_that_is_missing_becomes_the_head(peopled: Storage) -> None:
    with peopled.write() as tx:
        tx.audit.jump(DEVICE.device_id, GAP)
    with peopled.read() as tx:
        assert tx.audit.head(DEVICE.device_id, EPOCH) == ChainHead(seq=Seq(4), hash=GAP.hash)
        assert tx.audit.gaps(DEVICE.device_id) == [GAP]


def test_gaps_come_by_epoch_and_number_and_of_one_device(peopled: Storage) -> None:
    later = replace(GAP, first=Seq(9), last=Seq(9))
    other = replace(GAP, epoch=Epoch(b"\xff" * 8))
    with peopled.write() as tx:
        for gap in (other, GAP, later):
            tx.audit.jump(DEVICE.device_id, gap)
    with peopled.read() as tx:
        assert tx.audit.gaps(DEVICE.device_id) == [GAP, later, other]
        assert tx.audit.head(DEVICE.device_id, EPOCH).seq == 9
        assert tx.audit.gaps(some_device("d-other").device_id) == []
