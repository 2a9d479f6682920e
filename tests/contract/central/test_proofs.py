"""What the audit is proven by, on every storage."""

from dataclasses import replace

import pytest

from cardcore.audit import entry_hash, parse_entry
from cardcore.ids import Micros, Seq
from central.ports.records import Evidence, SignedCheckpoint, StoredEntry
from central.ports.storage import Storage
from tests.fakes.central_material import ADA, EPOCH, MAIN, chain, some_device

DEVICE = some_device()
DATA = chain(5, DEVICE.device_id)
SIGNED = SignedCheckpoint(seq=Seq(3), statement=b"said", countersigned=b"signed")


@pytest.fixture
def filled(storage: Storage) -> Storage:
    with storage.write() as tx:
        tx.documents.touch(MAIN)
        tx.members.put([ADA])
        tx.devices.add(DEVICE)
        tx.audit.append(
            DEVICE.device_id,
            EPOCH,
            [
                StoredEntry(
                    seq=Seq(seq),
                    hash=entry_hash(raw),
                    raw=raw,
                    entry=parse_entry(raw),
                    quarantine=None,
                )
                for seq, raw in enumerate(DATA, 1)
            ],
            Micros(1),
        )
    return storage


def test_a_checkpoint_of_the_same_size_takes_the_place_of_the_last(filled: Storage) -> None:
    later = replace(SIGNED, statement=b"said again")
    other = replace(SIGNED, seq=Seq(2))
    with filled.write() as tx:
        for checkpoint in (SIGNED, later, other):
            tx.proofs.put(DEVICE.device_id, EPOCH, checkpoint)
    with filled.read() as tx:
        assert tx.proofs.of(DEVICE.device_id, EPOCH) == [other, later]


def test_only_another_history_is_one(filled: Storage) -> None:
    with filled.write() as tx:
        assert tx.proofs.forked_at(DEVICE.device_id, EPOCH) is None
        for seq, why in ((4, "broken_chain: x"), (5, "fork: x"), (3, "fork: y")):
            kept = Evidence(seq=Seq(seq), hash=bytes([seq]) * 32, raw=b"raw", why=why)
            tx.audit.keep(DEVICE.device_id, EPOCH, kept, Micros(1))
    with filled.read() as tx:
        assert tx.proofs.forked_at(DEVICE.device_id, EPOCH) == 3
