"""How an alert goes from one state to the next. Pure.

    (nothing) ──wrong──▶ pending ──wrong for long enough──▶ firing ──well──▶ resolved ──wrong──▶ pending …
                            └──well──▶ (nothing)

Between wrong and well nothing changes.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from cardcore.ids import Audience, Micros
from central.alerts.rules import SEVERITIES, Finding
from central.ports.rollups import MICROS
from central.ports.watching import Alert, AlertState


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """What is to be written: alerts that changed, those to be forgotten, and of the former the ones to be told."""

    changed: tuple[Alert, ...]
    dropped: tuple[str, ...]
    told: tuple[Alert, ...]


def alert_id_of(audience: Audience, rule: str, subject: str) -> str:
    """24 hex digits that name one rule about one subject."""
    parts = f"{audience}\n{rule}\n{subject}"
    return hashlib.sha256(parts.encode()).hexdigest()[:24]


def steps_of(kept: Iterable[Alert], findings: Iterable[Finding], now: Micros) -> Steps:
    """The steps of every alert, given those that are kept and what is so now."""
    before = {alert.alert_id: alert for alert in kept}
    found = {alert_id_of(f.audience, f.rule, f.subject): f for f in findings}
    changed: list[Alert] = []
    dropped: list[str] = []
    for alert_id, finding in found.items():
        after = _worse(before.get(alert_id), alert_id, finding, now)
        if after is not None:
            changed.append(after)
    for alert_id in before.keys() - found.keys():
        alert = before[alert_id]
        if alert.state is AlertState.PENDING:
            dropped.append(alert_id)
        elif alert.state is AlertState.FIRING:
            changed.append(replace(alert, state=AlertState.RESOLVED, since=now))
    told = tuple(alert for alert in changed if alert.state is not AlertState.PENDING)
    return Steps(changed=tuple(changed), dropped=tuple(dropped), told=told)


def _worse(before: Alert | None, alert_id: str, finding: Finding, now: Micros) -> Alert | None:
    """The alert after a finding, where that changes it."""
    state = AlertState.RESOLVED if before is None else before.state
    if not finding.wrong or state is AlertState.FIRING:
        return None
    since = before.since if before is not None and state is AlertState.PENDING else now
    if now - since >= finding.hold_s * MICROS:
        return _alert(alert_id, finding, AlertState.FIRING, now)
    return (
        None if state is AlertState.PENDING else _alert(alert_id, finding, AlertState.PENDING, now)
    )


def _alert(alert_id: str, finding: Finding, state: AlertState, since: Micros) -> Alert:
    return Alert(
        alert_id=alert_id,
        audience=finding.audience,
        rule=finding.rule.value,
        subject=finding.subject,
        severity=SEVERITIES[finding.rule],
        state=state,
        since=since,
        value=finding.value,
        text=finding.text,
    )
