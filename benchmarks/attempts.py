"""What the path hands to the ledger, made beforehand."""

from cardcore.audit import ClockTrust
from cardcore.card import Claims
from cardcore.ids import DeviceId, DoorId, Micros
from cardcore.keyset import Alg
from cardcore.membership import UnknownStatus
from cardcore.policy import DoorPolicy
from cardcore.reasons import Reason
from cardcore.verify import VerifiedCard
from scanner.adapters.clock_system import RehearsalClock
from scanner.door.decision import Admit
from scanner.door.frame import Presentation
from scanner.door.record import Circumstances, entry_for
from scanner.ports import Attempt
from tests.fakes.card_material import KIDS, NOW

STAGES = {"decode": 2_500, "verify": 90, "replay": 60, "status": 40, "decide": 10}


def attempt_for(claims: Claims) -> Attempt:
    """The admission of this card, ready to be committed."""
    decision = Admit(reason=Reason.OK_FALLBACK)
    verified = VerifiedCard(claims=claims, kid=KIDS[Alg.HMAC_256_64], alg=Alg.HMAC_256_64)
    shown = Presentation(text="", at=RehearsalClock(NOW).now(), source="bench")
    circumstances = Circumstances(
        door=DoorId("Bench"),
        device=DeviceId("bench"),
        clock=ClockTrust.TRUSTED,
        circuit="open",
        keyset_version=1,
        policy_version=0,
        program="bench",
    )
    entry = entry_for(
        shown,
        verified,
        UnknownStatus(),
        decision,
        circumstances=circumstances,
        stages={name: Micros(took) for name, took in STAGES.items()},
    )
    return Attempt(entry=entry, decision=decision, claims=claims, policy=DoorPolicy())
