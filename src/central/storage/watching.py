"""Sessions, alerts with their notices, samples and baselines."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, Row, select

from cardcore.ids import Audience, Micros, UnixSeconds
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
from central.storage.dialect import insert_into
from central.storage.schema_watching import ALERTS, BASELINES, NOTICES, SAMPLES, SESSIONS


class SqlSessions:
    """The table of sessions."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, session: Session) -> None:
        """A new one."""
        self._connection.execute(
            SESSIONS.insert().values(
                token_hash=session.token_hash,
                name=session.name,
                made_at=session.made_at,
                expires_at=session.expires_at,
            )
        )

    def find(self, token_hash: bytes) -> Session | None:
        """The session of this cookie, ended ones too."""
        query = select(SESSIONS).where(SESSIONS.c.token_hash == token_hash)
        row = self._connection.execute(query).first()
        if row is None:
            return None
        return Session(
            token_hash=row.token_hash,
            name=row.name,
            made_at=UnixSeconds(row.made_at),
            expires_at=UnixSeconds(row.expires_at),
        )

    def drop(self, token_hash: bytes) -> None:
        """Log out."""
        self._connection.execute(SESSIONS.delete().where(SESSIONS.c.token_hash == token_hash))

    def forget(self, now: UnixSeconds) -> int:
        """Drop those that have ended; how many."""
        return self._connection.execute(
            SESSIONS.delete().where(SESSIONS.c.expires_at <= now)
        ).rowcount


class SqlAlerts:
    """The tables of alerts and notices."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, audiences: Collection[Audience] | None) -> Sequence[Alert]:
        """The alerts of these audiences and of central itself, the latest change first; None for all."""
        query = select(ALERTS).order_by(ALERTS.c.since_us.desc(), ALERTS.c.alert_id)
        if audiences is not None:
            query = query.where(ALERTS.c.audience.in_([EVERYWHERE, *sorted(audiences)]))
        return [_alert(row) for row in self._connection.execute(query)]

    def find(self, alert_id: str) -> Alert | None:
        """One alert."""
        query = select(ALERTS).where(ALERTS.c.alert_id == alert_id)
        row = self._connection.execute(query).first()
        return None if row is None else _alert(row)

    def put(self, alert: Alert) -> None:
        """Add one, or replace what was known of it."""
        row = {
            "alert_id": alert.alert_id,
            "audience": alert.audience,
            "rule": alert.rule,
            "subject": alert.subject,
            "severity": alert.severity.value,
            "state": alert.state.value,
            "since_us": alert.since,
            "value": alert.value,
            "text": alert.text,
            "acknowledged_at": alert.acknowledged_at,
            "acknowledged_by": alert.acknowledged_by,
        }
        statement = insert_into(self._connection, ALERTS).values(**row)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["alert_id"], set_=row)
        )

    def drop(self, alert_id: str) -> None:
        """Forget one."""
        self._connection.execute(ALERTS.delete().where(ALERTS.c.alert_id == alert_id))

    def notify(self, notices: Sequence[Notice]) -> None:
        """Notices that are to be sent once this transaction is committed; each once."""
        for notice in notices:
            statement = insert_into(self._connection, NOTICES).values(
                alert_id=notice.alert_id,
                since_us=notice.since,
                channel=notice.channel,
                body=notice.body,
                due_us=notice.due_at,
                tries=notice.tries,
                error=notice.error,
            )
            self._connection.execute(statement.on_conflict_do_nothing())

    def due(self, now: Micros, most: int) -> Sequence[Notice]:
        """Notices to be sent, the oldest first."""
        query = (
            select(NOTICES)
            .where(NOTICES.c.due_us <= now)
            .order_by(NOTICES.c.due_us, NOTICES.c.alert_id, NOTICES.c.channel)
            .limit(most)
        )
        return [_notice(row) for row in self._connection.execute(query)]

    def sent(self, notice: Notice) -> None:
        """It has been sent, or is given up."""
        self._change(notice, due_us=None, tries=notice.tries, error=notice.error)

    def failed(self, notice: Notice) -> None:
        """A try failed; ``notice`` says how, and when the next is due."""
        self._change(notice, due_us=notice.due_at, tries=notice.tries, error=notice.error)

    def _change(self, notice: Notice, **changed: object) -> None:
        update = NOTICES.update().where(
            NOTICES.c.alert_id == notice.alert_id,
            NOTICES.c.since_us == notice.since,
            NOTICES.c.channel == notice.channel,
        )
        self._connection.execute(update.values(**changed))


class SqlSamples:
    """The table of samples."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, samples: Sequence[Sample]) -> None:
        """Keep them; one of the same instant and name stays as it is."""
        rows = [{"at": each.at, "name": each.name, "value": each.value} for each in samples]
        if rows:
            statement = insert_into(self._connection, SAMPLES).on_conflict_do_nothing()
            self._connection.execute(statement, rows)

    def since(self, at: UnixSeconds) -> Sequence[Sample]:
        """Those at or after this instant, by time and name."""
        query = select(SAMPLES).where(SAMPLES.c.at >= at).order_by(SAMPLES.c.at, SAMPLES.c.name)
        return [
            Sample(at=UnixSeconds(row.at), name=row.name, value=row.value)
            for row in self._connection.execute(query)
        ]

    def forget(self, before: UnixSeconds) -> int:
        """Drop older ones; how many."""
        return self._connection.execute(SAMPLES.delete().where(SAMPLES.c.at < before)).rowcount


class SqlBaselines:
    """The table of baselines."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, baselines: Sequence[Baseline]) -> None:
        """Keep them, in place of what was recorded before."""
        for each in baselines:
            row = {
                "audience": each.audience,
                "name": each.name,
                "value": each.value,
                "low": each.low,
                "high": each.high,
                "recorded_at": each.recorded_at,
            }
            statement = insert_into(self._connection, BASELINES).values(**row)
            self._connection.execute(
                statement.on_conflict_do_update(index_elements=["audience", "name"], set_=row)
            )

    def of(self, audiences: Collection[Audience]) -> Sequence[Baseline]:
        """Those of these audiences, by audience and name."""
        columns = BASELINES.c
        query = select(BASELINES).where(columns.audience.in_(sorted(audiences)))
        return [
            Baseline(
                audience=Audience(row.audience),
                name=row.name,
                value=row.value,
                low=row.low,
                high=row.high,
                recorded_at=UnixSeconds(row.recorded_at),
            )
            for row in self._connection.execute(query.order_by(columns.audience, columns.name))
        ]


class SqlWatching:
    """The four on one connection."""

    def __init__(self, connection: Connection) -> None:
        self.sessions = SqlSessions(connection)
        self.alerts = SqlAlerts(connection)
        self.samples = SqlSamples(connection)
        self.baselines = SqlBaselines(connection)


def _alert(row: Row[tuple[object, ...]]) -> Alert:
    return Alert(
        alert_id=row.alert_id,
        audience=Audience(row.audience),
        rule=row.rule,
        subject=row.subject,
        severity=Severity(row.severity),
        state=AlertState(row.state),
        since=Micros(row.since_us),
        value=row.value,
        text=row.text,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by,
    )


def _notice(row: Row[tuple[object, ...]]) -> Notice:
    return Notice(
        alert_id=row.alert_id,
        since=Micros(row.since_us),
        channel=row.channel,
        body=row.body,
        due_at=Micros(row.due_us),
        tries=row.tries,
        error=row.error,
    )
