"""Look at everything now and then, and tell each change once."""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Final

from cardcore.ids import Audience, Micros
from central.alerts.machine import Steps, steps_of
from central.alerts.rules import Finding, Known, findings_of, findings_of_central
from central.errors import ConflictError, Kind, NotFoundError
from central.figures.doors import doors_of
from central.figures.meter import FAILED
from central.figures.scans import by_audience, scans_in
from central.ports.lookups import DatabaseState
from central.ports.outlook import Outlook
from central.ports.rollups import DAY, HOUR, MICROS, Period
from central.ports.storage import Storage, Transaction
from central.ports.watching import EVERYWHERE, Alert, AlertState, Notice
from central.ports.world import Clock

KEEP_US: Final = 30 * DAY * MICROS  # after that a resolved alert is forgotten
_MINUTE: Final = 60


class AlertService:
    """Alerts, kept and told."""

    def __init__(self, *, storage: Storage, clock: Clock, outlook: Outlook) -> None:
        self._storage = storage
        self._clock = clock
        self._outlook = outlook
        self._channels = [
            name
            for name, channel in (("mail", outlook.mail), ("webhook", outlook.hook))
            if channel is not None
        ]

    def evaluate(self) -> int:
        """Look at every rule, and keep what changed with the notices of it; always 0, the schedule's word for done.

        Several processes may do so: whoever comes second leaves it to the first.
        """
        now = self._clock.micros()
        vitals = self._storage.state()
        with self._storage.read() as tx:
            findings = list(self._findings(tx, now, vitals))
            steps = steps_of(tx.watching.alerts.of(None), findings, now)
        if not steps.changed and not steps.dropped:
            return 0
        try:
            with self._storage.write_alone("alerts") as tx:
                self._keep(tx, steps_of(tx.watching.alerts.of(None), findings, now), now)
        except ConflictError as error:
            if error.kind is not Kind.IN_PROGRESS:
                raise
        return 0

    def listed(self, audiences: Collection[Audience]) -> Sequence[Alert]:
        """The alerts of these audiences and of central itself that were told, the latest change first."""
        with self._storage.read() as tx:
            found = tx.watching.alerts.of(audiences)
        return [alert for alert in found if alert.state is not AlertState.PENDING]

    def find(self, alert_id: str, audiences: Collection[Audience]) -> Alert:
        """One of them.

        Raises:
            NotFoundError: no such alert, or not of these audiences.
        """
        with self._storage.read() as tx:
            alert = tx.watching.alerts.find(alert_id)
        if alert is None or alert.audience not in {EVERYWHERE, *audiences}:
            raise NotFoundError(Kind.NOT_FOUND, "no such alert")
        return alert

    def acknowledge(self, alert_id: str, *, by: str) -> None:
        """Take note that ``by`` has seen it; the first stands, until it fires anew."""
        with self._storage.write() as tx:
            alert = tx.watching.alerts.find(alert_id)
            if alert is not None and alert.acknowledged_at is None:
                tx.watching.alerts.put(
                    replace(alert, acknowledged_at=self._clock.now(), acknowledged_by=by)
                )

    def clean_up(self) -> int:
        """Forget what has been over for 30 days; how many."""
        before = self._clock.micros() - KEEP_US
        with self._storage.write() as tx:
            old = [
                alert
                for alert in tx.watching.alerts.of(None)
                if alert.state is AlertState.RESOLVED and alert.since < before
            ]
            for alert in old:
                tx.watching.alerts.drop(alert.alert_id)
        return len(old)

    def _findings(self, tx: Transaction, now: Micros, vitals: DatabaseState) -> Iterator[Finding]:
        at = self._outlook.thresholds
        seconds = now // MICROS
        hour = seconds - seconds % HOUR
        lately = Period(since=hour - HOUR, until=hour + HOUR)
        audiences = tx.lookups.audiences()
        scans = by_audience(tx.rollups.counts(audiences, HOUR, lately).items())
        doors = doors_of(tx.lookups.doors(audiences), now, at.silent_minutes * _MINUTE)
        for audience in audiences:
            known = Known(
                audience=audience,
                scans=scans.get(audience, scans_in(())),
                doors=[door for door in doors if door.audience == audience],
                incidents=tx.lookups.open_incidents([audience]),
                waiting=tx.lookups.queue([audience]).waiting,
            )
            yield from findings_of(known, at)
        answers = tx.rollups.counts([EVERYWHERE], HOUR, lately)
        failed = sum(count for key, count in answers.items() if key.reason == FAILED)
        yield from findings_of_central(vitals, (failed, sum(answers.values())), at)

    def _keep(self, tx: Transaction, steps: Steps, now: Micros) -> None:
        for alert in steps.changed:
            tx.watching.alerts.put(alert)
        for alert_id in steps.dropped:
            tx.watching.alerts.drop(alert_id)
        tx.watching.alerts.notify(
            [
                Notice(
                    alert_id=alert.alert_id,
                    since=alert.since,
                    channel=channel,
                    body=body_of(alert),
                    due_at=now,
                )
                for alert in steps.told
                for channel in self._channels
            ]
        )


def body_of(alert: Alert) -> str:
    """A change of an alert as it is told: JSON."""
    told = {
        "id": alert.alert_id,
        "venue": alert.audience,
        "rule": alert.rule,
        "subject": alert.subject,
        "severity": alert.severity.value,
        "state": alert.state.value,
        "since_us": alert.since,
        "value": alert.value,
        "text": alert.text,
    }
    return json.dumps(told, ensure_ascii=False)
