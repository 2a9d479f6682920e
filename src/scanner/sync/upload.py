"""Hand over the audit log, by central's mark.

1. The position is central's alone: it is asked for, and forgotten after any fault.
2. A mark counts only if it names the hash this log has at that place: another device's mark, a captive portal or
   nonsense marks nothing as sent. Where it does not fit, see :mod:`scanner.sync.fork`.
3. A mark that went back is told to central before anything is sent again: it has lost entries, and makes it an incident.
   Where it lies before what was removed here, its own receipt is handed in first (:mod:`scanner.sync.retention`).
4. Batches are consecutive, one in flight; the next one is read meanwhile. What central holds already is a success.
   Nothing is deleted here.
5. What is refused of one epoch stops no other; it is raised when all have had their turn.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from cardcore.ids import Epoch, Seq
from cardcore.wire import MAX_BATCH_ENTRIES, AuditBatch
from scanner.errors import ForeignLogError, LinkDownError, LinkError, LinkRefusedError
from scanner.ports import CentralLink, Outbox, OutboxEntry
from scanner.sync.fork import Aid, part_ways
from scanner.sync.notary import Notary


@dataclass(slots=True, kw_only=True)
class UploadReport:
    """What an upload did; ``mark`` is central's for the newest epoch, ``quarantined`` the numbers it could not read."""

    uploaded: int = 0
    duplicate: int = 0
    quarantined: list[int] = field(default_factory=list)
    mark: int = 0


Progress = Callable[[int], None]
"""Called with how many entries a batch handed over."""


def upload_all(
    link: CentralLink,
    outbox: Outbox,
    progress: Progress = lambda _sent: None,
    aid: Aid | None = None,
    *,
    notary: Notary | None = None,
) -> UploadReport:
    """Hand over every entry of every epoch, oldest first. Without ``aid`` a log that forked stays as it is.

    Every batch carries a checkpoint of the ``notary``'s, where there is one.

    Raises:
        LinkError: central was lost or said no; what was handed over stays handed over.
        LedgerError: the log cannot be read.
    """
    report = UploadReport()
    refused: list[LinkError] = []
    done: set[Epoch] = set()
    # asked anew each time: where the histories part, a new epoch begins
    while (epoch := next((one for one in outbox.epochs() if one not in done), None)) is not None:
        done.add(epoch)
        try:
            report.mark = _hand_over(
                link, outbox, epoch, report, progress=progress, aid=aid, notary=notary
            )
        except (LinkRefusedError, ForeignLogError) as error:
            refused.append(error)
    if refused:
        raise refused[0]
    return report


def _hand_over(
    link: CentralLink,
    outbox: Outbox,
    epoch: Epoch,
    report: UploadReport,
    *,
    progress: Progress,
    aid: Aid | None,
    notary: Notary | None,
) -> Seq:
    answer = link.mark(epoch)
    believed = outbox.mark(epoch)
    if aid is not None and (answer.mark < believed or epoch == outbox.epochs()[-1]):
        aid.tell(epoch, believed)
    if aid is not None:
        answer = aid.resume(epoch, answer)
    try:
        mark = _believed(outbox, epoch, answer.epoch, answer.mark, answer.hash)
    except ForeignLogError:
        if aid is None or answer.epoch != epoch.hex():
            raise
        part_ways(link, outbox, epoch, aid, mark=answer.mark)
        return outbox.mark(epoch)
    rest = _Rest(
        link=link,
        outbox=outbox,
        epoch=epoch,
        report=report,
        progress=progress,
        aid=aid,
        notary=notary,
    )
    return rest.send(mark)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rest:
    """What is left of an epoch behind a mark."""

    link: CentralLink
    outbox: Outbox
    epoch: Epoch
    report: UploadReport
    progress: Progress
    aid: Aid | None
    notary: Notary | None

    def send(self, mark: Seq) -> Seq:
        """Send it batch by batch; the next one is read while one is on its way. Up to where central holds it then."""
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="read-ahead") as reader:
            entries = self._behind(mark)
            while entries:
                last = entries[-1].seq
                is_full = len(entries) == MAX_BATCH_ENTRIES
                ahead = reader.submit(self._behind, last) if is_full else None
                mark = self._send(entries)
                if ahead is not None and mark == last:
                    entries = ahead.result()
                else:
                    entries = self._behind(mark)
        return mark

    def _behind(self, mark: Seq) -> tuple[OutboxEntry, ...]:
        return self.outbox.after(self.epoch, mark, MAX_BATCH_ENTRIES)

    def _send(self, entries: tuple[OutboxEntry, ...]) -> Seq:
        before = len(self.report.quarantined)
        mark = _send(self.link, self.outbox, self.epoch, entries, self.report, notary=self.notary)
        apart = self.report.quarantined[before:]
        if self.aid is not None and apart:
            self.aid.apart(self.epoch, apart)
        self.progress(len(entries))
        return mark


def _send(
    link: CentralLink,
    outbox: Outbox,
    epoch: Epoch,
    entries: tuple[OutboxEntry, ...],
    report: UploadReport,
    *,
    notary: Notary | None,
) -> Seq:
    last = entries[-1]
    statement = None if notary is None else notary.statement(epoch, last.seq, last.hash)
    answer = link.upload(
        AuditBatch(
            epoch=epoch.hex(),
            first=entries[0].seq,
            entries=[entry.data for entry in entries],
            checkpoint=statement,
        )
    )
    mark = _believed(outbox, epoch, answer.epoch, answer.mark, answer.hash)
    if mark < last.seq:
        msg = f"central took the batch up to {last.seq} but holds only {mark}"
        raise LinkDownError(msg)
    if notary is not None and statement is not None:
        notary.keep(epoch, last.seq, statement, answer.countersigned)
    report.uploaded += answer.accepted
    report.duplicate += answer.duplicate
    report.quarantined += answer.quarantined
    return mark


def _believed(outbox: Outbox, epoch: Epoch, named: str, mark: int, digest: str) -> Seq:
    """``mark``, if it is about this epoch of this log."""
    if named != epoch.hex():
        msg = f"central answered about epoch {named}, asked about {epoch.hex()}"
        raise ForeignLogError(msg)
    known = outbox.hash_at(epoch, Seq(mark))
    if known is None or known.hex() != digest:
        msg = f"central's mark {mark} does not fit this log: another device's, or another history"
        raise ForeignLogError(msg)
    outbox.set_mark(epoch, Seq(mark))
    return Seq(mark)
