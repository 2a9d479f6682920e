"""Take the audit of doors: by ``(device, epoch, number)`` and hash, one transaction a batch."""

from collections.abc import Collection, Sequence
from typing import Final

from cardcore.audit import EPOCH_BYTES
from cardcore.ids import Audience, CardId, Epoch, Seq
from cardcore.wire import AuditBatch, BatchAnswer, MarkAnswer
from central.audit.chain import Judgement, judge_batch
from central.audit.notary import CentralNotary, check_checkpoint
from central.errors import ConflictError, Kind, UnprocessableError
from central.ports.happenings import Arrival, Watch
from central.ports.meter import Meter, NoMeter
from central.ports.records import AuditLine, Device, Evidence
from central.ports.storage import Storage, Transaction
from central.ports.world import Clock, KeyRing

SEQ_MAX: Final = (1 << 63) - 1  # what the database keeps in one integer


class AuditService:
    """Ingests batches and tells doors where their logs stand."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        watch: Watch,
        keys: KeyRing,
        meter: Meter | None = None,
    ) -> None:
        self._storage = storage
        self._notary = CentralNotary(keys=keys, clock=clock)
        self._clock = clock
        self._watch = watch
        self._meter = NoMeter() if meter is None else meter

    def mark(self, device: Device, epoch: Epoch) -> MarkAnswer:
        """Up to where an epoch of this device is held; 0 and a zero hash for a new one."""
        with self._storage.read() as tx:
            head = tx.audit.head(device.device_id, epoch)
        return MarkAnswer(epoch=epoch.hex(), mark=head.seq, hash=head.hash.hex())

    def ingest(self, device: Device, batch: AuditBatch) -> BatchAnswer:
        """Take a batch. Sending it again is a success that stores nothing.

        Raises:
            UnprocessableError: an epoch or numbers out of their bounds, or a checkpoint that is not of this batch.
            ConflictError: a gap, a fork or a broken chain, with the mark as it is now.
        """
        epoch = parse_epoch(batch.epoch)
        if not 1 <= batch.first <= SEQ_MAX - len(batch.entries):
            raise UnprocessableError(Kind.MALFORMED, "the first number is out of its bounds")
        check_checkpoint(device, epoch, batch)
        with self._storage.write() as tx:
            tx.devices.lock(device.device_id)
            judgement = self._take(tx, device, epoch, batch)
            countersigned = None
            if isinstance(judgement, Judgement) and judgement.contradiction is None:
                countersigned = self._notary.countersign(tx, device, epoch, batch)
        if isinstance(judgement, ConflictError):  # after the commit, which keeps the incident
            self._meter.refused(device, judgement.kind)
            raise judgement
        self._meter.took(device, judgement.accepted, duplicate=judgement.duplicate)
        if judgement.contradiction is not None:  # after the commit, which keeps the evidence
            self._meter.refused(device, judgement.contradiction.kind)
            evidence = judgement.contradiction.evidence
            detail = f"entry {evidence.seq}: {evidence.why}"
            raise ConflictError(judgement.contradiction.kind, detail, judgement.head.seq)
        return BatchAnswer(
            epoch=batch.epoch,
            mark=judgement.head.seq,
            hash=judgement.head.hash.hex(),
            accepted=len(judgement.accepted) - len(judgement.quarantined),
            duplicate=judgement.duplicate,
            quarantined=judgement.quarantined,
            countersigned=countersigned,
        )

    def lines(self, most: int) -> Sequence[AuditLine]:
        """The entries that arrived last."""
        with self._storage.read() as tx:
            return tx.audit.lines(most)

    def evidence(self, device: Device) -> Sequence[Evidence]:
        """What is kept against a device."""
        with self._storage.read() as tx:
            return tx.audit.evidence(device.device_id)

    def listed(
        self, audiences: Collection[Audience], *, card_id: CardId | None, most: int
    ) -> Sequence[AuditLine]:
        """The entries of these audiences' doors that arrived last; of one card, if one is named."""
        with self._storage.read() as tx:
            return tx.reports.audit_lines(audiences, card_id=card_id, most=most)

    def _take(
        self, tx: Transaction, device: Device, epoch: Epoch, batch: AuditBatch
    ) -> Judgement | ConflictError:
        head = tx.audit.head(device.device_id, epoch)
        if batch.first > head.seq + 1:
            detail = f"sent from {batch.first}, held up to {head.seq}"
            self._watch.skipped(tx, device, epoch, held=head.seq, believed=batch.first - 1)
            return ConflictError(Kind.GAP, detail, head.seq)
        known = tx.audit.hashes(device.device_id, epoch, Seq(batch.first), head.seq)
        judgement = judge_batch(
            batch.entries,
            first=batch.first,
            head=head,
            known=known,
            device=device,
            epoch=epoch,
        )
        arrived_at = self._clock.micros()
        if judgement.accepted:
            tx.audit.append(device.device_id, epoch, judgement.accepted, arrived_at)
            self._watch.arrived(
                tx,
                Arrival(
                    device=device,
                    epoch=epoch,
                    entries=judgement.accepted,
                    arrived_at=arrived_at,
                ),
            )
        if judgement.contradiction is not None:
            evidence = judgement.contradiction.evidence
            tx.audit.keep(device.device_id, epoch, evidence, arrived_at)
            kind = judgement.contradiction.kind
            self._watch.contradicted(tx, device, epoch, kind, evidence)
        return judgement


def parse_epoch(text: str) -> Epoch:
    """The epoch in ``text``, 16 lower-case hex digits.

    Raises:
        UnprocessableError: no epoch.
    """
    if len(text) != 2 * EPOCH_BYTES or not set(text) <= set("0123456789abcdef"):
        raise UnprocessableError(Kind.MALFORMED, "an epoch is 16 lower-case hex digits")
    return Epoch(bytes.fromhex(text))
