"""Sessions, alerts, samples and baselines in memory, for tests/fakes/central_storage.py."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from cardcore.ids import Audience, Micros, UnixSeconds
from central.ports.watching import EVERYWHERE, Alert, Baseline, Notice, Sample, Session


@dataclass(slots=True)
class Watched:
    sessions: dict[bytes, Session] = field(default_factory=dict)
    alerts: dict[str, Alert] = field(default_factory=dict)
    notices: dict[tuple[str, int, str], tuple[Notice, bool]] = field(default_factory=dict)
    samples: dict[tuple[int, str], Sample] = field(default_factory=dict)
    baselines: dict[tuple[Audience, str], Baseline] = field(default_factory=dict)


class FakeSessions:
    def __init__(self, watched: Watched) -> None:
        self._sessions = watched.sessions

    def add(self, session: Session) -> None:
        self._sessions[session.token_hash] = session

    def find(self, token_hash: bytes) -> Session | None:
        return self._sessions.get(token_hash)

    def drop(self, token_hash: bytes) -> None:
        self._sessions.pop(token_hash, None)

    def forget(self, now: UnixSeconds) -> int:
        ended = [key for key, session in self._sessions.items() if session.expires_at <= now]
        for key in ended:
            del self._sessions[key]
        return len(ended)


class FakeAlerts:
    def __init__(self, watched: Watched) -> None:
        self._alerts = watched.alerts
        self._notices = watched.notices

    def of(self, audiences: Collection[Audience] | None) -> Sequence[Alert]:
        found = [
            alert
            for alert in self._alerts.values()
            if audiences is None or alert.audience in {EVERYWHERE, *audiences}
        ]
        return sorted(found, key=lambda alert: (-alert.since, alert.alert_id))

    def find(self, alert_id: str) -> Alert | None:
        return self._alerts.get(alert_id)

    def put(self, alert: Alert) -> None:
        self._alerts[alert.alert_id] = alert

    def drop(self, alert_id: str) -> None:
        self._alerts.pop(alert_id, None)

    def notify(self, notices: Sequence[Notice]) -> None:
        for notice in notices:
            key = (notice.alert_id, notice.since, notice.channel)
            self._notices.setdefault(key, (notice, False))

    def due(self, now: Micros, most: int) -> Sequence[Notice]:
        found = [
            notice for notice, sent in self._notices.values() if not sent and notice.due_at <= now
        ]
        return sorted(found, key=lambda n: (n.due_at, n.alert_id, n.channel))[:most]

    def sent(self, notice: Notice) -> None:
        self._notices[notice.alert_id, notice.since, notice.channel] = (replace(notice), True)

    def failed(self, notice: Notice) -> None:
        self._notices[notice.alert_id, notice.since, notice.channel] = (replace(notice), False)


class FakeSamples:
    def __init__(self, watched: Watched) -> None:
        self._samples = watched.samples

    def add(self, samples: Sequence[Sample]) -> None:
        for sample in samples:
            self._samples.setdefault((sample.at, sample.name), sample)

    def since(self, at: UnixSeconds) -> Sequence[Sample]:
        return [self._samples[key] for key in sorted(self._samples) if key[0] >= at]

    def forget(self, before: UnixSeconds) -> int:
        old = [key for key in self._samples if key[0] < before]
        for key in old:
            del self._samples[key]
        return len(old)


class FakeBaselines:
    def __init__(self, watched: Watched) -> None:
        self._baselines = watched.baselines

    def put(self, baselines: Sequence[Baseline]) -> None:
        self._baselines |= {(each.audience, each.name): each for each in baselines}

    def of(self, audiences: Collection[Audience]) -> Sequence[Baseline]:
        return [self._baselines[key] for key in sorted(self._baselines) if key[0] in audiences]


class FakeWatching:
    def __init__(self, watched: Watched) -> None:
        self.sessions = FakeSessions(watched)
        self.alerts = FakeAlerts(watched)
        self.samples = FakeSamples(watched)
        self.baselines = FakeBaselines(watched)
