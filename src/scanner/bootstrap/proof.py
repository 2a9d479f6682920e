"""Prove the log of the data folder: its chain, and what central countersigned of it."""

from collections.abc import Iterator
from dataclasses import dataclass

from cardcore.audit_proof import AuditBreakError, BreakKind, Proven
from cardcore.checkpoint import Checkpoint, countersigned_in, countersigner_of, said_in
from cardcore.documents import RootKey
from cardcore.errors import UntrustedError
from cardcore.ids import Audience, Epoch
from scanner.adapters.ledger_sqlite import SqliteLog
from scanner.adapters.ledger_sqlite.checkpoints import KeptCheckpoint
from scanner.bootstrap.door import open_log
from scanner.bootstrap.identity import roots_of
from scanner.bootstrap.vault import open_papers
from scanner.config import Settings
from scanner.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochVerdict:
    """One epoch: proven, or broken, and where first."""

    epoch: Epoch
    proven: Proven | None = None
    broken: AuditBreakError | None = None


def verify_log(settings: Settings) -> Iterator[EpochVerdict]:
    """Each epoch of the log, oldest first.

    Raises:
        LedgerError: there is no log, it cannot be read, or entries are missing at its end.
    """
    trusted = _trusted(settings)
    with open_log(settings) as log:
        for epoch in log.all_epochs():
            try:
                yield EpochVerdict(
                    epoch=epoch, proven=log.prove(epoch, _signed(log, epoch, trusted))
                )
            except AuditBreakError as error:
                yield EpochVerdict(epoch=epoch, broken=error)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trusted:
    audience: Audience
    roots: tuple[RootKey, ...]


def _trusted(settings: Settings) -> _Trusted | None:
    """What was signed counts only under the roots of this device; None where it was never enrolled."""
    try:
        papers = open_papers(settings)
    except ConfigError:
        return None
    return _Trusted(audience=papers.audience, roots=roots_of(settings, papers).known())


def _signed(log: SqliteLog, epoch: Epoch, trusted: _Trusted | None) -> list[Checkpoint]:
    """What a known root countersigned; what another central did, before an enrolment anew, is passed over."""
    if trusted is None:
        return []
    known = {None, *(root.kid for root in trusted.roots)}
    return [
        _checked(kept, epoch, trusted)
        for kept in log.checkpoints(epoch)
        if countersigner_of(kept.countersigned) in known
    ]


def _checked(kept: KeptCheckpoint, epoch: Epoch, trusted: _Trusted) -> Checkpoint:
    try:
        said = said_in(kept.statement)
    except UntrustedError as error:
        raise AuditBreakError(kept.seq, BreakKind.BAD_SIGNATURE, str(error)) from error
    is_signed = any(_is_under(kept, trusted.audience, root) for root in trusted.roots)
    if not is_signed or (said.epoch, said.seq) != (epoch, kept.seq):
        why = "the checkpoint is not one that central countersigned"
        raise AuditBreakError(kept.seq, BreakKind.BAD_SIGNATURE, why)
    return said


def _is_under(kept: KeptCheckpoint, audience: Audience, root: RootKey) -> bool:
    try:
        return countersigned_in(kept.countersigned, audience, root=root) == kept.statement
    except UntrustedError:
        return False
