"""Where central's mark does not fit this log: find out whether the two share a history, and where they part.

1. The last entry acknowledged is sent again. A central that does not know it as its own holds another log: refused.
2. What follows is sent until central says that it holds another entry in that place. There the histories part: from
   there on everything goes into a new epoch. A log that central knows to its end, and beyond, is an old copy too.
3. Of an epoch that central never acknowledged, by what this log knows, its word for the place where they part is needed:
   a mark ahead of an epoch that never was is somebody's nonsense, and would begin a new epoch at every sync.
4. They may part at the very first entry (a copy made before the first card), but once only: a second empty epoch in one
   log is nonsense, too.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from cardcore.ids import Epoch, Seq, UnixSeconds
from cardcore.wire import MAX_BATCH_ENTRIES, AuditBatch, MarkAnswer
from scanner.errors import ForeignLogError, LinkRefusedError
from scanner.ports import CentralLink, Outbox, OutboxEntry

_FORK: Final = ":fork"  # how the type of central's problem ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Aid:
    """What handing over needs of the world.

    ``tell`` central what it was believed to hold; ``resume`` behind what was removed here, where its mark lies before that
    (:mod:`scanner.sync.retention`); note which entries central cannot read and keeps ``apart``; name an epoch; the time.
    """

    tell: Callable[[Epoch, Seq], None]
    resume: Callable[[Epoch, MarkAnswer], MarkAnswer] = lambda _epoch, answer: answer
    apart: Callable[[Epoch, Sequence[int]], None] = lambda _epoch, _numbers: None
    new_epoch: Callable[[], Epoch]
    now: Callable[[], UnixSeconds]


def part_ways(link: CentralLink, outbox: Outbox, epoch: Epoch, aid: Aid, *, mark: int) -> None:
    """Carry what central, whose mark does not fit, does not hold of ``epoch`` into a new one.

    Raises:
        ForeignLogError: central's log of this epoch is not this one.
        LinkError: central was lost or said no.
        LedgerError: the log cannot be read or written.
    """
    believed = outbox.mark(epoch)
    if believed and outbox.hash_at(epoch, believed) is None:
        raise _never_acknowledged(epoch)
    start = Seq(max(believed, 1))
    place, parted = _parting(link, outbox, epoch, start)
    if not parted and mark < place:
        raise _contradiction(epoch)
    if believed == 0 and not _may_part(outbox, epoch, place, parted=parted):
        raise _never_acknowledged(epoch)
    if place == believed:
        msg = f"central does not know entry {believed} of epoch {epoch.hex()} any more, but another"
        raise ForeignLogError(msg)
    outbox.carry(epoch, place, aid.new_epoch(), aid.now())


def _parting(link: CentralLink, outbox: Outbox, epoch: Epoch, start: Seq) -> tuple[Seq, bool]:
    """The first place from ``start`` on that central does not hold as it is here; whether it holds another entry there."""
    place = start
    while entries := outbox.after(epoch, Seq(place - 1), MAX_BATCH_ENTRIES):
        if entries[0].seq != place:
            msg = f"entry {place} of epoch {epoch.hex()} is removed, and with it what central knew"
            raise ForeignLogError(msg)
        held = _held_of(link, epoch, entries)
        place = Seq(place + held)
        if held < len(entries):
            return place, True
    return place, False


def _may_part(outbox: Outbox, epoch: Epoch, place: Seq, *, parted: bool) -> bool:
    """Whether central's word is enough, though this log knows of no entry that it acknowledged."""
    *past, current = outbox.epochs()
    if not parted:
        return epoch != current  # nothing will be added to it, and nothing of it is missing
    return place > 1 or (epoch == current and all(outbox.head(one) for one in past))


def _never_acknowledged(epoch: Epoch) -> ForeignLogError:
    msg = f"central holds another history of epoch {epoch.hex()}, and never acknowledged this one"
    return ForeignLogError(msg)


def _held_of(link: CentralLink, epoch: Epoch, entries: Sequence[OutboxEntry]) -> int:
    """How many of them central holds, from the first on."""
    if _is_held(link, epoch, entries):
        return len(entries)
    held, not_held = 0, len(entries)
    while not_held - held > 1:
        middle = (held + not_held) // 2
        if _is_held(link, epoch, entries[held:middle]):
            held = middle
        else:
            not_held = middle
    return held


def _is_held(link: CentralLink, epoch: Epoch, entries: Sequence[OutboxEntry]) -> bool:
    batch = AuditBatch(
        epoch=epoch.hex(), first=entries[0].seq, entries=[entry.data for entry in entries]
    )
    try:
        answer = link.upload(batch)
    except LinkRefusedError as error:
        if error.kind.endswith(_FORK):
            return False
        raise
    if answer.epoch != epoch.hex() or answer.duplicate != len(entries):
        raise _contradiction(epoch)
    return True


def _contradiction(epoch: Epoch) -> ForeignLogError:
    return ForeignLogError(f"central's answer about epoch {epoch.hex()} contradicts its mark")
