"""The short lines around the picture: door, link and its age, who is inside, what is wrong. Pure."""

from dataclasses import dataclass
from typing import Final

from cardcore.audit import ClockTrust, Direction
from scanner.desk import (
    Attendant,
    DoorFacts,
    Fault,
    FaultKind,
    LinkState,
    Occupancy,
    PassedOver,
)
from scanner.ui.i18n import Words, mark
from scanner.ui.phrases import ROLE_WORDS, clean


@dataclass(frozen=True, slots=True)
class FaultText:
    """A fault in words: what is wrong, what staff can do, what a visitor of a kiosk should do."""

    what: str
    remedy: str
    visitor: str = mark("Please use another entrance")


FAULTS: Final = {
    FaultKind.LEDGER_UNWRITABLE: FaultText(
        mark("Cannot write to its log"), mark("Use another door; call support")
    ),
    FaultKind.DISK_FULL: FaultText(mark("Disk is full"), mark("Free space, or call support")),
    FaultKind.DEVICE_REVOKED: FaultText(
        mark("Shut out by the office"), mark("Use another door; call the office")
    ),
    FaultKind.NO_KEYS: FaultText(
        mark("Has no keys to check cards"), mark("Connect it once: gatepost sync")
    ),
    FaultKind.CLOCK_UNTRUSTED: FaultText(
        mark("Clock cannot be trusted"), mark("Connect it, or run: gatepost clock reset")
    ),
    FaultKind.CAMERA_LOST: FaultText(
        mark("Camera is gone"), mark("Check its cable; it is tried again by itself")
    ),
}
"""Every fault, the worst first."""

PASSED_WORDS: Final = {
    "picture_too_large": mark("Picture too large"),
    "unreadable_file": mark("Not a picture"),
}


def worst(faults: tuple[Fault, ...]) -> Fault | None:
    """The fault to show where there is room for one."""
    order = list(FAULTS)
    return min(faults, key=lambda fault: order.index(fault.kind), default=None)


def door_line(facts: DoorFacts, words: Words) -> str:
    """Which door this is, and which way it counts."""
    way = words.say("Entry") if facts.direction is Direction.ENTRY else words.say("Exit")
    return f"{clean(facts.door)} · {way}"


def link_word(facts: DoorFacts, words: Words) -> str:
    """ONLINE, or OFFLINE and for how long."""
    link = facts.link
    if link.online:
        return words.say("ONLINE")
    if link.since is None:
        return words.say("OFFLINE")
    return words.say("OFFLINE {span}", span=words.span(max(0, facts.now - link.since)))


def list_line(facts: DoorFacts, words: Words) -> str:
    """How old the member list is."""
    at = facts.link.list_at
    if at is None:
        return words.say("no list")
    return words.say("list {when}", when=words.when(at, facts.now))


def link_line(facts: DoorFacts, words: Words) -> str:
    """``OFFLINE 14 min · list 18:02``: the age of what the door knows is always in view."""
    return f"{link_word(facts, words)} · {list_line(facts, words)}"


def retry_line(link: LinkState, words: Words) -> str:
    """When central is tried again, and what waits for it."""
    parts = []
    if not link.online and link.next_try_s is not None:
        parts.append(words.say("next try in {span}", span=words.span(link.next_try_s)))
    if link.outbox:
        parts.append(words.say("{n} to send", n=link.outbox))
    if link.trouble:
        parts.append(clean(link.trouble))
    return " · ".join(parts)


def duty_line(attendant: Attendant | None, words: Words) -> str:
    """Who is on duty."""
    if attendant is None:
        return words.say("nobody on duty")
    return f"{clean(attendant.name)} ({words.say(ROLE_WORDS[attendant.role])})"


def here_line(occupancy: Occupancy, words: Words) -> str:
    """Who is inside by this door's own count."""
    return words.say("In by this door {n}", n=_of(occupancy.here, None))


def venue_line(occupancy: Occupancy, words: Words) -> str:
    """Who is inside the venue, and how old that is; empty where nobody says."""
    if occupancy.venue is None:
        return ""
    count = _of(occupancy.venue, occupancy.capacity)
    line = words.say("Venue {n}", n=count)
    if occupancy.venue_age_s is None:
        return line
    age = words.say("{span} ago", span=words.span(occupancy.venue_age_s))
    return f"{line}, {age}"


def count_of(occupancy: Occupancy) -> str:
    """The one number that matters: the house's where it is known, else this door's."""
    n = occupancy.here if occupancy.venue is None else occupancy.venue
    return _of(n, occupancy.capacity)


def count_line(occupancy: Occupancy, words: Words) -> str:
    """That number, in a few letters."""
    return words.say("In {n}", n=count_of(occupancy))


def clock_line(facts: DoorFacts, words: Words) -> str:
    """The time, with a mark of doubt where the clock is not trusted."""
    doubt = {ClockTrust.TRUSTED: "", ClockTrust.HOLDOVER: "~", ClockTrust.UNTRUSTED: "?"}
    return f"{doubt[facts.clock]}{words.clock(facts.now)}"


def doubt_lines(facts: DoorFacts, words: Words) -> list[str]:
    """Where nobody vouches for the clock: that, and what to do about it. A clock known to be wrong is a fault."""
    if facts.clock is not ClockTrust.HOLDOVER:
        return []
    return [
        words.say("Clock not confirmed"),
        words.say(FAULTS[FaultKind.CLOCK_UNTRUSTED].remedy),
    ]


def fault_line(fault: Fault, facts: DoorFacts, words: Words) -> str:
    """What is wrong, and since when."""
    what = words.say(FAULTS[fault.kind].what)
    since = words.say("since {when}", when=words.when(fault.since, facts.now))
    return f"{what} · {since}"


def passed_line(passed: PassedOver, words: Words) -> str:
    """Which picture was not looked at, and why."""
    why = PASSED_WORDS.get(passed.why, passed.why)
    return f"{words.say(why)}: {clean(passed.name)}"


def _of(count: int, capacity: int | None) -> str:
    return f"{max(0, count)}" if capacity is None else f"{max(0, count)}/{capacity}"
