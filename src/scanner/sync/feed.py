"""Learn what other doors of the venue admitted: central's feed, taken in page by page, every few seconds.

1. The position is this door's own and kept with what it brought; asked again after a fault, a page changes nothing.
2. Who left by another door is written into the ledger before the page counts as taken in.
3. The door names the epoch of its ledger: a new ledger is told what an older one of this door had admitted.
"""

from collections.abc import Iterable
from typing import Final, Protocol

from cardcore.audit import Direction
from cardcore.ids import CardId, Epoch, UnixSeconds
from cardcore.wire import AdmissionsAnswer, bytes_of
from scanner.door.moment import MICROS
from scanner.errors import LinkDownError

FEED_EVERY: Final = 4.0  # seconds; with an upload of under a second, a door knows within 5
PAGES_MAX: Final = 1_000  # a million movements; more is a feed that never ends


class FeedLink(Protocol):
    """Central's feed over the network. All faults are LinkError."""

    def admissions(self, since: int, epoch: Epoch) -> AdmissionsAnswer:
        """A page behind ``since``, without what was written in this device's ``epoch``."""
        ...


class FeedMemory(Protocol):
    """Where what the feed brings is kept."""

    @property
    def position(self) -> int:
        """Up to where the feed has been taken in; 0 for nothing."""
        ...

    def take(self, answer: AdmissionsAnswer) -> None:
        """Take in one page, whole or not at all."""
        ...


class DoorBook(Protocol):
    """The ledger, as far as other doors change it."""

    def epochs(self) -> tuple[Epoch, ...]:
        """All epochs, oldest first."""
        ...

    def left_elsewhere(self, cards: Iterable[tuple[CardId, UnixSeconds]]) -> None:
        """These cards went out by another door, each at its instant."""
        ...


class Feed:
    """One door's side of the feed."""

    def __init__(self, *, link: FeedLink, memory: FeedMemory, book: DoorBook) -> None:
        self._link = link
        self._memory = memory
        self._book = book

    def poll(self) -> int:
        """Take in all there is; how many movements that were.

        Raises:
            LinkError: central was lost or said no; what was taken in stays.
            LedgerError: it cannot be kept.
        """
        taken = 0
        epoch = self._book.epochs()[-1]
        for _ in range(PAGES_MAX):
            answer = self._link.admissions(self._memory.position, epoch)
            self._book.left_elsewhere(_exits(answer))
            self._memory.take(answer)
            taken += len(answer.admissions)
            if not answer.more:
                return taken
        msg = "central's feed does not end"
        raise LinkDownError(msg)


def _exits(answer: AdmissionsAnswer) -> list[tuple[CardId, UnixSeconds]]:
    return [
        (CardId(bytes_of(line.card_id)), UnixSeconds(line.at_us // MICROS))
        for line in answer.admissions
        if line.card_id is not None and line.direction is Direction.EXIT
    ]
