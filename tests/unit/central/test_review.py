"""Every log is walked: what was changed, taken out or cut off afterwards is found, what is known to be lost is not a fault."""

from dataclasses import replace

import pytest

from cardcore.audit import entry_hash
from cardcore.ids import Epoch, Seq
from central.audit.review import PAGE, AuditReview, Walked
from central.bootstrap import Central
from central.ports.records import Device, StoredEntry
from tests.fakes.central_material import EPOCH, MAIN, World, batch, chain, device_of, enrol


class Room:
    """A central with one log, and a hand that can reach into its database."""

    def __init__(self) -> None:
        self.world = World()
        self.central: Central = self.world.central()
        self.device: Device = device_of(self.central, enrol(self.central, MAIN))

    def hand_in(self, entries: list[bytes], first: int = 1) -> None:
        self.central.audit.ingest(self.device, batch(entries, first=first))

    def chain(self, count: int) -> list[bytes]:
        return chain(count, self.device.device_id)

    @property
    def held(self) -> list[tuple[StoredEntry, object]]:
        return self.world.fake._kept.entries[self.device.device_id, EPOCH]  # type: ignore[return-value]

    def walk(self) -> Walked:
        [walked] = AuditReview(storage=self.world.fake).walk()
        return walked


@pytest.fixture
def room() -> Room:
    return Room()


def test_a_log_that_is_whole_is_sound(room: Room) -> None:
    entries = room.chain(5)
    room.hand_in(entries)
    walked = room.walk()
    assert walked.is_sound
    assert (walked.entries, walked.missing) == (5, 0)
    assert walked.head.hash == entry_hash(entries[-1])


def test_no_logs_are_no_fault(room: Room) -> None:
    assert list(AuditReview(storage=room.world.fake).walk()) == []


def test_what_nobody_can_read_counts_by_its_hash(room: Room) -> None:
    strange = b"\xff from a newer door"
    after = chain(2, room.device.device_id, first=2, previous=entry_hash(strange))
    room.hand_in([strange, *after])
    assert room.walk().is_sound


def test_an_entry_that_names_another_device_is_in_the_chain(room: Room) -> None:
    foreign = chain(1, "d-somebody-else")
    room.hand_in(
        foreign + chain(1, room.device.device_id, first=2, previous=entry_hash(foreign[0]))
    )
    assert room.walk().is_sound


def test_what_is_known_to_be_lost_is_told_and_no_fault(room: Room) -> None:
    entries = room.chain(6)
    room.hand_in(entries)
    receipt = room.central.receipts.give(room.device, EPOCH, Seq(4))
    room.world.fake.put_back(room.device.device_id, 2)
    room.central.receipts.resume(room.device, receipt)
    walked = room.walk()
    assert (walked.is_sound, walked.entries, walked.missing, walked.head.seq) == (True, 2, 2, 4)
    room.hand_in(entries[4:], first=5)
    walked = room.walk()
    assert (walked.is_sound, walked.entries, walked.missing, walked.head.seq) == (True, 4, 2, 6)


def test_an_entry_changed_afterwards_is_named(room: Room) -> None:
    room.hand_in(room.chain(4))
    stored, at = room.held[1]
    other = chain(1, room.device.device_id, first=2, previous=bytes(range(32)))[0]
    room.held[1] = (replace(stored, raw=other), at)
    walked = room.walk()
    assert (walked.is_sound, walked.at, walked.why) == (
        False,
        2,
        "is not the entry that was stored",
    )


def test_an_entry_changed_together_with_its_hash_breaks_the_chain(room: Room) -> None:
    room.hand_in(room.chain(4))
    stored, at = room.held[1]
    other = chain(1, room.device.device_id, first=2, previous=bytes(range(32)))[0]
    room.held[1] = (replace(stored, raw=other, hash=entry_hash(other)), at)
    assert room.walk().at == 2


def test_an_unreadable_entry_that_nobody_set_apart_is_a_fault(room: Room) -> None:
    room.hand_in(room.chain(2))
    stored, at = room.held[1]
    room.held[1] = (replace(stored, raw=b"\xff", hash=entry_hash(b"\xff")), at)
    assert room.walk().at == 2


def test_an_entry_taken_out_is_named(room: Room) -> None:
    room.hand_in(room.chain(4))
    del room.held[1]
    walked = room.walk()
    assert (walked.at, walked.why) == (2, "is missing; the next is entry 3")


def test_entries_of_several_pages_come_in_order(room: Room) -> None:
    entries = room.chain(PAGE + 3)
    for first in range(0, len(entries), 500):
        room.hand_in(entries[first : first + 500], first=first + 1)
    assert room.walk().entries == PAGE + 3
    exported = [row.raw for _log, row in AuditReview(storage=room.world.fake).entries()]
    assert exported == entries


def test_every_log_of_every_device_is_walked(room: Room) -> None:
    later = Epoch(b"restored")
    room.hand_in(room.chain(2))
    more = chain(1, room.device.device_id, epoch=later)
    room.central.audit.ingest(room.device, batch(more, epoch=later))
    walked = list(AuditReview(storage=room.world.fake).walk())
    assert sorted(log.entries for log in walked) == [1, 2]
