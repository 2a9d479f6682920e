"""What a verdict says on the screen: the sign for one answer, in the words of one language. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, assert_never
from unicodedata import category

from cardcore.audit import Outcome
from cardcore.ids import UnixSeconds
from cardcore.lifecycle import CardState
from cardcore.membership import KnownStatus, MemberStatus, Origin
from cardcore.reasons import Reason
from scanner.desk import OverrideReason, PinResult, Role, UndoResult
from scanner.door.decision import Admit, Decision, Record, Refuse, Review, outcome_of
from scanner.door.replay import Replayed
from scanner.door.verdict import verdict_of
from scanner.pipeline import Answer
from scanner.ui.i18n import Words, mark
from scanner.ui.letters import ARROW, CROSS, QUERY, TICK


class Kind(StrEnum):
    """How a sign looks and sounds: the class of its colours, its border and its shape."""

    ADMIT = "admit"
    UNCONFIRMED = "unconfirmed"
    REFUSE = "refuse"
    REVIEW = "review"
    GOODBYE = "goodbye"


SHAPES: Final = {
    Kind.ADMIT: TICK,
    Kind.UNCONFIRMED: TICK,
    Kind.REFUSE: CROSS,
    Kind.REVIEW: QUERY,
    Kind.GOODBYE: ARROW,
}
OVERRIDE_WORDS: Final = {
    OverrideReason.CODE_UNREADABLE: mark("The code cannot be read"),
    OverrideReason.PHONE_EMPTY: mark("The phone is empty"),
    OverrideReason.MEMBERSHIP_SHOWN_OTHERWISE: mark("Membership was shown otherwise"),
    OverrideReason.GUEST_OF_MEMBER: mark("Guest of a member"),
    OverrideReason.EMERGENCY: mark("Emergency"),
    OverrideReason.OTHER: mark("Another reason"),
}
PIN_WORDS: Final = {
    PinResult.GOOD: mark("PIN is right"),
    PinResult.WRONG: mark("Wrong PIN"),
    PinResult.LOCKED: mark("Locked after too many wrong PINs – wait, or call a supervisor"),
    PinResult.NONE_SET: mark("No PIN is set on this door – run: gatepost attendant add"),
}
UNDO_WORDS: Final = {
    UndoResult.DONE: mark("The last admission was taken back"),
    UndoResult.NOTHING: mark("There is no admission to take back"),
    UndoResult.TOO_LATE: mark("Too late to take back: 15 seconds are over"),
    UndoResult.NOT_ALLOWED: mark("Only a supervisor may take back"),
}
ROLE_WORDS: Final = {Role.STEWARD: mark("steward"), Role.SUPERVISOR: mark("supervisor")}
MEMBER_WORDS: Final = {
    MemberStatus.ACTIVE: mark("active"),
    MemberStatus.SUSPENDED: mark("suspended"),
    MemberStatus.CANCELLED: mark("cancelled"),
    MemberStatus.EXPIRED: mark("expired"),
}
STATE_WORDS: Final = {
    CardState.ISSUED: mark("card not activated"),
    CardState.ACTIVE: mark("card active"),
    CardState.SUSPENDED: mark("card suspended"),
    CardState.REVOKED: mark("card revoked"),
    CardState.EXPIRED: mark("card expired"),
}
OUTCOME_WORDS: Final[Mapping[str, str]] = {
    Outcome.ADMIT: mark("ADMIT"),
    Outcome.REFUSE: mark("REFUSE"),
    Outcome.REVIEW: mark("REVIEW"),
    Outcome.RECORD: mark("NOTED"),
}
_ORIGIN_WORDS: Final = {
    Origin.LIVE: mark("Central was asked just now"),
    Origin.CACHE: mark("As known at {when}"),
    Origin.SNAPSHOT: mark("By the list of {when}"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """All that a verdict shows. Empty texts are not drawn.

    ``memory`` is what this door remembers of the card, ``source`` what the member's standing rests on.
    """

    kind: Kind
    word: str
    rule: str
    memory: str = ""
    advice: str = ""
    name: str = ""
    source: str = ""
    trouble: str = ""


def sign_of(answer: Answer, words: Words, *, kiosk: bool = False) -> Sign:
    """The sign for ``answer``."""
    verdict = verdict_of(answer.decision)
    kind = kind_of(answer.decision)
    now = answer.presentation.at.seconds
    advice = words.say(verdict.advice)
    return Sign(
        kind=kind,
        word=words.say(_word(answer.decision, verdict.word, kiosk=kiosk)),
        rule=words.say(verdict.rule),
        memory=_memory(answer, words, now),
        advice=words.say("Please see staff") if kiosk and kind is Kind.REVIEW else advice,
        name=_name(answer, words),
        source="" if kiosk else _source(answer, words, now),
        trouble=clean(answer.trouble),
    )


def kind_of(decision: Decision) -> Kind:
    """How a decision looks."""
    match decision:
        case Admit(reason=Reason.OK_FALLBACK):
            return Kind.UNCONFIRMED
        case Admit():
            return Kind.ADMIT
        case Refuse():
            return Kind.REFUSE
        case Review():
            return Kind.REVIEW
        case Record():
            return Kind.GOODBYE
        case _ as never:
            assert_never(never)


def outcome_word(decision: Decision, words: Words) -> str:
    """The decision in one word, as lists have it."""
    return words.say(OUTCOME_WORDS[outcome_of(decision)])


def reason_word(reason: str, words: Words) -> str:
    """The rule of a line in the log; a reason this program does not know is shown as it stands."""
    try:
        known = Reason(reason)
    except ValueError:
        return clean(reason)
    return words.say(verdict_of(Refuse(reason=known)).rule)


def clean(text: str) -> str:
    """``text`` from outside: nothing in it moves the cursor or turns letters around."""
    return "".join("\N{REPLACEMENT CHARACTER}" if category(c).startswith("C") else c for c in text)


def _word(decision: Decision, word: str, *, kiosk: bool) -> str:
    if decision.reason is Reason.EXIT:
        return mark("GOODBYE")
    if isinstance(decision, Review) and kiosk:
        return mark("SEE STAFF")
    return word


def _memory(answer: Answer, words: Words, now: UnixSeconds) -> str:
    memory, reason = answer.memory, answer.decision.reason
    if reason is Reason.REPLAYED and isinstance(memory.replay, Replayed):
        when = words.when(memory.replay.first_used_at, now)
        return words.say("Already in, {when}, {where}", when=when, where=clean(memory.replay.where))
    if reason is Reason.PASSBACK and memory.inside_since is not None:
        when = words.when(memory.inside_since, now)
        if memory.is_elsewhere:
            return words.say("Already in, {when}, another door", when=when)
        return words.say("Already in, {when}, this door", when=when)
    if reason is Reason.OK_FALLBACK:
        return words.say("Not confirmed: nobody could be asked")
    return ""


def _name(answer: Answer, words: Words) -> str:
    name = clean(answer.display_name or "")
    claims = answer.verification.claims
    if claims is None or claims.member is None:
        return name
    number = words.say("no. {number}", number=clean(claims.member))
    return f"{name} · {number}" if name else number


def _source(answer: Answer, words: Words, now: UnixSeconds) -> str:
    if not isinstance(answer.status, KnownStatus):
        return ""
    when = words.when(answer.status.standing.as_of, now)
    return words.say(_ORIGIN_WORDS[answer.status.origin], when=when)
