"""What staff and owners ask, over several tables; and the devices' heartbeats."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, select

from cardcore.ids import Audience, CardId, DeviceId, Epoch, Micros
from central.ports.happenings import ClockReading, SignOfLife
from central.ports.records import AuditLine, Card
from central.storage.cards import cards_of
from central.storage.dialect import insert_into
from central.storage.schema import AUDIT_ENTRIES, DEVICES
from central.storage.schema_happenings import HEARTBEATS

_entries = AUDIT_ENTRIES.c


class SqlReports:
    """Lists for people."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def cards(self, card_ids: Collection[CardId]) -> Mapping[CardId, Card]:
        """Those of these cards that central issued."""
        return cards_of(self._connection, card_ids)

    def clock_before(self, device_id: DeviceId, epoch: Epoch, seq: int) -> ClockReading | None:
        """The last readable entry before this one."""
        query = (
            select(_entries.wall_us, _entries.mono_us, _entries.boot_id, _entries.arrived_us)
            .where(
                _entries.device_id == device_id,
                _entries.epoch == epoch,
                _entries.seq < seq,
                _entries.wall_us.is_not(None),
            )
            .order_by(_entries.seq.desc())
            .limit(1)
        )
        row = self._connection.execute(query).first()
        if row is None:
            return None
        return ClockReading(
            wall=Micros(row.wall_us),
            mono=Micros(row.mono_us),
            boot_id=row.boot_id,
            arrived_at=Micros(row.arrived_us),
        )

    def audit_lines(
        self, audiences: Collection[Audience], *, card_id: CardId | None, most: int
    ) -> Sequence[AuditLine]:
        """The entries of these audiences' devices that arrived last, in the order of their arrival."""
        query = (
            select(AUDIT_ENTRIES)
            .join(DEVICES, DEVICES.c.device_id == _entries.device_id)
            .where(DEVICES.c.audience.in_(sorted(audiences)))
            .order_by(_entries.arrived_us.desc(), _entries.epoch.desc(), _entries.seq.desc())
            .limit(most)
        )
        if card_id is not None:
            query = query.where(_entries.card_id == card_id)
        lines = [
            AuditLine(
                device_id=DeviceId(row.device_id),
                epoch=row.epoch,
                seq=row.seq,
                arrived_at=Micros(row.arrived_us),
                wall=row.wall_us,
                door=row.door,
                decision=row.decision,
                reason=row.reason,
                card_id=row.card_id,
                quarantine=row.quarantine,
            )
            for row in self._connection.execute(query)
        ]
        return lines[::-1]

    def put_sign(self, sign: SignOfLife) -> None:
        """Keep a heartbeat in place of the one before."""
        row = {
            "device_id": sign.device_id,
            "received_us": sign.received_at,
            "wall_us": sign.wall,
            "content": sign.content,
        }
        statement = insert_into(self._connection, HEARTBEATS).values(**row)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["device_id"], set_=row)
        )

    def signs(self) -> Mapping[DeviceId, SignOfLife]:
        """The last heartbeat of every device that sent one."""
        return {
            DeviceId(row.device_id): SignOfLife(
                device_id=DeviceId(row.device_id),
                received_at=Micros(row.received_us),
                wall=Micros(row.wall_us),
                content=row.content,
            )
            for row in self._connection.execute(select(HEARTBEATS))
        }
