"""Pages of scans: entries, and counts by hour and by day."""

from typing import Final

from central.figures.scans import by_start
from central.ops.dashboard.pages import ENTRY_COLUMNS, Pages, table_page
from central.ops.dashboard.views import Cell, Table
from central.ops.dashboard.visits import Shown, Visit
from central.ops.dashboard.words import count, link, rows_link, share
from central.ports.queries import natural, one_of
from central.ports.rollups import DAY, HOUR, MICROS, Period, Wanted

_WORDS_MAX: Final = 64


class ScanPages(Pages):
    """What happened at the doors."""

    def entries(self, visit: Visit) -> Shown:
        """Entries of the audit."""
        period = visit.period(self.overview.calendar.today(self.clock.now()))
        words = {
            name: visit.query.get(name, "")[:_WORDS_MAX]
            for name in ("decision", "reason", "direction")
        }
        wanted = Wanted(period=period, device_id=visit.query.get("door", "")[:_WORDS_MAX], **words)
        skip = natural(visit.query, "skip", 0)
        faults = one_of(visit.query, "faults", ("", "1")) == "1"
        found = self.rows.find(visit.audiences, wanted, faults=faults, skip=skip)
        query = dict(visit.query) | {"since": str(period.since), "until": str(period.until)}
        table = Table(
            name="entries",
            caption=f"{self.span(period)}; of {count(found.counted)} in these hours",
            columns=ENTRY_COLUMNS,
            rows=[self.entry_row(row) for row in found.rows],
            csv=link("/entries", **(query | {"format": "csv"})),
            empty="No door handed in such an entry for this time.",
        )
        more = "" if found.next is None else link("/entries", **(query | {"skip": str(found.next)}))
        told = ", ".join(word for word in words.values() if word)
        return table_page("Entries" + (f": {told}" if told else ""), table, more=more)

    def hours(self, visit: Visit) -> Shown:
        """Scans by the hour."""
        now = self.clock.now()
        return self._spans(visit, HOUR, Period(since=now - DAY, until=now + 1))

    def days(self, visit: Visit) -> Shown:
        """Scans by the day."""
        now = self.clock.now()
        return self._spans(visit, DAY, Period(since=now - 366 * DAY, until=now + 1))

    def _spans(self, visit: Visit, span: int, usual: Period) -> Shown:
        period = visit.period(usual)
        with self.storage.read() as tx:
            found = by_start(tx.rollups.counts(visit.audiences, span, period))
        rows = []
        for start, scans in list(found.items())[::-1]:
            each = Period(since=start, until=start + span)
            links = {
                word: rows_link(visit.venue, each, decision=word)
                for word in ("admit", "refuse", "review", "quarantined")
            }
            rows.append(
                [
                    Cell(self.at(start * MICROS)),
                    Cell(
                        count(scans.admitted), links["admit"] + "&direction=entry", scans.admitted
                    ),
                    Cell(count(scans.refused), links["refuse"], scans.refused),
                    Cell(count(scans.reviewed), links["review"], scans.reviewed),
                    Cell(count(scans.quarantined), links["quarantined"], scans.quarantined),
                    Cell(share(scans.success), rows_link(visit.venue, each)),
                ]
            )
        name = "hours" if span == HOUR else "days"
        table = Table(
            name=name,
            caption=self.span(period),
            columns=("From", "Admissions", "Refusals", "Reviews", "Quarantined", "Let through"),
            rows=rows,
            csv=link(
                f"/{name}", venue=visit.venue, since=period.since, until=period.until, format="csv"
            ),
        )
        return table_page("Scans by the hour" if span == HOUR else "Scans by the day (UTC)", table)
