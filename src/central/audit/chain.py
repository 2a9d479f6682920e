"""Judge a batch of audit entries against what central holds. Pure.

For every entry, in this order:

1. its number is at or below the mark: the same hash is a duplicate, another is a fork;
2. central cannot read it: quarantine; the mark moves on and its hash counts in the chain;
3. it does not follow the one before it: the chain is broken there;
4. it names another device, or comes from one that was revoked: quarantine, as in 2;
5. else it is accepted.

A fork or a broken chain ends the batch at that entry; what came before it stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cardcore.audit import AuditEntry, ChainHead, check_link, entry_hash, parse_entry
from cardcore.errors import BrokenAuditChainError, WireError
from cardcore.ids import Epoch, Seq
from central.errors import Kind
from central.ports.records import Device, Evidence, Quarantine, StoredEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """Where a batch contradicts the log, and the entry that does."""

    kind: Kind
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What to do with a batch: ``head`` is where the log stands with ``accepted`` in it."""

    head: ChainHead
    accepted: Sequence[StoredEntry]
    duplicate: int
    contradiction: Contradiction | None

    @property
    def quarantined(self) -> list[int]:
        """The numbers of those that are kept apart."""
        return [stored.seq for stored in self.accepted if stored.quarantine is not None]


def judge_batch(
    entries: Sequence[bytes],
    *,
    first: int,
    head: ChainHead,
    known: Mapping[int, bytes],
    device: Device,
    epoch: Epoch,
) -> Judgement:
    """Judge consecutive ``entries``, the first being ``first``, at most one above ``head``.

    ``known`` has the hashes that are held from ``first`` to the head.
    """
    duplicates, fork = _compare(entries[: head.seq - first + 1], first, known)
    accepted: list[StoredEntry] = []
    contradiction = fork
    if fork is None:
        for data in entries[duplicates:]:
            judged = _judge(data, head, device, epoch)
            if isinstance(judged, Contradiction):
                contradiction = judged
                break
            accepted.append(judged)
            head = ChainHead(seq=judged.seq, hash=judged.hash)
    return Judgement(
        head=head, accepted=accepted, duplicate=duplicates, contradiction=contradiction
    )


def _compare(
    entries: Sequence[bytes], first: int, known: Mapping[int, bytes]
) -> tuple[int, Contradiction | None]:
    for offset, data in enumerate(entries):
        seq = Seq(first + offset)
        if known.get(seq) != entry_hash(data):
            return offset, _contradiction(Kind.FORK, seq, data, "another entry is held")
    return len(entries), None


def _judge(
    data: bytes, head: ChainHead, device: Device, epoch: Epoch
) -> StoredEntry | Contradiction:
    seq = Seq(head.seq + 1)
    try:
        entry = parse_entry(data)
    except WireError:
        return _stored(seq, data, None, Quarantine.UNREADABLE)
    try:
        check_link(entry, epoch, head)
    except BrokenAuditChainError as error:
        return _contradiction(Kind.BROKEN_CHAIN, seq, data, error.why)
    if entry.device != device.device_id:
        return _stored(seq, data, entry, Quarantine.FOREIGN_DEVICE)
    if device.revoked_at is not None:
        return _stored(seq, data, entry, Quarantine.REVOKED_DEVICE)
    return _stored(seq, data, entry, None)


def _stored(
    seq: Seq, data: bytes, entry: AuditEntry | None, quarantine: Quarantine | None
) -> StoredEntry:
    return StoredEntry(seq=seq, hash=entry_hash(data), raw=data, entry=entry, quarantine=quarantine)


def _contradiction(kind: Kind, seq: Seq, data: bytes, why: str) -> Contradiction:
    evidence = Evidence(seq=seq, hash=entry_hash(data), raw=data, why=f"{kind.value}: {why}")
    return Contradiction(kind=kind, evidence=evidence)
