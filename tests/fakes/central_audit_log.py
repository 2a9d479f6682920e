"""The audit in memory, for tests/fakes/central_storage.py."""

from collections.abc import Mapping, Sequence

from cardcore.audit import START, ChainHead
from cardcore.ids import DeviceId, Epoch, Micros, Seq
from central.ports.records import (
    AuditLine,
    Evidence,
    Gap,
    KeptRow,
    Log,
    StoredEntry,
)

LogKey = tuple[DeviceId, Epoch]
Entries = dict[LogKey, list[tuple[StoredEntry, Micros]]]
Gaps = dict[LogKey, list[Gap]]


class FakeAuditLog:
    def __init__(
        self, entries: Entries, evidence: dict[LogKey, dict[bytes, Evidence]], gaps: Gaps
    ) -> None:
        self._entries = entries
        self._evidence = evidence
        self._gaps = gaps

    def head(self, device_id: DeviceId, epoch: Epoch) -> ChainHead:
        log = (device_id, epoch)
        heads = [
            ChainHead(seq=held.seq, hash=held.hash) for held, _ in self._entries.get(log, [])[-1:]
        ]
        heads += [ChainHead(seq=gap.last, hash=gap.hash) for gap in self._gaps.get(log, [])[-1:]]
        return max(heads, key=lambda head: head.seq, default=START)

    def jump(self, device_id: DeviceId, gap: Gap) -> None:
        self._gaps.setdefault((device_id, gap.epoch), []).append(gap)

    def gaps(self, device_id: DeviceId) -> Sequence[Gap]:
        logs = self._gaps.items()
        found = [gap for (owner, _), gaps in logs if owner == device_id for gap in gaps]
        return sorted(found, key=lambda gap: (gap.epoch, gap.first))

    def hashes(
        self, device_id: DeviceId, epoch: Epoch, first: int, last: int
    ) -> Mapping[int, bytes]:
        held = self._entries.get((device_id, epoch), [])
        return {stored.seq: stored.hash for stored, _ in held if first <= stored.seq <= last}

    def append(
        self,
        device_id: DeviceId,
        epoch: Epoch,
        entries: Sequence[StoredEntry],
        arrived_at: Micros,
    ) -> None:
        held = self._entries.setdefault((device_id, epoch), [])
        held += [(stored, arrived_at) for stored in entries]

    def keep(
        self, device_id: DeviceId, epoch: Epoch, evidence: Evidence, arrived_at: Micros
    ) -> None:
        del arrived_at
        held = self._evidence.setdefault((device_id, epoch), {})
        held.setdefault(evidence.hash, evidence)

    def evidence(self, device_id: DeviceId) -> Sequence[Evidence]:
        logs = self._evidence.items()
        return [kept for (owner, _), held in logs if owner == device_id for kept in held.values()]

    def logs(self) -> Sequence[Log]:
        logs = sorted({*self._entries, *self._gaps})
        return [Log(device_id=log[0], epoch=log[1], head=self.head(*log)) for log in logs]

    def rows(self, device_id: DeviceId, epoch: Epoch, after: Seq, most: int) -> Sequence[KeptRow]:
        held = self._entries.get((device_id, epoch), [])
        return [_row(stored, at) for stored, at in held if stored.seq > after][:most]

    def lines(self, most: int) -> Sequence[AuditLine]:
        logs = self._entries.items()
        lines = [_line(log, stored, at) for log, held in logs for stored, at in held]
        return sorted(lines, key=lambda line: (line.arrived_at, line.epoch, line.seq))[-most:]


def _row(stored: StoredEntry, arrived_at: Micros) -> KeptRow:
    return KeptRow(
        seq=stored.seq,
        hash=stored.hash,
        raw=stored.raw,
        arrived_at=arrived_at,
        quarantine=None if stored.quarantine is None else stored.quarantine.value,
    )


def _line(log: LogKey, stored: StoredEntry, arrived_at: Micros) -> AuditLine:
    entry = stored.entry
    return AuditLine(
        device_id=log[0],
        epoch=log[1],
        seq=stored.seq,
        arrived_at=arrived_at,
        wall=None if entry is None else entry.wall,
        door=None if entry is None else entry.door,
        decision=None if entry is None else entry.decision.value,
        reason=None if entry is None else entry.reason,
        card_id=None if entry is None else entry.card_id,
        quarantine=None if stored.quarantine is None else stored.quarantine.value,
    )
