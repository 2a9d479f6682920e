"""Checkpoints at central: what is countersigned, what is refused, and every way of tampering with the stored audit."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from cardcore.audit import entry_hash, parse_entry, serialise_entry
from cardcore.audit_proof import BreakKind
from cardcore.checkpoint import Checkpoint, countersigned_in, sign_checkpoint
from cardcore.device_keys import DeviceKeys
from cardcore.ids import DeviceId, DoorId, Epoch, Micros, Seq
from cardcore.wire import AuditBatch, BatchAnswer
from central.audit.review import AuditReview, Walked
from central.errors import ConflictError, UnprocessableError
from central.ports.records import Device, SignedCheckpoint, StoredEntry
from tests.fakes.central_material import EPOCH, MAIN, World, batch, chain, request_of
from tests.fakes.central_signing import KEYS, OTHER


class Room:
    """Central with one device that has handed in nine entries in three batches, each signed."""

    def __init__(self) -> None:
        self.world = World()
        request = request_of(self.world.central().devices.make_code(MAIN, DoorId("North")).text)
        public = KEYS.public
        self.device_id = (
            self.world.central()
            .devices.enrol(
                replace(
                    request,
                    signing_key=public.signing.hex(),
                    receiving_key=public.receiving.hex(),
                )
            )
            .device_id
        )
        self.entries = chain(9, self.device_id)
        self.answers = [self.hand_in(first) for first in (1, 4, 7)]

    @property
    def device(self) -> Device:
        return self.world.fake._kept.devices[DeviceId(self.device_id)]

    def hand_in(self, first: int, size: int = 3) -> BatchAnswer:
        entries = self.entries[first - 1 : first - 1 + size]
        sent = replace(batch(entries, first), checkpoint=self.signed(first + size - 1))
        return self.world.central().audit.ingest(self.device, sent)

    def signed(self, seq: int, keys: DeviceKeys = KEYS) -> bytes:
        return sign_checkpoint(
            Checkpoint(
                device=DeviceId(self.device_id),
                epoch=EPOCH,
                seq=Seq(seq),
                hash=entry_hash(self.entries[seq - 1]),
                at=Micros(seq),
            ),
            private_key=keys.signing,
            public_key=keys.public.signing,
        )

    def verdict(self) -> Walked:
        [found] = AuditReview(storage=self.world.fake).walk()
        return found

    @property
    def held(self) -> list[tuple[StoredEntry, Micros]]:
        return self.world.fake._kept.entries[(DeviceId(self.device_id), EPOCH)]

    @property
    def checkpoints(self) -> dict[int, SignedCheckpoint]:
        return self.world.fake._kept.checkpoints[(DeviceId(self.device_id), EPOCH)]


@pytest.fixture
def room() -> Room:
    return Room()


def test_what_the_device_signed_is_countersigned_and_kept(room: Room) -> None:
    root = room.world.central().keys.root_key()
    for seq, answer in zip((3, 6, 9), room.answers, strict=True):
        assert answer.countersigned is not None
        assert countersigned_in(answer.countersigned, MAIN, root=root) == room.signed(seq)
    verdict = room.verdict()
    assert verdict.is_sound
    assert (verdict.head.seq, verdict.signed, verdict.forked_at) == (9, 9, None)


def test_a_lost_reply_is_countersigned_again(room: Room) -> None:
    answer = room.hand_in(7)
    assert (answer.accepted, answer.duplicate) == (0, 3)
    assert answer.countersigned is not None
    assert room.verdict().is_sound


def test_a_batch_without_a_checkpoint_is_taken_as_before(room: Room) -> None:
    room.entries = chain(10, room.device_id)
    answer = room.world.central().audit.ingest(room.device, batch(room.entries[9:], 10))
    assert (answer.accepted, answer.countersigned) == (1, None)
    verdict = room.verdict()
    assert (verdict.head.seq, verdict.signed) == (10, 9)


def test_a_checkpoint_that_is_not_of_this_batch_takes_nothing(room: Room) -> None:
    room.entries = chain(12, room.device_id)
    good = replace(batch(room.entries[9:], 10), checkpoint=room.signed(12))
    bad = [
        room.signed(11),
        room.signed(12, OTHER),
        b"",
        b"nonsense",
        room.signed(12)[:-1],
    ]
    for checkpoint in bad:
        with pytest.raises(UnprocessableError):
            room.world.central().audit.ingest(room.device, replace(good, checkpoint=checkpoint))
    other_epoch: AuditBatch = replace(good, epoch=Epoch(bytes(8)).hex())
    with pytest.raises(UnprocessableError, match="another batch"):
        room.world.central().audit.ingest(room.device, other_epoch)
    without_keys = replace(room.device, keys=None)
    with pytest.raises(UnprocessableError, match="no keys"):
        room.world.central().audit.ingest(without_keys, good)
    assert len(room.held) == 9
    assert room.world.central().audit.ingest(room.device, good).accepted == 3


def change(room: Room, at: int, *, with_hash: bool) -> None:
    kept, arrived = room.held[at - 1]
    raw = serialise_entry(replace(parse_entry(kept.raw), reason="override"))
    digest = entry_hash(raw) if with_hash else kept.hash
    room.held[at - 1] = (replace(kept, raw=raw, hash=digest), arrived)


def write_anew(room: Room) -> None:
    """An insider who makes every hash from the fifth entry on fit again."""
    change(room, 5, with_hash=True)
    for at in range(6, 10):
        kept, arrived = room.held[at - 1]
        entry = replace(parse_entry(kept.raw), previous=room.held[at - 2][0].hash)
        raw = serialise_entry(entry)
        room.held[at - 1] = (replace(kept, raw=raw, hash=entry_hash(raw)), arrived)


def drop(room: Room, at: int) -> None:
    del room.held[at - 1]


def resign(room: Room, keys: DeviceKeys) -> None:
    kept = room.checkpoints[6]
    room.checkpoints[6] = replace(kept, statement=room.signed(6, keys))


def misplace(room: Room) -> None:
    room.checkpoints[6] = replace(room.checkpoints[3], seq=Seq(6))


def forge_countersignature(room: Room) -> None:
    room.checkpoints[6] = replace(
        room.checkpoints[6], countersigned=room.checkpoints[3].countersigned
    )


def spoil_countersignature(room: Room) -> None:
    room.checkpoints[6] = replace(room.checkpoints[6], countersigned=b"nonsense")


def take_the_keys(room: Room) -> None:
    room.world.fake._kept.devices[DeviceId(room.device_id)] = replace(room.device, keys=None)


@pytest.mark.parametrize(
    ("tamper", "at", "kind"),
    [
        pytest.param(lambda room: change(room, 5, with_hash=False), 5, BreakKind.EDITED, id="edit"),
        pytest.param(
            lambda room: change(room, 5, with_hash=True), 6, BreakKind.EDITED, id="rehash"
        ),
        pytest.param(write_anew, 4, BreakKind.TWO_HISTORIES, id="written anew"),
        pytest.param(lambda room: drop(room, 5), 5, BreakKind.MISSING, id="missing"),
        pytest.param(lambda room: drop(room, 9), 9, BreakKind.TRUNCATED, id="truncated"),
        pytest.param(lambda room: resign(room, OTHER), 6, BreakKind.BAD_SIGNATURE, id="signer"),
        pytest.param(misplace, 6, BreakKind.BAD_SIGNATURE, id="misplaced"),
        pytest.param(forge_countersignature, 6, BreakKind.BAD_SIGNATURE, id="another"),
        pytest.param(spoil_countersignature, 6, BreakKind.BAD_SIGNATURE, id="nonsense"),
        pytest.param(take_the_keys, 3, BreakKind.BAD_SIGNATURE, id="no keys"),
    ],
)
def test_the_first_break_of_a_stored_log_is_named(
    room: Room, tamper: Callable[[Room], None], at: int, kind: BreakKind
) -> None:
    tamper(room)
    verdict = room.verdict()
    assert (verdict.is_sound, verdict.at, verdict.kind) == (False, at, kind)


def test_another_entry_handed_in_is_told_beside_a_sound_log(room: Room) -> None:
    other = serialise_entry(replace(parse_entry(room.entries[7]), reason="override"))
    with pytest.raises(ConflictError):
        room.world.central().audit.ingest(room.device, batch([other], 8))
    verdict = room.verdict()
    assert (verdict.is_sound, verdict.forked_at) == (True, 8)
