"""Remove entries that are old enough, and only what central has signed that it holds.

1. An entry is old when the clock that wrote it was believed and reads earlier than ``keep_for`` ago, or when one behind it
   is: what a doubted clock wrote is as old as what came next. Only while the clock is trusted now.
2. The newest entry that central was seen to hold stays, and all behind it.
3. Central signs a receipt for the last entry to go, with its hash. Without one, or with another hash, nothing goes: an
   answer of somebody else's can empty no log.
4. Entries and record go in one transaction. The receipt is kept: where central's mark is older than the oldest entry left
   (central was put back from an old copy), it is handed in, and central goes on behind it.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from cardcore.audit import ChainHead, ClockTrust, parse_entry
from cardcore.documents import RootKey, newest_of
from cardcore.errors import DocumentError, WireError
from cardcore.ids import Audience, DeviceId, Epoch, Micros, Seq, UnixSeconds
from cardcore.receipt_document import Receipt, receipt_in
from cardcore.wire import MarkAnswer
from scanner.door.moment import MICROS, Moment
from scanner.errors import LinkRefusedError
from scanner.ports import Clock, OutboxEntry

EVERY: Final = Micros(3_600 * MICROS)  # between two looks at what is old
AT_ONCE: Final = 1_000  # entries in one transaction: 10 ms for which a lane may have to wait
ROUNDS: Final = 20  # in one look: half a million entries a day, more than any door writes
DAY: Final = 86_400  # seconds
_log = logging.getLogger(__name__)


class ReceiptLink(Protocol):
    """Central over the network. All faults are LinkError."""

    def receipt(self, epoch: Epoch, seq: Seq) -> bytes:
        """Central's signed word that it holds an entry and all before it."""
        ...

    def resume(self, receipt: bytes) -> MarkAnswer:
        """Hand in a receipt: central goes on behind what it names."""
        ...


class OldLog(Protocol):
    """The log, as far as its oldest entries go. All faults are LedgerError."""

    def epochs(self) -> tuple[Epoch, ...]:
        """All epochs, oldest first."""
        ...

    def after(self, epoch: Epoch, seq: Seq, limit: int) -> tuple[OutboxEntry, ...]:
        """At most ``limit`` entries behind ``seq``, in order."""
        ...

    def mark(self, epoch: Epoch) -> Seq:
        """What central was last seen to hold."""
        ...

    def removed(self, epoch: Epoch) -> tuple[ChainHead, bytes]:
        """The last entry removed, and central's receipt; the start of a chain and no bytes for none."""
        ...

    def remove(self, epoch: Epoch, last: ChainHead, receipt: bytes, at: UnixSeconds) -> int:
        """Remove the entries up to ``last``; how many."""
        ...


class Retention:
    """What becomes of old entries. ``trust`` judges the clock; ``keep_for`` in seconds."""

    def __init__(
        self,
        *,
        link: ReceiptLink,
        log: OldLog,
        clock: Clock,
        trust: Callable[[Moment], ClockTrust],
        root: RootKey,
        newer: Callable[[], Sequence[RootKey]] = tuple,
        audience: Audience,
        device: DeviceId,
        keep_for: int,
    ) -> None:
        self._link = link
        self._log = log
        self._clock = clock
        self._trust = trust
        self._root = root
        self._newer = newer
        self._audience = audience
        self._device = device
        self._keep_for = keep_for
        self._looked: Micros | None = None

    def tend(self) -> int:
        """Remove what is old, if it is time to look; how many entries went.

        Raises:
            LinkDownError: central was lost.
            LedgerError: the log cannot be read or written.
        """
        now = self._clock.now()
        if self._looked is not None and now.mono - self._looked < EVERY:
            return 0
        if self._trust(now) is not ClockTrust.TRUSTED:
            return 0
        gone = sum(self._tend(epoch, now.seconds) for epoch in self._log.epochs())
        self._looked = now.mono
        if gone:
            _log.info("%d entries that central holds were old enough, and are removed", gone)
        return gone

    def resume(self, epoch: Epoch, answer: MarkAnswer) -> MarkAnswer:
        """Central's mark as it is; where it lacks entries that were removed here, as it is behind them.

        Raises:
            LinkError: central was lost, or does not take its own receipt.
            LedgerError: the log cannot be read.
        """
        last, receipt = self._log.removed(epoch)
        if answer.epoch != epoch.hex() or answer.mark >= last.seq:
            return answer
        _log.error(
            "central holds epoch %s up to %d, and entries up to %d are removed: its receipt is handed in",
            epoch.hex(),
            answer.mark,
            last.seq,
        )
        return self._link.resume(receipt)

    def _tend(self, epoch: Epoch, now: UnixSeconds) -> int:
        gone = 0
        for _ in range(ROUNDS):
            last = self._last_to_go(epoch, now)
            went = 0 if last is None else self._go(epoch, last, now)
            if not went:
                break
            gone += went
        return gone

    def _last_to_go(self, epoch: Epoch, now: UnixSeconds) -> ChainHead | None:
        """The newest of the oldest entries that is old, and not the last that central holds."""
        since, _ = self._log.removed(epoch)
        mark = self._log.mark(epoch)
        found: ChainHead | None = None
        for kept in self._log.after(epoch, since.seq, AT_ONCE):
            if kept.seq >= mark:
                break
            wall = _believed(kept.data)
            if wall is not None:
                if now - wall // MICROS < self._keep_for:
                    break
                found = ChainHead(seq=kept.seq, hash=kept.hash)
        return found

    def _go(self, epoch: Epoch, last: ChainHead, now: UnixSeconds) -> int:
        wanted = Receipt(device=self._device, epoch=epoch, seq=last.seq, hash=last.hash)
        try:
            data = self._link.receipt(epoch, last.seq)
            root = newest_of(self._newer(), self._root)
            said = receipt_in(data, self._audience, root=root)
        except LinkRefusedError as error:  # an older central, or one that lost them
            _log.info("central gives no receipt for entry %d: %s", last.seq, error)
            return 0
        except DocumentError as error:
            _log.warning("central's receipt was not taken, nothing is removed: %s", error)
            return 0
        if said != wanted:
            _log.error("central holds another entry %d of epoch %s", last.seq, epoch.hex())
            return 0
        return self._log.remove(epoch, last, data, now)


def _believed(data: bytes) -> Micros | None:
    """When an entry was written; None where its clock was in doubt, or nobody can read it any more."""
    try:
        entry = parse_entry(data)
    except WireError:
        return None
    return None if entry.clock is ClockTrust.UNTRUSTED else Micros(entry.wall)
