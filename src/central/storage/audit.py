"""The audit of every device."""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, select

from cardcore.audit import START, ChainHead
from cardcore.ids import DeviceId, Epoch, Micros, Seq
from central.ports.records import AuditLine, Evidence, Gap, KeptRow, Log, StoredEntry
from central.storage.copying import BIG, BYTES, TEXT, add_rows
from central.storage.dialect import insert_into
from central.storage.schema import AUDIT_ENTRIES, AUDIT_EVIDENCE, AUDIT_GAPS, AUDIT_HEADS

_entries = AUDIT_ENTRIES.c
# In the order of the rows below: where an entry belongs, then columns_of.
WRITTEN: Final = {
    "device_id": TEXT,
    "epoch": BYTES,
    "arrived_us": BIG,
    "seq": BIG,
    "hash": BYTES,
    "raw": BYTES,
    "quarantine": TEXT,
    "door": TEXT,
    "wall_us": BIG,
    "mono_us": BIG,
    "boot_id": BYTES,
    "decision": TEXT,
    "reason": TEXT,
    "card_id": BYTES,
    "nonce": BYTES,
}


class SqlAuditLog:
    """The tables of heads, entries and evidence."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def head(self, device_id: DeviceId, epoch: Epoch) -> ChainHead:
        """Up to where it is held; number 0 and a zero hash for a new epoch."""
        query = select(AUDIT_HEADS.c.mark, AUDIT_HEADS.c.hash).where(
            AUDIT_HEADS.c.device_id == device_id, AUDIT_HEADS.c.epoch == epoch
        )
        row = self._connection.execute(query).first()
        return START if row is None else ChainHead(seq=Seq(row.mark), hash=row.hash)

    def hashes(
        self, device_id: DeviceId, epoch: Epoch, first: int, last: int
    ) -> Mapping[int, bytes]:
        """The hashes held from ``first`` to ``last``, both included."""
        query = select(_entries.seq, _entries.hash).where(
            _entries.device_id == device_id,
            _entries.epoch == epoch,
            _entries.seq.between(first, last),
        )
        return {row.seq: row.hash for row in self._connection.execute(query)}

    def append(
        self,
        device_id: DeviceId,
        epoch: Epoch,
        entries: Sequence[StoredEntry],
        arrived_at: Micros,
    ) -> None:
        """Store consecutive entries behind the head; the last becomes the head."""
        self._move_head(device_id, epoch, ChainHead(seq=entries[-1].seq, hash=entries[-1].hash))
        place = (device_id, epoch, arrived_at)
        rows = [(*place, *columns_of(stored)) for stored in entries]
        add_rows(self._connection, AUDIT_ENTRIES.name, WRITTEN, rows)

    def jump(self, device_id: DeviceId, gap: Gap) -> None:
        """Keep that these entries are missing; the last of them becomes the head."""
        self._move_head(device_id, gap.epoch, ChainHead(seq=gap.last, hash=gap.hash))
        self._connection.execute(
            insert_into(self._connection, AUDIT_GAPS).values(
                device_id=device_id,
                epoch=gap.epoch,
                first=gap.first,
                last=gap.last,
                hash=gap.hash,
                receipt=gap.receipt,
                found_us=gap.found_at,
            )
        )

    def gaps(self, device_id: DeviceId) -> Sequence[Gap]:
        """What is missing of a device's log, by epoch and number."""
        query = (
            select(AUDIT_GAPS)
            .where(AUDIT_GAPS.c.device_id == device_id)
            .order_by(AUDIT_GAPS.c.epoch, AUDIT_GAPS.c.first)
        )
        return [
            Gap(
                epoch=Epoch(row.epoch),
                first=Seq(row.first),
                last=Seq(row.last),
                hash=row.hash,
                receipt=row.receipt,
                found_at=Micros(row.found_us),
            )
            for row in self._connection.execute(query)
        ]

    def keep(
        self, device_id: DeviceId, epoch: Epoch, evidence: Evidence, arrived_at: Micros
    ) -> None:
        """Keep an entry that contradicts the log; once, however often it is sent."""
        statement = insert_into(self._connection, AUDIT_EVIDENCE).values(
            device_id=device_id,
            epoch=epoch,
            seq=evidence.seq,
            hash=evidence.hash,
            raw=evidence.raw,
            why=evidence.why,
            arrived_us=arrived_at,
        )
        self._connection.execute(statement.on_conflict_do_nothing())

    def evidence(self, device_id: DeviceId) -> Sequence[Evidence]:
        """What is kept against this device."""
        query = (
            select(AUDIT_EVIDENCE)
            .where(AUDIT_EVIDENCE.c.device_id == device_id)
            .order_by(AUDIT_EVIDENCE.c.arrived_us, AUDIT_EVIDENCE.c.seq)
        )
        return [
            Evidence(seq=Seq(row.seq), hash=row.hash, raw=row.raw, why=row.why)
            for row in self._connection.execute(query)
        ]

    def logs(self) -> Sequence[Log]:
        """Every log there is, by device and epoch."""
        query = select(AUDIT_HEADS).order_by(AUDIT_HEADS.c.device_id, AUDIT_HEADS.c.epoch)
        return [
            Log(
                device_id=DeviceId(row.device_id),
                epoch=Epoch(row.epoch),
                head=ChainHead(seq=Seq(row.mark), hash=row.hash),
            )
            for row in self._connection.execute(query)
        ]

    def rows(self, device_id: DeviceId, epoch: Epoch, after: Seq, most: int) -> Sequence[KeptRow]:
        """At most so many entries behind ``after``, in order."""
        query = (
            select(
                _entries.seq,
                _entries.hash,
                _entries.raw,
                _entries.arrived_us,
                _entries.quarantine,
            )
            .where(
                _entries.device_id == device_id,
                _entries.epoch == epoch,
                _entries.seq > after,
            )
            .order_by(_entries.seq)
            .limit(most)
        )
        return [
            KeptRow(
                seq=Seq(row.seq),
                hash=row.hash,
                raw=row.raw,
                arrived_at=Micros(row.arrived_us),
                quarantine=row.quarantine,
            )
            for row in self._connection.execute(query)
        ]

    def lines(self, most: int) -> Sequence[AuditLine]:
        """The entries that arrived last, in the order of their arrival."""
        query = (
            select(AUDIT_ENTRIES)
            .order_by(_entries.arrived_us.desc(), _entries.epoch.desc(), _entries.seq.desc())
            .limit(most)
        )
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

    def _move_head(self, device_id: DeviceId, epoch: Epoch, head: ChainHead) -> None:
        now = {"mark": head.seq, "hash": head.hash}
        insert = insert_into(self._connection, AUDIT_HEADS).values(
            device_id=device_id, epoch=epoch, **now
        )
        self._connection.execute(
            insert.on_conflict_do_update(index_elements=["device_id", "epoch"], set_=now)
        )


def columns_of(stored: StoredEntry) -> tuple[object, ...]:
    """What is written of an entry, behind where it belongs."""
    quarantine = None if stored.quarantine is None else stored.quarantine.value
    kept = (stored.seq, stored.hash, stored.raw, quarantine)
    entry = stored.entry
    if entry is None:
        return (*kept, *_UNREAD)
    return (
        *kept,
        entry.door,
        entry.wall,
        entry.mono,
        entry.boot_id,
        entry.decision.value,
        entry.reason,
        entry.card_id,
        entry.nonce,
    )


_UNREAD: Final = (None,) * 8
