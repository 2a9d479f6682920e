"""What screens read of the log and of the kept standings: counts, lines, members. No reading waits for a decision."""

from collections.abc import Callable
from contextlib import suppress

from cardcore.ids import CardId, Seq, UnixSeconds
from cardcore.policy import DoorPolicy
from scanner.desk import MemberHit, Occupancy, RecentLine
from scanner.door.moment import MICROS
from scanner.door.occupancy import fresh
from scanner.errors import LedgerError
from scanner.floor.ports import Directory, DoorLog
from scanner.floor.recovery import card_of
from scanner.ports import VenueSource

MAX_HITS = 50
MAX_LINES = 500


class Counter:
    """What cannot be read is as it was when it last could be, or not there. ``policy`` gives the one in force now."""

    def __init__(
        self,
        *,
        log: DoorLog,
        directory: Directory,
        policy: Callable[[], DoorPolicy],
        venue: VenueSource | None,
    ) -> None:
        self._log = log
        self._directory = directory
        self._policy = policy
        self._venue = venue
        self._here = 0
        self._backlog = 0

    def occupancy(self, now: UnixSeconds) -> Occupancy:
        """Who is inside."""
        with suppress(LedgerError):
            self._here = self._log.here(now, self._policy().passback_s)
        figure = None if self._venue is None else fresh(self._venue.figure(), now)
        return Occupancy(
            here=self._here,
            venue=None if figure is None else figure.inside,
            venue_age_s=None if figure is None else figure.age(now),
            capacity=self._policy().capacity,
        )

    def backlog(self) -> int:
        """Entries that central does not have yet."""
        with suppress(LedgerError):
            self._backlog = self._log.backlog()
        return self._backlog

    def recent(self, limit: int) -> tuple[RecentLine, ...]:
        """The newest lines of the log, newest first."""
        try:
            entries = self._log.newest_entries(max(0, min(limit, MAX_LINES)))
        except LedgerError:
            return ()
        return tuple(
            RecentLine(
                seq=Seq(entry.seq),
                at=UnixSeconds(entry.wall // MICROS),
                decision=entry.decision.value,
                reason=entry.reason,
                name=self._name_of(card_of(entry)),
                attendant=entry.attendant,
            )
            for entry in entries
        )

    def search(self, text: str, now: UnixSeconds) -> tuple[MemberHit, ...]:
        """Members by name or the beginning of their card's id."""
        try:
            found = self._directory.search(text, MAX_HITS)
        except LedgerError:
            return ()
        return tuple(
            MemberHit(
                card_id=card_id,
                display_name=standing.display_name or card_id.hex()[:8],
                state=standing.state,
                member=standing.member,
                as_of=standing.as_of,
                inside_since=self._inside_since(card_id, now),
            )
            for card_id, standing in found
        )

    def _inside_since(self, card_id: CardId, now: UnixSeconds) -> UnixSeconds | None:
        try:
            since = self._log.inside_since(card_id)
        except LedgerError:
            return None
        return None if since is None or now >= since + self._policy().passback_s else since

    def _name_of(self, card_id: CardId | None) -> str | None:
        if card_id is None:
            return None
        try:
            standing = self._directory.standing_of(card_id)
        except LedgerError:
            return None
        return None if standing is None else standing.display_name
