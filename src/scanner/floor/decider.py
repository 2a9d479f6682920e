"""The thread that decides: frames and typed codes in, answers out, each durable before it is told.

First of all it tells what was admitted and not yet shown when the program last died.
"""

import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import assert_never

from scanner.desk import Answered, DeskEvent, FaultKind, SourceEnded
from scanner.door.debounce import Debounce
from scanner.door.frame import Corners, Presentation
from scanner.errors import LedgerError
from scanner.floor.faults import FaultBoard
from scanner.floor.gate import Gate
from scanner.floor.inbox import Ended, Errand, Inbox, Seen, Shown
from scanner.floor.ports import FloorLedger
from scanner.floor.recovery import card_of, recovered
from scanner.floor.staff import Staff
from scanner.pipeline import Answer, ScanPipeline
from scanner.ports import Clock

_log = logging.getLogger(__name__)

Addressed = Callable[[Presentation], Presentation]
"""Adds what the door knows of a presentation: which way it faces, who is on duty."""


class Decider:
    """Takes from the inbox until it is closed."""

    def __init__(
        self,
        *,
        inbox: Inbox,
        pipeline: ScanPipeline,
        ledger: FloorLedger,
        staff: Staff,
        gate: Gate,
        board: FaultBoard,
        clock: Clock,
        addressed: Addressed,
        tell: Callable[[DeskEvent], None],
        wake: Callable[[], None],
        heard: Callable[[Answer], None],
    ) -> None:
        self._inbox = inbox
        self._pipeline = pipeline
        self._ledger = ledger
        self._staff = staff
        self._gate = gate
        self._board = board
        self._clock = clock
        self._addressed = addressed
        self._tell = tell
        self._wake = wake
        self._heard = heard
        self._debounces: dict[str, Debounce] = {}
        self._thread = threading.Thread(target=self._loop, name="decide", daemon=True)
        self.codes: tuple[Corners, ...] = ()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def join(self) -> None:
        """Wait for the end, which comes when the inbox is closed and empty."""
        if self._thread.ident is not None:
            self._thread.join()

    def publish(self, answer: Answer) -> None:
        """What was decided, to the screen, the gate and central."""
        try:
            self._tell(Answered(answer=answer))
        finally:
            self.act(answer)

    def act(self, answer: Answer) -> None:
        """What an answer does besides being shown."""
        if answer.seq is None:
            self._board.put(FaultKind.LEDGER_UNWRITABLE, answer.trouble)
        self._gate.act(answer)
        self._wake()
        self._heard(answer)

    def _loop(self) -> None:
        self._guarded(self._recover)
        while (taken := self._inbox.take()) is not None:
            self._guarded(partial(self._do, taken))

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except LedgerError as error:
            self._board.put(FaultKind.LEDGER_UNWRITABLE, str(error))
        except Exception:  # noqa: BLE001 -- a thread loop: it logs, shows and goes on
            _log.exception("a decision failed in a way nobody foresaw; the door stays shut")

    def _do(self, taken: Seen | Errand | Ended) -> None:
        match taken:
            case Seen():
                self._look(taken)
            case Presentation():
                self._answer(taken)
            case Shown(seq=seq):
                self._ledger.shown(seq, self._clock.now().seconds)
            case Ended():
                self._tell(SourceEnded())
            case _ as never:
                assert_never(never)

    def _look(self, seen: Seen) -> None:
        found, took = self._pipeline.readings(seen.frame)
        self.codes = tuple(reading.corners for reading in found if reading.corners is not None)
        debounce = self._debounces.setdefault(seen.source, Debounce())
        for shown in self._pipeline.held(found, took, seen.frame, seen.source, debounce):
            self._answer(shown)

    def _answer(self, presentation: Presentation) -> None:
        shown = self._addressed(presentation)
        self.publish(self._staff.turned_away(shown) or self._pipeline.answer(shown))

    def _recover(self) -> None:
        for entry in self._ledger.unshown(self._clock.now().seconds):
            answer = recovered(entry, self._staff.status_of(card_of(entry)))
            self.publish(answer)
