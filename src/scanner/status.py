"""The best word on a card in the time a door has: live, else what was kept, with its age.

1. Where the snapshot is younger than ASK_AFTER and has the card, central need not be asked.
2. Else, while the circuit is closed, central is asked by a thread of its own; the door waits ASK_WITHIN at most.
   A late reply still lands in the cache, and is a failure to the circuit: a central that is always late is as good as
   none. While an earlier question hangs, or the circuit is open, nothing is waited for.
3. Else the newer of the last live answer and the snapshot; a card the snapshot lacks is absent as of then.
4. Else nothing is known.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, TimeoutError as FutureTimeoutError
from contextlib import suppress
from contextvars import copy_context
from typing import Final

from cardcore.card import printable
from cardcore.ids import CardId, Micros, UnixSeconds
from cardcore.membership import (
    AbsentStatus,
    CardStanding,
    KnownStatus,
    Origin,
    Status,
    UnknownStatus,
)
from cardcore.wire import CardStatusAnswer
from scanner.circuit import OPEN, Breaker
from scanner.door.moment import MICROS, Moment
from scanner.errors import LateAnswerError, LedgerError, LinkDownError, LinkError
from scanner.ports import CentralLink, StatusMemory

ASK_AFTER: Final = 60.0  # seconds; a snapshot this young was refreshed on time
ASK_WITHIN: Final = 0.3  # seconds a person at a door does not notice


class _LateStatusError(LateAnswerError):
    """Carries the answer that came late; None where central has no such card."""

    def __init__(self, answer: CardStatusAnswer | None) -> None:
        super().__init__("central answered later than a door waits")
        self.answer = answer


class LiveStatus:
    """Asks central, one question at a time, in a thread of its own."""

    def __init__(
        self,
        *,
        link: CentralLink,
        breaker: Breaker,
        memory: StatusMemory,
        mono: Callable[[], Micros],
        within: float = ASK_WITHIN,
    ) -> None:
        self._mono = mono
        self._within = within
        self._link = link
        self._breaker = breaker
        self._memory = memory
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="live-status")
        self._asked: Future[Status | None] | None = None

    @property
    def circuit(self) -> str:
        """closed, open or half-open."""
        return self._breaker.state

    def ask(self, card_id: CardId, at: Moment) -> Status | None:
        """Central's word within the time a door has, or None."""
        if self._asked is not None and not self._asked.done():
            return None
        if self._breaker.state == OPEN:
            return None
        self._asked = self._thread.submit(copy_context().run, self._question, card_id, at)
        try:
            return self._asked.result(timeout=self._within)
        except FutureTimeoutError:
            return None

    def close(self) -> None:
        """Stop asking; does not wait for a question that hangs."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _question(self, card_id: CardId, at: Moment) -> Status | None:
        try:
            answer = self._breaker.call(lambda: self._timed(card_id))
        except _LateStatusError as late:
            answer = late.answer
        except LinkError:
            return None
        if answer is None:
            return AbsentStatus(as_of=at.seconds, origin=Origin.LIVE)
        standing = _standing(answer, at.seconds)
        # What cannot be kept was said all the same: a revoked card must not pass for an unknown one.
        with suppress(LedgerError):
            self._memory.remember(card_id, standing)
        return KnownStatus(standing=standing, origin=Origin.LIVE)

    def _timed(self, card_id: CardId) -> CardStatusAnswer | None:
        began = self._mono()
        answer = self._checked(card_id)
        if self._mono() - began > self._within * MICROS:
            raise _LateStatusError(answer)
        return answer

    def _checked(self, card_id: CardId) -> CardStatusAnswer | None:
        """An answer about another card is nonsense, and nonsense is no answer."""
        answer = self._link.card_status(card_id)
        if answer is not None and answer.card_id != card_id.hex():
            msg = "central answered about another card"
            raise LinkDownError(msg)
        return answer


class StatusChain:
    """The StatusSource of a door: live, cache, snapshot, in that order."""

    def __init__(
        self, *, live: LiveStatus | None, memory: StatusMemory, ask_after: float = ASK_AFTER
    ) -> None:
        self._live = live
        self._memory = memory
        self._ask_after = ask_after

    @property
    def circuit(self) -> str:
        """State of the live link; a door without one is as good as open."""
        return OPEN if self._live is None else self._live.circuit

    def status_of(self, card_id: CardId, at: Moment) -> Status:
        """The best word on this card. Total: a memory that cannot be read is as good as none."""
        try:
            return self._best(card_id, at)
        except LedgerError:
            return UnknownStatus()

    def _best(self, card_id: CardId, at: Moment) -> Status:
        issued_at = self._memory.snapshot_issued_at
        kept = self._kept(card_id, issued_at)
        if self._live is None or (
            isinstance(kept, KnownStatus) and self._is_new(issued_at, at.seconds)
        ):
            return kept
        return self._live.ask(card_id, at) or self._kept(card_id, issued_at)

    def _kept(self, card_id: CardId, issued_at: UnixSeconds | None) -> Status:
        cached = self._memory.cached(card_id)
        listed = self._memory.in_snapshot(card_id)
        if cached is not None and (issued_at is None or cached.as_of >= issued_at):
            return KnownStatus(standing=cached, origin=Origin.CACHE)
        if listed is not None:
            return KnownStatus(standing=listed, origin=Origin.SNAPSHOT)
        if issued_at is not None:
            return AbsentStatus(as_of=issued_at, origin=Origin.SNAPSHOT)
        return UnknownStatus()

    def _is_new(self, issued_at: UnixSeconds | None, now: UnixSeconds) -> bool:
        return issued_at is not None and 0 <= now - issued_at < self._ask_after


def _standing(answer: CardStatusAnswer, asked_at: UnixSeconds) -> CardStanding:
    """The answer, never newer than the question: from the future it would stay the newest for ever."""
    return CardStanding(
        state=answer.state,
        generation=answer.generation,
        member=answer.member_status,
        display_name=None if answer.display_name is None else printable(answer.display_name),
        as_of=min(UnixSeconds(answer.as_of), asked_at),
    )
