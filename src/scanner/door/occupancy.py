"""How many are inside: by this door's own count, and by the venue's where central told it lately."""

from dataclasses import dataclass
from typing import Final

from cardcore.ids import UnixSeconds

VENUE_FRESH_S: Final = (
    60  # seconds; the feed comes every 5, and after twelve misses it is not the truth any more
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueFigure:
    """How many are inside the venue, all doors together, as central knew it at ``as_of``."""

    inside: int
    as_of: UnixSeconds

    def age(self, now: UnixSeconds) -> int:
        """In seconds, never negative."""
        return max(0, now - self.as_of)


def fresh(figure: VenueFigure | None, now: UnixSeconds) -> VenueFigure | None:
    """The figure, where it is young enough to be shown and counted on."""
    if figure is None or figure.age(now) > VENUE_FRESH_S:
        return None
    return figure


def crowd_of(here: int, figure: VenueFigure | None, now: UnixSeconds) -> int:
    """How many a capacity is held against: the larger of the two counts, since each may lack somebody."""
    known = fresh(figure, now)
    return here if known is None else max(here, known.inside)
