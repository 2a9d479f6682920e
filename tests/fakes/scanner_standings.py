"""Standings kept in memory."""

from collections.abc import Iterator

from cardcore.ids import CardId, UnixSeconds
from cardcore.lifecycle import CardState
from cardcore.membership import CardStanding, MemberStatus
from cardcore.snapshot_document import SnapshotRow
from scanner.errors import LedgerError
from tests.fakes.card_material import NOW


def a_standing(
    *,
    state: CardState = CardState.ACTIVE,
    generation: int = 1,
    member: MemberStatus = MemberStatus.ACTIVE,
    name: str | None = None,
    as_of: int = NOW,
) -> CardStanding:
    return CardStanding(
        state=state,
        generation=generation,
        member=member,
        display_name=name,
        as_of=UnixSeconds(as_of),
    )


class FakeStandings:
    """A StatusMemory. ``trouble`` makes every question a fault, ``full`` only what writes."""

    def __init__(self) -> None:
        self.answered: dict[CardId, CardStanding] = {}
        self.listed: dict[CardId, CardStanding] = {}
        self.version = 0
        self.issued_at: UnixSeconds | None = None
        self.trouble = ""
        self.full = ""

    def cached(self, card_id: CardId) -> CardStanding | None:
        self._check()
        return self.answered.get(card_id)

    def remember(self, card_id: CardId, standing: CardStanding) -> None:
        self._check(self.full)
        kept = self.answered.get(card_id)
        if kept is None or standing.as_of >= kept.as_of:
            self.answered[card_id] = standing

    def in_snapshot(self, card_id: CardId) -> CardStanding | None:
        self._check()
        return self.listed.get(card_id)

    @property
    def snapshot_issued_at(self) -> UnixSeconds | None:
        self._check()
        return self.issued_at

    @property
    def snapshot_version(self) -> int:
        self._check()
        return self.version

    def replace_snapshot(
        self, version: int, issued_at: UnixSeconds, rows: Iterator[SnapshotRow]
    ) -> int:
        self._check(self.full)
        listed = {row.card_id: row.standing for row in rows}
        self.version, self.issued_at, self.listed = version, issued_at, listed
        return len(listed)

    def _check(self, more: str = "") -> None:
        if self.trouble or more:
            raise LedgerError(self.trouble or more)
