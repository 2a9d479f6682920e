"""An answer of the path as programs and people read it."""

from typing import Final

from cardcore.audit import Outcome
from cardcore.ids import Micros
from scanner.door.decision import outcome_of
from scanner.door.record import status_used
from scanner.pipeline import Answer

OUTCOME_COLOURS: Final = {
    Outcome.ADMIT: "green",
    Outcome.REFUSE: "red",
    Outcome.REVIEW: "yellow",
    Outcome.RECORD: "blue",
}
NO_CARD_COLOUR: Final = "bright_black"
_SHOWN_STAGES: Final = ("decode", "verify", "status", "commit")


def describe(answer: Answer, total_us: int) -> dict[str, object]:
    """The answer as ``gatepost scan --json`` prints it, without the file; times in milliseconds."""
    claims = answer.verification.claims
    kid = answer.verification.kid
    used = status_used(answer.status, answer.presentation.at.seconds)
    times = {stage: _ms(answer.stages.get(stage, Micros(0))) for stage in _SHOWN_STAGES}
    return {
        "decision": outcome_of(answer.decision).value,
        "reason": answer.decision.reason.value,
        "card_id": None if claims is None else claims.card_id.hex(),
        "kid": None if kid is None else kid.hex(),
        "nonce": None if claims is None else claims.nonce.hex(),
        "status": {"value": used.value, "origin": used.origin, "age_s": used.age_s},
        "seq": answer.seq,
        "at": answer.presentation.at.seconds,
        "ms": times | {"total": _ms(total_us)},
    }


def _ms(micros: int) -> float:
    return round(micros / 1_000, 3)
