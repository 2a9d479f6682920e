"""Rollups in the database."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, select, text, tuple_

from cardcore.audit import Direction, Outcome, parse_entry
from cardcore.errors import WireError
from cardcore.ids import Audience, CardId, DeviceId, Epoch, MemberId, Micros, Seq
from central.ports.records import Quarantine, StoredEntry
from central.ports.rollups import (
    AHEAD_US,
    BEHIND_US,
    DAY,
    HOUR,
    MICROS,
    PATH,
    QUARANTINED,
    CountKey,
    Engagement,
    KeptEntry,
    Latency,
    LogKey,
    LogSpan,
    MemberKey,
    MemberVisits,
    Period,
    Tally,
    Visits,
    Wanted,
)
from central.ports.watching import EVERYWHERE
from central.storage.dialect import is_postgresql
from central.storage.rollup_merges import (
    MERGE_COUNTS,
    MERGE_LATENCIES,
    MERGE_LOGS,
    MERGE_VISITS,
)
from central.storage.schema import AUDIT_ENTRIES, AUDIT_HEADS, CARDS, DEVICES
from central.storage.schema_rollups import COUNTS, LATENCIES, LOGS, VISITS
from central.storage.upserts import merge_rows

SPANS_MAX: Final = 20_000
_entries: Final = AUDIT_ENTRIES.c
_KEPT: Final = select(
    DEVICES.c.audience,
    _entries.device_id,
    _entries.epoch,
    _entries.seq,
    _entries.hash,
    _entries.raw,
    _entries.quarantine,
    _entries.arrived_us,
).join_from(AUDIT_ENTRIES, DEVICES, DEVICES.c.device_id == _entries.device_id)

_LATE: Final = _entries.wall_us - _entries.arrived_us
_HAPPENED: Final = case(  # as happened_at says
    (_LATE.between(-BEHIND_US, AHEAD_US), _entries.wall_us), else_=_entries.arrived_us
)


class SqlRollups:
    """The tables of counts, latencies, logs and members' visits."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, tally: Tally) -> None:
        """Add to what is kept."""
        merge_rows(self._connection, MERGE_COUNTS, [(*key, n) for key, n in tally.counts.items()])
        merge_rows(
            self._connection, MERGE_LATENCIES, [(*k, *v) for k, v in tally.latencies.items()]
        )
        merge_rows(self._connection, MERGE_LOGS, [_log_row(k, v) for k, v in tally.logs.items()])
        merge_rows(self._connection, MERGE_VISITS, [(*k, *v) for k, v in tally.members.items()])

    def counts(
        self, audiences: Collection[Audience], span: int, period: Period
    ) -> Mapping[CountKey, int]:
        """The counts of the buckets that begin in this period."""
        query = select(COUNTS).where(
            COUNTS.c.audience.in_(sorted(audiences)),
            COUNTS.c.span == span,
            _within(COUNTS.c.start, period),
        )
        rows = self._connection.execute(query)
        return {CountKey(*row[:-1]): row.entries for row in rows}

    def admissions_by_hour(
        self, audiences: Collection[Audience], period: Period
    ) -> Mapping[int, int]:
        """How many came in within this period, by the hour of the day (UTC)."""
        hour = (COUNTS.c.start % DAY).label("hour")
        query = (
            select(hour, func.sum(COUNTS.c.entries).label("entries"))
            .where(
                COUNTS.c.audience.in_(sorted(audiences)),
                COUNTS.c.span == HOUR,
                _within(COUNTS.c.start, period),
                COUNTS.c.decision == Outcome.ADMIT.value,
                COUNTS.c.direction == Direction.ENTRY.value,
            )
            .group_by(hour)
        )
        return {row.hour // HOUR: int(row.entries) for row in self._connection.execute(query)}

    def latencies(
        self, audiences: Collection[Audience], kind: str, period: Period
    ) -> Mapping[int, Latency]:
        """The latencies of the hours that begin in this period, by bucket."""
        columns = LATENCIES.c
        query = (
            select(
                columns.bucket,
                func.sum(columns.entries),
                func.sum(columns.sum_us),
                func.max(columns.max_us),
            )
            .where(
                columns.audience.in_(sorted(audiences)),
                columns.kind == kind,
                _within(columns.start, period),
            )
            .group_by(columns.bucket)
        )
        rows = self._connection.execute(query)
        return {row[0]: Latency(int(row[1]), int(row[2]), row[3]) for row in rows}

    def entries(self) -> int:
        """How many entries were counted, of all audiences together."""
        query = select(func.coalesce(func.sum(AUDIT_HEADS.c.mark), 0))
        return int(self._connection.execute(query).scalar_one())

    def spans(
        self, audiences: Collection[Audience], wanted: Wanted
    ) -> Sequence[tuple[LogKey, LogSpan]]:
        """Where the entries of the hours that begin in this period are, the newest hour first."""
        query = select(LOGS).where(
            LOGS.c.audience.in_(sorted(audiences)), _within(LOGS.c.start, wanted.period)
        )
        for name in ("decision", "reason", "device_id"):
            value = getattr(wanted, name)
            if value:
                query = query.where(LOGS.c[name] == value)
        query = query.order_by(LOGS.c.start.desc(), LOGS.c.last_us.desc()).limit(SPANS_MAX)
        return [_log(row) for row in self._connection.execute(query)]

    def entries_in(self, key: LogKey, span: LogSpan, most: int) -> Sequence[KeptEntry]:
        """The entries that ``key`` counts, found between the numbers of ``span``; the newest first."""
        query = _KEPT.where(
            _entries.device_id == key.device_id,
            _entries.epoch == key.epoch,
            _entries.seq.between(span.first_seq, span.last_seq),
            _is_of(key),
            _HAPPENED.between(key.start * MICROS, (key.start + HOUR) * MICROS - 1),
        )
        return self._kept(query.order_by(_entries.seq.desc()).limit(most))

    def last_scans(self, device_ids: Collection[DeviceId]) -> Mapping[DeviceId, Micros]:
        """When each of these devices wrote the last of its entries."""
        last = (
            select(LOGS.c.last_us)
            .where(LOGS.c.device_id == DEVICES.c.device_id)
            .order_by(LOGS.c.start.desc(), LOGS.c.last_us.desc())
            .limit(1)
            .scalar_subquery()
        )
        query = select(DEVICES.c.device_id, last.label("last_us")).where(
            DEVICES.c.device_id.in_(sorted(device_ids))
        )
        rows = self._connection.execute(query)
        return {DeviceId(row.device_id): Micros(row.last_us) for row in rows if row.last_us}

    def engagement(
        self, audiences: Collection[Audience], now: Micros, length_us: int
    ) -> Engagement:
        """The members of these audiences, for the period of this length that ends now."""
        names = ("new", "returning", "lapsed")
        query = select(
            func.count(),
            *(func.count().filter(*_which(name, now, length_us)) for name in names),
        ).where(VISITS.c.audience.in_(sorted(audiences)))
        told = tuple(self._connection.execute(query).one())
        return Engagement(known=told[0], new=told[1], returning=told[2], lapsed=told[3])

    def visitors(
        self, audiences: Collection[Audience], now: Micros, length_us: int, which: str, most: int
    ) -> Sequence[MemberVisits]:
        """The members behind a number of :meth:`engagement`, by its name; who came last first."""
        query = (
            select(VISITS)
            .where(VISITS.c.audience.in_(sorted(audiences)), *_which(which, now, length_us))
            .order_by(VISITS.c.last_us.desc(), VISITS.c.member_id)
            .limit(most)
        )
        return [
            MemberVisits(
                key=MemberKey(Audience(row.audience), MemberId(row.member_id)),
                visits=Visits(row.first_us, row.last_us, row.visits),
            )
            for row in self._connection.execute(query)
        ]

    def clear(self) -> None:
        """Forget everything but what central counted of itself; until this transaction ends nobody adds anything."""
        if is_postgresql(self._connection):  # SQLite's writer is alone
            tables = ", ".join(table.name for table in (COUNTS, LATENCIES, LOGS, VISITS))
            self._connection.execute(text(f"LOCK TABLE {tables} IN EXCLUSIVE MODE"))
        for table in (LOGS, VISITS):
            self._connection.execute(table.delete())
        self._connection.execute(COUNTS.delete().where(COUNTS.c.audience != EVERYWHERE))
        self._connection.execute(LATENCIES.delete().where(LATENCIES.c.kind == PATH))

    def holders(self, card_ids: Collection[CardId]) -> Mapping[CardId, MemberKey]:
        """Whose these cards are; without those that central never issued."""
        query = select(CARDS.c.card_id, CARDS.c.audience, CARDS.c.member_id).where(
            CARDS.c.card_id.in_(sorted(card_ids))
        )
        rows = self._connection.execute(query)
        return {CardId(row.card_id): MemberKey(row.audience, row.member_id) for row in rows}

    def kept_after(
        self, place: tuple[DeviceId, Epoch, int] | None, most: int
    ) -> Sequence[KeptEntry]:
        """The audit's entries behind this one, by device, epoch and number."""
        order = (_entries.device_id, _entries.epoch, _entries.seq)
        query = _KEPT if place is None else _KEPT.where(tuple_(*order) > tuple_(*place))
        return self._kept(query.order_by(*order).limit(most))

    def _kept(self, query: Select[tuple[object, ...]]) -> Sequence[KeptEntry]:
        return [_kept_entry(row) for row in self._connection.execute(query)]


def _within(column: ColumnElement[int], period: Period) -> ColumnElement[bool]:
    return (column >= period.since) & (column < period.until)


def _is_of(key: LogKey) -> ColumnElement[bool]:
    if key.decision == QUARANTINED:
        return _entries.quarantine == key.reason
    return (
        _entries.quarantine.is_(None)
        & (_entries.decision == key.decision)
        & (_entries.reason == key.reason)
    )


def _which(name: str, now: int, length_us: int) -> list[ColumnElement[bool]]:
    since = now - length_us
    first, last = VISITS.c.first_us, VISITS.c.last_us
    match name:
        case "new":
            return [last >= since, first >= since]
        case "returning":
            return [last >= since, first < since]
        case "lapsed":
            return [last < since, last >= since - length_us]
        case "active":
            return [last >= since]
        case _:
            return []


def _log_row(key: LogKey, span: LogSpan) -> tuple[object, ...]:
    place = (key.device_id, key.start, key.epoch, key.decision, key.reason, key.audience)
    return (*place, *span)


def _log(row: Row[tuple[object, ...]]) -> tuple[LogKey, LogSpan]:
    key = LogKey(
        Audience(row.audience),
        DeviceId(row.device_id),
        Epoch(row.epoch),
        row.start,
        row.decision,
        row.reason,
    )
    return key, LogSpan(row.entries, row.first_seq, row.last_seq, row.last_us)


def _kept_entry(row: Row[tuple[object, ...]]) -> KeptEntry:
    try:
        entry = parse_entry(row.raw)
    except WireError:
        entry = None
    return KeptEntry(
        audience=Audience(row.audience),
        device_id=DeviceId(row.device_id),
        epoch=Epoch(row.epoch),
        arrived_at=Micros(row.arrived_us),
        stored=StoredEntry(
            seq=Seq(row.seq),
            hash=row.hash,
            raw=row.raw,
            entry=entry,
            quarantine=None if row.quarantine is None else Quarantine(row.quarantine),
        ),
    )
