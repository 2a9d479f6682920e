"""The audit trail of a card: every step of its life and every time it was shown, who, when and why."""

from typing import Final

from cardcore.ids import CardId
from cardcore.office import TrailLine
from central.cards.service import Audiences, found_card
from central.ports.events import VALIDATED, CardEvent, Validation
from central.ports.records import Card
from central.ports.storage import Storage

SHOWN_MAX: Final = 200  # of a card that is shown every day, the last half year


class TrailService:
    """Reads trails."""

    def __init__(self, *, storage: Storage) -> None:
        self._storage = storage

    def of(self, card_id: CardId, audiences: Audiences = None) -> tuple[Card, list[TrailLine]]:
        """A card and its trail, the oldest line first.

        A step appears once its event was published, within a second; a scan once the door has handed it in.

        Raises:
            NotFoundError: no such card in these audiences.
        """
        with self._storage.read() as tx:
            card = found_card(tx, card_id, audiences)
            steps = tx.trail.of(card_id)
            shown = tx.trail.validations(card_id, SHOWN_MAX)
        lines = [*map(_step_line, steps), *map(_shown_line, reversed(shown))]
        return card, sorted(lines, key=lambda line: line.at_us)


def _step_line(event: CardEvent) -> TrailLine:
    return TrailLine(
        event=event.kind.value,
        at_us=event.occurred_at,
        who=event.actor,
        why=event.why,
        state=event.state,
        generation=event.generation,
    )


def _shown_line(shown: Validation) -> TrailLine:
    who = f"door {shown.door} ({shown.device_id})"
    if shown.attendant is not None:
        who += f", attendant {shown.attendant}"
    why = f"{shown.decision}: {shown.reason}"
    return TrailLine(event=VALIDATED, at_us=shown.wall, who=who, why=why)
