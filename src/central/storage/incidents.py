"""Incidents, each kept once by its id."""

from collections.abc import Collection, Sequence

import msgspec
from sqlalchemy import Connection, Row, select

from cardcore.ids import Audience, CardId, DeviceId, Micros, UnixSeconds
from central.ports.happenings import Incident, IncidentKind
from central.storage.dialect import insert_into
from central.storage.schema_happenings import INCIDENTS

_columns = INCIDENTS.c


class SqlIncidents:
    """The table of incidents."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, incidents: Sequence[Incident]) -> None:
        """Keep those that are not kept yet; a handled one stays handled."""
        if incidents:
            statement = insert_into(self._connection, INCIDENTS).on_conflict_do_nothing()
            self._connection.execute(statement, [_row(incident) for incident in incidents])

    def find(self, incident_id: str) -> Incident | None:
        """One incident."""
        query = select(INCIDENTS).where(_columns.incident_id == incident_id)
        row = self._connection.execute(query).first()
        return None if row is None else _incident(row)

    def of(
        self, audiences: Collection[Audience], *, handled: bool | None, most: int
    ) -> Sequence[Incident]:
        """The newest of these audiences; ``handled`` None for handled and open ones."""
        query = (
            select(INCIDENTS)
            .where(_columns.audience.in_(sorted(audiences)))
            .order_by(_columns.found_us.desc(), _columns.incident_id)
            .limit(most)
        )
        if handled is not None:
            open_ones = _columns.handled_at.is_(None)
            query = query.where(~open_ones if handled else open_ones)
        return [_incident(row) for row in self._connection.execute(query)]

    def handle(self, incident_id: str, *, at: UnixSeconds, by: str) -> None:
        """Mark one as handled, unless it is."""
        update = INCIDENTS.update().where(
            _columns.incident_id == incident_id, _columns.handled_at.is_(None)
        )
        self._connection.execute(update.values(handled_at=at, handled_by=by))


def _row(incident: Incident) -> dict[str, object]:
    return {
        "incident_id": incident.incident_id,
        "audience": incident.audience,
        "kind": incident.kind.value,
        "found_us": incident.found_at,
        "happened_us": incident.happened_at,
        "device_id": incident.device_id,
        "door": incident.door,
        "epoch": incident.epoch,
        "seq": incident.seq,
        "card_id": incident.card_id,
        "facts": msgspec.json.encode(incident.facts).decode(),
        "handled_at": incident.handled_at,
        "handled_by": incident.handled_by,
    }


def _incident(row: Row[tuple[object, ...]]) -> Incident:
    return Incident(
        incident_id=row.incident_id,
        audience=Audience(row.audience),
        kind=IncidentKind(row.kind),
        found_at=Micros(row.found_us),
        happened_at=row.happened_us,
        device_id=DeviceId(row.device_id),
        door=row.door,
        epoch=row.epoch,
        seq=row.seq,
        card_id=None if row.card_id is None else CardId(row.card_id),
        facts=msgspec.json.decode(row.facts, type=dict[str, str | int | None]),
        handled_at=row.handled_at,
        handled_by=row.handled_by,
    )
