"""Ask central what time it is, where the door's own clock is not trusted; central signs over a nonce just made.

What central says counts whatever the machine's clock reads: floor and anchor are taken from it. A clock that agrees is
trusted from then on; one that does not is known to be wrong until somebody sets it right.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Final, Protocol

from cardcore.audit import ClockTrust
from cardcore.documents import RootKey
from cardcore.errors import DocumentError
from cardcore.ids import Audience, Micros
from cardcore.time_document import time_in
from scanner.door.moment import MICROS, Moment
from scanner.errors import LinkRefusedError
from scanner.ports import Clock

NONCE_BYTES: Final = 16
ANSWER_WITHIN: Final = Micros(10 * MICROS)  # an older answer could be off by more than it mends
_log = logging.getLogger(__name__)


class TimeLink(Protocol):
    """Central over the network. All faults are LinkError."""

    def time(self, nonce: bytes) -> bytes:
        """Central's time, signed over ``nonce``."""
        ...


class TimeAsker:
    """Asks when it must. ``set_clock`` keeps the answer; ``nonce`` makes a new random one each time."""

    def __init__(
        self,
        *,
        link: TimeLink,
        clock: Clock,
        trust: Callable[[Moment], ClockTrust],
        set_clock: Callable[[Moment], None],
        nonce: Callable[[], bytes],
        root: Callable[[], RootKey],
        audience: Audience,
    ) -> None:
        self._link = link
        self._clock = clock
        self._trust = trust
        self._set_clock = set_clock
        self._nonce = nonce
        self._root = root
        self._audience = audience

    def ask_if_needed(self) -> bool:
        """Whether central's word was taken.

        Raises:
            LinkDownError: central was lost.
            LedgerError: what it said cannot be kept.
        """
        asked_at = self._clock.now()
        if self._trust(asked_at) is ClockTrust.TRUSTED:
            return False
        nonce = self._nonce()
        try:
            said = time_in(self._link.time(nonce), nonce, self._audience, root=self._root())
        except LinkRefusedError as error:  # what it refuses a whole sync for, the sync says
            _log.info("central does not tell the time: %s", error)
            return False
        except DocumentError as error:
            _log.warning("central's time was not taken: %s", error)
            return False
        now = self._clock.now()
        if now.mono - asked_at.mono > ANSWER_WITHIN:
            _log.warning("central's time came too late to be of use")
            return False
        self._set_clock(replace(now, wall=Micros(said * MICROS)))
        return True
