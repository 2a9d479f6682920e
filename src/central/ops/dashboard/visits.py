"""One request of a page: who asks, for which venue, and what the address says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from cardcore.ids import Audience
from central.errors import Kind, NotAllowedError
from central.ops.dashboard.views import View
from central.ports.queries import natural
from central.ports.rollups import Period
from central.sessions.service import Login

EVER: Final = 250_000_000_000  # seconds since 1970, in the year 9892: later has no date


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request of somebody who is logged in."""

    login: Login
    path: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str] = field(default_factory=dict)

    @property
    def venue(self) -> str:
        """The venue that was chosen; "" for all that one may look into."""
        return self.query.get("venue", "")

    @property
    def audiences(self) -> frozenset[Audience]:
        """The venues that the page is about.

        Raises:
            NotAllowedError: not one that this operator may look into.
        """
        if not self.venue:
            return self.login.reads
        if self.venue not in self.login.reads:
            raise NotAllowedError(Kind.NOT_PERMITTED, "not your venue")
        return frozenset((Audience(self.venue),))

    def period(self, usual: Period) -> Period:
        """The period that the address names, from ``since`` to ``until``.

        Raises:
            UnprocessableError: no numbers.
        """
        since = natural(self.query, "since", usual.since, EVER)
        return Period(since=since, until=natural(self.query, "until", usual.until, EVER))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a page answers: a view, or where to go instead."""

    view: View | None = None
    go_to: str = ""
    status: int = 200
