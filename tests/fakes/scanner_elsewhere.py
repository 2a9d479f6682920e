"""What other doors saw, as a test says."""

from cardcore.card import Claims
from cardcore.ids import CardId, UnixSeconds
from cardcore.wire import AdmissionLine, AdmissionsAnswer
from scanner.door.elsewhere import Sighting
from scanner.errors import LedgerError


class FakeElsewhere:
    """An Elsewhere. ``trouble`` makes every question a fault."""

    def __init__(self, seen: Sighting | None = None) -> None:
        self.seen = Sighting() if seen is None else seen
        self.gone: list[tuple[CardId, UnixSeconds]] = []
        self.trouble = ""

    def sighting(self, claims: Claims) -> Sighting:  # noqa: ARG002 -- the port's signature
        if self.trouble:
            raise LedgerError(self.trouble)
        return self.seen

    def left(self, card_id: CardId, at: UnixSeconds) -> None:
        self.gone.append((card_id, at))


def a_page(
    *lines: AdmissionLine, position: int = 1, more: bool = False, inside: int = 0, as_of: int = 0
) -> AdmissionsAnswer:
    return AdmissionsAnswer(
        position=position, more=more, inside=inside, as_of=as_of, admissions=list(lines)
    )
