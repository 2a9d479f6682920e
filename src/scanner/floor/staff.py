"""What is decided without reading a card, with the same commit as any decision.

Staff let somebody in, or take an admission back; a door that was shut out turns everybody away.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from cardcore.audit import ClockTrust, Direction
from cardcore.ids import CardId, Seq
from cardcore.membership import KnownStatus, NotAsked, Origin, Status
from cardcore.policy import DoorPolicy
from cardcore.reasons import Reason
from cardcore.verify import RejectedCard
from scanner.desk import OverrideReason, UndoResult
from scanner.door.attendance import can_be_taken_back
from scanner.door.decision import Admit, Decision, Record, Refuse
from scanner.door.frame import Presentation
from scanner.door.record import entry_for
from scanner.door.replay import Recollection
from scanner.errors import LedgerError
from scanner.floor.ports import Directory, FloorLedger
from scanner.pipeline import Answer, ScanPipeline
from scanner.ports import Attempt, Clock

SOURCE: Final = "attendant"  # what the log calls a person
MAX_NOTE_CHARS: Final = 200
# Keys of the extension map, docs/reference/audit-entry.md.
OVERRIDE_REASON: Final = 1
NOTE: Final = 2
UNDOES: Final = 3

_NO_CARD: Final = RejectedCard(reason=Reason.MANUAL)


class Staff:
    """Commits what an attendant decided."""

    def __init__(
        self,
        *,
        pipeline: ScanPipeline,
        ledger: FloorLedger,
        directory: Directory,
        clock: Clock,
        policy: Callable[[], DoorPolicy],
        shut_out: Callable[[], str] = str,
    ) -> None:
        self._pipeline = pipeline
        self._ledger = ledger
        self._directory = directory
        self._clock = clock
        self._policy = policy
        self._shut_out = shut_out

    def turned_away(self, shown: Presentation) -> Answer | None:
        """The refusal of whatever is shown while central has shut this device out; None while it has not.

        The way out stays open: who is inside can leave.
        """
        if shown.direction is Direction.EXIT or not self._shut_out():
            return None
        return self._commit(shown, Refuse(reason=Reason.DEVICE_REVOKED), None, {})

    def override(
        self,
        reason: OverrideReason,
        note: str,
        card_id: CardId | None,
        *,
        attendant: str,
        direction: Direction,
    ) -> Answer:
        """Let somebody through. Where it cannot be written down, or the door is shut out, the answer is a refusal."""
        extensions: dict[int, object] = {OVERRIDE_REASON: reason.value}
        if written := plain_note(note):
            extensions[NOTE] = written
        shown = self._presentation(attendant, direction)
        return self.turned_away(shown) or self._commit(
            shown, Admit(reason=Reason.OVERRIDE), card_id, extensions, awaits_screen=True
        )

    def undo(self, attendant: str) -> UndoResult:
        """Take the last admission back.

        Raises:
            LedgerError: that cannot be read or written.
        """
        last = self._ledger.last_admission()
        if last is None or last.is_undone:
            return UndoResult.NOTHING
        shown = self._presentation(attendant, Direction.ENTRY)
        if not can_be_taken_back(last.at, shown.at):
            return UndoResult.TOO_LATE
        answer = self._commit(
            shown, Record(reason=Reason.UNDO), last.card_id, {UNDOES: int(last.seq)}, last.seq
        )
        if answer.seq is None:
            raise LedgerError(answer.trouble)
        return UndoResult.DONE

    def status_of(self, card_id: CardId | None) -> Status:
        """What this device keeps about a card, for its holder's name."""
        standing = None if card_id is None else self._directory.standing_of(card_id)
        if standing is None:
            return NotAsked()
        return KnownStatus(standing=standing, origin=Origin.SNAPSHOT)

    def _presentation(self, attendant: str, direction: Direction) -> Presentation:
        return Presentation(
            text="",
            at=self._clock.now(),
            source=SOURCE,
            direction=direction,
            attendant=attendant,
        )

    def _commit(
        self,
        shown: Presentation,
        decision: Decision,
        card_id: CardId | None,
        extensions: dict[int, object],
        undoes: Seq | None = None,
        *,
        awaits_screen: bool = False,
    ) -> Answer:
        clock = ClockTrust.UNTRUSTED
        status: Status = NotAsked()
        seq: Seq | None = None
        trouble = ""
        try:
            clock = self._pipeline.clock_trust(shown.at)
            status = self.status_of(card_id)
            entry = entry_for(
                shown,
                _NO_CARD,
                status,
                decision,
                circumstances=self._pipeline.circumstances(clock),
                stages={},
            )
            attempt = Attempt(
                entry=replace(entry, card_id=card_id, extensions=extensions),
                decision=decision,
                claims=None,
                policy=self._policy(),
                undoes=undoes,
                awaits_screen=awaits_screen,
            )
            seq = self._ledger.commit(attempt).seq
        except LedgerError as error:
            decision, trouble = Refuse(reason=Reason.LEDGER_UNWRITABLE), str(error)
        return Answer(
            presentation=shown,
            verification=_NO_CARD,
            memory=Recollection(),
            status=status,
            decision=decision,
            clock=clock,
            seq=seq,
            trouble=trouble,
        )


def plain_note(text: str) -> str:
    """At most MAX_NOTE_CHARS of ``text``; what would move a terminal's cursor is left out."""
    plain = "".join(char for char in text if not unicodedata.category(char).startswith("C"))
    return plain.strip()[:MAX_NOTE_CHARS]
