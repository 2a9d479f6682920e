"""The door's judgement of its own clock: what the ledger remembers, what the machine says, what follows.

It also keeps the anchor up while NTP keeps the clock: see :mod:`scanner.door.clock_trust` for the rules.
"""

from collections.abc import Callable
from typing import Protocol

from cardcore.audit import ClockTrust
from scanner.door.clock_trust import ClockMemory, Ntp, judge_clock, wants_anchor
from scanner.door.moment import Moment


class ClockBook(Protocol):
    """Where what is known of the time is kept. All faults are LedgerError."""

    @property
    def clock_memory(self) -> ClockMemory:
        """What is remembered, asked each time: a sync beside this lane may have learned more."""
        ...

    def anchor_clock(self, at: Moment) -> None:
        """Somebody vouched for the clock at ``at``; durable when this returns."""
        ...


class Timekeeper:
    """Judges moments; ``ntp`` asks the machine."""

    def __init__(self, *, book: ClockBook, ntp: Callable[[], Ntp]) -> None:
        self._book = book
        self._ntp = ntp

    def trust(self, at: Moment) -> ClockTrust:
        """How far a clock that reads ``at`` is believed. Writes nothing."""
        return judge_clock(at, self._book.clock_memory, self._ntp())

    def keep(self, at: Moment) -> ClockTrust:
        """As :meth:`trust`; a clock that NTP keeps is noted as an anchor now and then."""
        memory, ntp = self._book.clock_memory, self._ntp()
        if wants_anchor(at, memory, ntp):
            self._book.anchor_clock(at)
        return judge_clock(at, memory, ntp)


def always_trusted(_at: Moment) -> ClockTrust:
    """The judgement of a rehearsal, which is told what time it is."""
    return ClockTrust.TRUSTED
