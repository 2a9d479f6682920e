"""Sessions, alerts, samples and baselines: what every storage promises of them."""

from dataclasses import replace

from cardcore.ids import Micros, UnixSeconds
from central.ports.storage import Storage
from central.ports.watching import (
    EVERYWHERE,
    Alert,
    AlertState,
    Baseline,
    Notice,
    Sample,
    Session,
    Severity,
)
from tests.fakes.central_material import MAIN, POOL
from tests.fakes.central_world import NOON

US = 1_000_000
KIM = Session(
    token_hash=bytes(32), name="kim", made_at=UnixSeconds(NOON), expires_at=UnixSeconds(NOON + 60)
)
ALERT = Alert(
    alert_id="a1",
    audience=MAIN,
    rule="door_silent",
    subject="d-1",
    severity=Severity.WARNING,
    state=AlertState.FIRING,
    since=Micros(NOON * US),
    value=12.5,
    text="The door “North” is silent.",
)
NOTICE = Notice(
    alert_id="a1", since=Micros(NOON * US), channel="mail", body="{}", due_at=Micros(NOON * US)
)


def test_a_session_is_found_by_its_cookies_hash_until_it_is_dropped(storage: Storage) -> None:
    other = replace(KIM, token_hash=b"x" * 32, expires_at=UnixSeconds(NOON + 90))
    with storage.write() as tx:
        tx.watching.sessions.add(KIM)
        tx.watching.sessions.add(other)
    with storage.write() as tx:
        assert tx.watching.sessions.find(bytes(32)) == KIM
        assert tx.watching.sessions.find(b"y" * 32) is None
        assert tx.watching.sessions.forget(UnixSeconds(NOON + 60)) == 1
        assert tx.watching.sessions.find(bytes(32)) is None
        tx.watching.sessions.drop(other.token_hash)
        tx.watching.sessions.drop(other.token_hash)
        assert tx.watching.sessions.find(other.token_hash) is None


def test_alerts_are_listed_by_audience_and_replaced(storage: Storage) -> None:
    later = replace(ALERT, alert_id="a2", since=Micros(NOON * US + 1), audience=EVERYWHERE)
    pool = replace(ALERT, alert_id="a3", audience=POOL)
    with storage.write() as tx:
        for alert in (ALERT, later, pool):
            tx.watching.alerts.put(alert)
    done = replace(ALERT, acknowledged_at=UnixSeconds(NOON), acknowledged_by="kim")
    with storage.write() as tx:
        tx.watching.alerts.put(done)
    with storage.write() as tx:
        assert tx.watching.alerts.of([MAIN]) == [later, done]
        assert tx.watching.alerts.of([]) == [later]
        assert tx.watching.alerts.of(None) == [later, done, pool]
        assert tx.watching.alerts.find("a3") == pool
        tx.watching.alerts.drop("a3")
        assert tx.watching.alerts.find("a3") is None


def test_a_notice_is_due_until_it_was_sent(storage: Storage) -> None:
    hook = replace(NOTICE, channel="webhook")
    with storage.write() as tx:
        tx.watching.alerts.notify([NOTICE, hook])
        tx.watching.alerts.notify([replace(NOTICE, body="another")])  # once per state change
        assert tx.watching.alerts.due(Micros(NOON * US - 1), 9) == []
        assert tx.watching.alerts.due(Micros(NOON * US), 9) == [NOTICE, hook]
        assert tx.watching.alerts.due(Micros(NOON * US), 1) == [NOTICE]
        again = replace(NOTICE, tries=1, error="refused", due_at=Micros(NOON * US + 5))
        tx.watching.alerts.failed(again)
        tx.watching.alerts.sent(hook)
    with storage.write() as tx:
        assert tx.watching.alerts.due(Micros(NOON * US + 5), 9) == [again]
        tx.watching.alerts.sent(again)
        tx.watching.alerts.notify([NOTICE])
        assert tx.watching.alerts.due(Micros(NOON * US + 9), 9) == []


def test_samples_are_kept_for_a_while(storage: Storage) -> None:
    early = Sample(at=UnixSeconds(NOON), name="memory", value=1.5)
    late = Sample(at=UnixSeconds(NOON + 60), name="memory", value=2.5)
    with storage.write() as tx:
        tx.watching.samples.add([late, early])
        tx.watching.samples.add([replace(late, value=9.0)])
        tx.watching.samples.add([])
    with storage.write() as tx:
        assert tx.watching.samples.since(UnixSeconds(NOON)) == [early, late]
        assert tx.watching.samples.forget(UnixSeconds(NOON + 60)) == 1
        assert tx.watching.samples.since(UnixSeconds(0)) == [late]


def test_a_baseline_replaces_the_one_before(storage: Storage) -> None:
    base = Baseline(
        audience=MAIN, name="p95_ms", value=3, low=1, high=9, recorded_at=UnixSeconds(NOON)
    )
    with storage.write() as tx:
        tx.watching.baselines.put([base, replace(base, name="an_hour")])
        tx.watching.baselines.put([replace(base, value=4.0)])
    with storage.read() as tx:
        found = tx.watching.baselines.of([MAIN])
        assert [(each.name, each.value) for each in found] == [("an_hour", 3.0), ("p95_ms", 4.0)]
        assert tx.watching.baselines.of([POOL]) == []
