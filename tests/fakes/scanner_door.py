"""A whole lane from parts, and attempts and entries to put into ledgers."""

from collections.abc import Callable
from typing import Final

from cardcore.audit import ClockTrust
from cardcore.card import Claims
from cardcore.ids import DeviceId, DoorId, UnixSeconds
from cardcore.keyset import Alg
from cardcore.membership import NotAsked
from cardcore.policy import DOOR_RULES, DoorPolicy, StatusRules
from cardcore.reasons import Reason
from cardcore.verify import RejectedCard, VerifiedCard
from scanner.door.clock_trust import ClockMemory, Ntp, judge_clock
from scanner.door.decision import Admit, Decision, Refuse
from scanner.door.frame import Presentation
from scanner.door.identity import DoorIdentity
from scanner.door.lists import CardLists
from scanner.door.moment import Moment
from scanner.door.record import Circumstances, entry_for
from scanner.pipeline import ScanPipeline
from scanner.ports import Attempt, Clock, KeySource, Ledger, QrDecoder, StatusSource
from tests.fakes.card_material import NOW, VENUE, some_claims
from tests.fakes.minting import mint
from tests.fakes.scanner_clock import FakeClock
from tests.fakes.scanner_ledger import FakeLedger
from tests.fakes.scanner_parts import FakeDecoder, FakeKeyRing, FakeStatus

DOOR: Final = DoorId("Front door")
DEVICE: Final = DeviceId("dev-1")
POLICY: Final = DoorPolicy(version=7)


def an_identity(
    *,
    policy: DoorPolicy = POLICY,
    rules: StatusRules = DOOR_RULES,
) -> DoorIdentity:
    return DoorIdentity(
        door=DOOR,
        device=DEVICE,
        audiences=frozenset((VENUE,)),
        policy=policy,
        rules=rules,
        program="gatepost test",
    )


def a_pipeline(
    *,
    ledger: Ledger | None = None,
    status: StatusSource | None = None,
    keys: KeySource | None = None,
    decoder: QrDecoder | None = None,
    clock: Clock | None = None,
    identity: DoorIdentity | None = None,
    trust: Callable[[Moment], ClockTrust] | None = None,
    lists: CardLists | None = None,
    policy: Callable[[], DoorPolicy] | None = None,
    missed_key: Callable[[], None] = lambda: None,
) -> ScanPipeline:
    """A lane of fakes, but for what is given; by the floor alone unless ``trust`` says otherwise."""
    ledger = ledger or FakeLedger()
    return ScanPipeline(
        identity=identity or an_identity(),
        clock=clock or FakeClock(),
        decoder=decoder or FakeDecoder(),
        keys=keys or FakeKeyRing(),
        status=status or FakeStatus(),
        ledger=ledger,
        trust=trust or by_the_floor(ledger),
        lists=lists,
        policy=policy,
        missed_key=missed_key,
    )


def by_the_floor(ledger: Ledger) -> Callable[[Moment], ClockTrust]:
    """The judgement of a machine that NTP keeps, and that remembers no anchor."""
    return lambda at: judge_clock(at, ClockMemory(floor=ledger.clock_floor), Ntp.SYNCHRONISED)


def a_presentation(text: str, at: Moment | None = None) -> Presentation:
    return Presentation(text=text, at=at or FakeClock().now(), source="camera:0")


def a_card(claims: Claims | None = None, alg: Alg = Alg.HMAC_256_256) -> str:
    return mint(claims or some_claims(), alg)


def an_attempt(
    claims: Claims | None = None,
    *,
    decision: Decision | None = None,
    at: int = NOW,
    clock: ClockTrust = ClockTrust.TRUSTED,
    program: str = "gatepost test",
    policy: DoorPolicy = POLICY,
) -> Attempt:
    """An attempt to admit, but for what is given; without claims, the refusal of something that is no card."""
    decision = decision or Admit(reason=Reason.OK)
    verification: VerifiedCard | RejectedCard = RejectedCard(reason=Reason.NOT_A_CARD)
    if claims is not None:
        verification = VerifiedCard(claims=claims, kid=_KID, alg=Alg.HMAC_256_256)
    circumstances = Circumstances(
        door=DOOR,
        device=DEVICE,
        clock=clock,
        circuit="closed",
        keyset_version=3,
        policy_version=policy.version,
        program=program,
    )
    entry = entry_for(
        a_presentation("text", FakeClock(at).now()),
        verification,
        NotAsked(),
        decision,
        circumstances=circumstances,
        stages={},
    )
    return Attempt(entry=entry, decision=decision, claims=claims, policy=policy)


def a_refusal() -> Attempt:
    return an_attempt(decision=Refuse(reason=Reason.NOT_A_CARD))


_KID: Final = FakeKeyRing().keys.keys.__iter__().__next__()
LONG_AGO: Final = UnixSeconds(NOW - 86_400)
