"""Pages of what somebody has to see to: alerts, incidents, dead letters, and central itself; and the changes they make."""

from dataclasses import dataclass
from typing import Final

from central.alerts.service import AlertService
from central.errors import Kind, NotAllowedError, NotFoundError
from central.events.publisher import DeadLetterService
from central.figures.meter import FAILED, FINE
from central.incidents.service import IncidentService
from central.ops.dashboard.pages import LISTED, Pages, table_page
from central.ops.dashboard.views import NOTHING, Button, Cell, Filter, Table
from central.ops.dashboard.visits import Shown, Visit
from central.ops.dashboard.words import count, link, millis, size
from central.ports.happenings import Incident
from central.ports.queries import one_of
from central.ports.rollups import DAY, HOUR, MICROS, Period
from central.ports.watching import EVERYWHERE, Alert, AlertState

_STATES: Final = {"open": False, "handled": True, "all": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class CarePages(Pages):
    """What needs somebody."""

    incidents: IncidentService
    letters: DeadLetterService
    alerts: AlertService

    def incident_list(self, visit: Visit) -> Shown:
        """Incidents, with a way to mark them handled."""
        state = one_of(visit.query, "state", list(_STATES))
        found = self.incidents.listed(visit.audiences, handled=_STATES[state], most=LISTED)
        table = Table(
            name="incidents",
            caption=f"The newest first, at most {LISTED}",
            columns=("Found", "What", "Door", "Card", "Facts", "Venue", "Handled"),
            rows=[self._incident(visit, incident) for incident in found],
            csv=link("/incidents", venue=visit.venue, state=state, format="csv"),
            empty="Nobody has anything to see to.",
        )
        choices = [
            (word, link("/incidents", venue=visit.venue, state=word), word == state)
            for word in _STATES
        ]
        return table_page("Incidents", table, filters=[Filter(label="State", choices=choices)])

    def _incident(self, visit: Visit, incident: Incident) -> list[Cell]:
        card = "" if incident.card_id is None else incident.card_id.hex()
        handled = Cell(NOTHING)
        if incident.handled_at is not None:
            handled = Cell(f"{self.at(incident.handled_at * MICROS)}, {incident.handled_by}")
        elif incident.audience in visit.login.manages:
            handled = Cell(
                "",
                button=Button(
                    action=link(f"/incidents/{incident.incident_id}/handled"),
                    text="Mark handled",
                    label=f"Mark handled: {incident.kind.value} {incident.incident_id}",
                ),
            )
        facts = ", ".join(f"{name} {value}" for name, value in incident.facts.items())
        return [
            Cell(self.at(incident.found_at)),
            Cell(incident.kind.value.replace("_", " ")),
            Cell(incident.door, link(f"/doors/{incident.device_id}")),
            Cell(card or NOTHING, link(f"/cards/{card}") if card else ""),
            Cell(facts),
            Cell(incident.audience),
            handled,
        ]

    def handle(self, visit: Visit) -> Shown:
        """Mark an incident as handled."""
        self.incidents.handle(
            visit.path["incident_id"], by=visit.login.name, audiences=visit.login.manages
        )
        return Shown(go_to=link("/incidents", venue=visit.venue))

    def letter_list(self, visit: Visit) -> Shown:
        """Dead letters, with a way to send them again."""
        found = [item for item in self.letters.all() if item.event.audience in visit.audiences][
            :LISTED
        ]
        rows = []
        for item in found:
            retry = Cell(NOTHING)
            if item.event.audience in visit.login.manages:
                retry = Cell(
                    "",
                    button=Button(
                        action=link(f"/letters/{item.event.event_id}/retry"),
                        text="Send again",
                        label=f"Send again: {item.event.kind.value} {item.event.event_id}",
                    ),
                )
            card = item.event.card_id.hex()
            rows.append(
                [
                    Cell(self.at(item.event.occurred_at)),
                    Cell(item.event.kind.value),
                    Cell(card, link(f"/cards/{card}")),
                    Cell(str(item.tries), value=item.tries),
                    Cell(item.error),
                    retry,
                ]
            )
        with self.storage.read() as tx:
            waiting = tx.lookups.queue(visit.audiences).waiting
        table = Table(
            name="letters",
            caption=f"{count(waiting)} events are on their way; these nobody could take",
            columns=("When", "Event", "Card", "Tries", "Error", "Again"),
            rows=rows,
            csv=link("/letters", venue=visit.venue, format="csv"),
            empty="There is no dead letter.",
        )
        return table_page("Dead letters", table)

    def retry(self, visit: Visit) -> Shown:
        """Send a dead letter on its way again."""
        event_id = visit.path["event_id"]
        with self.storage.write() as tx:
            known = [item.event for item in tx.outbox.dead() if item.event.event_id == event_id]
            if not any(event.audience in visit.login.manages for event in known):
                raise NotFoundError(Kind.UNKNOWN_EVENT, event_id)
            self.letters.retry_in(tx, event_id)
        return Shown(go_to=link("/letters", venue=visit.venue))

    def alert_list(self, visit: Visit) -> Shown:
        """Alerts, with a way to acknowledge them."""
        found = self.alerts.listed(visit.audiences)
        table = Table(
            name="alerts",
            caption="The latest change first",
            columns=("Since", "State", "How bad", "Rule", "What", "Acknowledged"),
            rows=[self._alert(visit, alert) for alert in found],
            csv=link("/alerts", venue=visit.venue, format="csv"),
            empty="There was no alert yet.",
        )
        return table_page("Alerts", table)

    def _alert(self, visit: Visit, alert: Alert) -> list[Cell]:
        seen = Cell(NOTHING)
        if alert.acknowledged_at is not None:
            seen = Cell(f"{self.at(alert.acknowledged_at * MICROS)}, {alert.acknowledged_by}")
        elif alert.state is AlertState.FIRING and may_acknowledge(visit, alert):
            seen = Cell(
                "",
                button=Button(
                    action=link(f"/alerts/{alert.alert_id}/acknowledged"),
                    text="Acknowledge",
                    label=f"Acknowledge: {alert.text}",
                ),
            )
        firing = alert.state is AlertState.FIRING
        return [
            Cell(self.at(alert.since)),
            Cell(alert.state.value, tone="bad" if firing else ""),
            Cell(alert.severity.value),
            Cell(alert.rule.replace("_", " ")),
            Cell(alert.text, _where(alert)),
            seen,
        ]

    def acknowledge(self, visit: Visit) -> Shown:
        """Take note that somebody has seen an alert."""
        alert = self.alerts.find(visit.path["alert_id"], visit.login.reads)
        if not may_acknowledge(visit, alert):
            raise NotAllowedError(Kind.NOT_PERMITTED, "the role manage is needed")
        self.alerts.acknowledge(alert.alert_id, by=visit.login.name)
        return Shown(go_to=link("/alerts", venue=visit.venue))

    def system(self, visit: Visit) -> Shown:
        """Slow queries, and the database."""
        del visit
        vitals = self.storage.state()
        rows = [
            [
                Cell(self.at(query.at * MICROS)),
                Cell(millis(query.took_ms), value=query.took_ms),
                Cell(query.statement),
            ]
            for query in vitals.slow
        ]
        free = (
            "on another machine" if vitals.free_bytes is None else f"{size(vitals.free_bytes)} free"
        )
        table = Table(
            name="system",
            caption=(
                f"{vitals.kind}, {size(vitals.size_bytes)}, {free}; "
                f"{vitals.connections} of {vitals.connections_max} connections; slow statements of this process"
            ),
            columns=("When", "Took", "Statement"),
            rows=rows,
            csv=link("/system", format="csv"),
            empty="No statement took longer than 100 ms.",
        )
        return table_page("Central", table)

    def answers(self, visit: Visit) -> Shown:
        """What central answered, by the hour."""
        now = self.clock.now()
        period = visit.period(Period(since=now - DAY, until=now + 1))
        with self.storage.read() as tx:
            counts = tx.rollups.counts([EVERYWHERE], HOUR, period)
        starts = sorted({key.start for key in counts}, reverse=True)
        told = {(key.start, key.reason): number for key, number in counts.items()}
        rows = [
            [
                Cell(self.at(start * MICROS)),
                *(
                    Cell(count(told.get((start, how), 0)), value=told.get((start, how), 0))
                    for how in (FINE, FAILED)
                ),
            ]
            for start in starts
        ]
        table = Table(
            name="answers",
            caption=self.span(period),
            columns=("From", "Answered", "Failed"),
            rows=rows,
            csv=link("/answers", since=period.since, until=period.until, format="csv"),
        )
        return table_page("What central answered", table)


def may_acknowledge(visit: Visit, alert: Alert) -> bool:
    """Whether this operator may: with the role ``manage`` in the alert's venue, or anywhere for one of central itself."""
    if alert.audience == EVERYWHERE:
        return bool(visit.login.manages)
    return alert.audience in visit.login.manages


def _where(alert: Alert) -> str:
    """Where the rows behind an alert are."""
    if alert.rule in {"chain_broken", "forged_card"}:
        return link("/incidents", venue=alert.audience)
    if alert.subject.startswith("d-"):
        return link(f"/doors/{alert.subject}")
    return link("", venue=alert.audience) if alert.audience else link("/system")
