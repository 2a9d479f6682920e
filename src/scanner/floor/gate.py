"""Open the door for an admission: after its entry is durable, once, and not at all where that cannot be written.

The opening is claimed in the ledger first. Whatever happens then, nobody else opens for the same admission; a strike that
fails stays shut.
"""

import logging

from cardcore.ids import Seq
from scanner.door.decision import Admit
from scanner.errors import DeviceError, LedgerError
from scanner.floor.ports import FloorLedger, Strike
from scanner.pipeline import Answer
from scanner.ports import Clock

_log = logging.getLogger(__name__)


class Gate:
    """The strike of this door; there may be none."""

    def __init__(
        self,
        *,
        ledger: FloorLedger,
        clock: Clock,
        strike: Strike | None = None,
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._strike = strike
        self.trouble = ""

    @property
    def has_strike(self) -> bool:
        """Whether there is a strike."""
        return self._strike is not None

    def act(self, answer: Answer) -> None:
        """Open, if it is an admission."""
        if isinstance(answer.decision, Admit) and answer.seq is not None:
            self._open(answer.seq)

    def _open(self, seq: Seq) -> None:
        if self._strike is None:
            return
        try:
            if self._ledger.opened(seq, self._clock.now().seconds):
                self._strike.open()
        except (LedgerError, DeviceError) as error:
            _log.warning("the door stayed shut for entry %d: %s", seq, error)
            self.trouble = str(error)
        else:
            self.trouble = ""
