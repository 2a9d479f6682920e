"""Members, a wired central in memory, and audit entries that chain."""

from dataclasses import dataclass, field

from cardcore.audit import (
    GENESIS,
    AuditEntry,
    ClockTrust,
    Direction,
    Outcome,
    entry_hash,
    serialise_entry,
)
from cardcore.card import Mode
from cardcore.enrolment import base32, parse_code
from cardcore.ids import Audience, DeviceId, DoorId, Epoch, MemberId
from cardcore.membership import MemberStatus
from cardcore.wire import AuditBatch, EnrolAnswer, EnrolRequest
from central.auth import secret_hash
from central.bootstrap import Central, wire_central
from central.ports.outlook import Outlook
from central.ports.records import Card, Device, Member
from central.ports.storage import Storage
from tests.fakes.central_storage import FakeStorage
from tests.fakes.central_world import CountingBytes, FakeClock

MAIN = Audience("main")
POOL = Audience("pool")
EPOCH = Epoch(bytes(range(8)))
ADA = Member(
    member_id=MemberId("M-1"), audience=MAIN, display_name="Ada L.", status=MemberStatus.ACTIVE
)
BOB = Member(
    member_id=MemberId("M-2"), audience=MAIN, display_name=None, status=MemberStatus.SUSPENDED
)


@dataclass(slots=True, kw_only=True)
class World:
    """Central with its clock and its storage in the test's hands."""

    clock: FakeClock = field(default_factory=FakeClock)
    fake: FakeStorage = field(default_factory=FakeStorage)
    storage: Storage | None = None
    randomness: CountingBytes = field(default_factory=CountingBytes)
    outlook: Outlook = field(default_factory=Outlook)

    def central(self) -> Central:
        return wire_central(
            self.storage or self.fake,
            clock=self.clock,
            randomness=self.randomness,
            outlook=self.outlook,
        )


def card_of_ada(central: Central, mode: Mode = Mode.ROTATING) -> Card:
    central.members.import_members(MAIN, [ADA])
    return central.cards.issue(MAIN, ADA.member_id, mode)


def request_of(code_text: str) -> EnrolRequest:
    code = parse_code(code_text)
    return EnrolRequest(
        selector=base32(code.selector), secret=base32(code.secret), program="test/1"
    )


def enrol(central: Central, audience: Audience = MAIN, door: str = "North") -> EnrolAnswer:
    code = central.devices.make_code(audience, DoorId(door))
    return central.devices.enrol(request_of(code.text))


def device_of(central: Central, answer: EnrolAnswer) -> Device:
    with central.storage.read() as tx:
        device = tx.devices.find(answer.device_id)
    assert device is not None
    return device


def chain(
    count: int, device: str, *, epoch: Epoch = EPOCH, first: int = 1, previous: bytes = GENESIS
) -> list[bytes]:
    """That many entries, each naming the hash of the one before."""
    entries: list[bytes] = []
    for seq in range(first, first + count):
        entry = AuditEntry(
            door="North",
            device=device,
            epoch=epoch,
            seq=seq,
            previous=previous,
            wall=1_800_000_000_000_000 + seq,
            mono=seq,
            boot_id=bytes(16),
            clock=ClockTrust.TRUSTED,
            source="camera",
            direction=Direction.ENTRY,
            decision=Outcome.ADMIT,
            reason="ok",
            card_id=bytes(16),
            nonce=seq.to_bytes(8, "big"),
        )
        entries.append(serialise_entry(entry))
        previous = entry_hash(entries[-1])
    return entries


def batch(entries: list[bytes], first: int = 1, epoch: Epoch = EPOCH) -> AuditBatch:
    return AuditBatch(epoch=epoch.hex(), first=first, entries=entries)


def some_device(device_id: str = "d-1", audience: Audience = MAIN) -> Device:
    return Device(
        device_id=DeviceId(device_id),
        door=DoorId("North"),
        audience=audience,
        token_hash=secret_hash(device_id),
        program="test/1",
        enrolled_at=FakeClock().now(),
    )
