"""What was signed of a stored log, checked signature by signature.

An insider who writes a log anew, hashes and all, still lacks the device's key: the checkpoints name the place. One who
takes checkpoints away as well is told by the door, which holds them countersigned.
"""

from collections.abc import Sequence

from cardcore.audit_proof import AuditBreakError, BreakKind
from cardcore.checkpoint import Checkpoint, checkpoint_in, countersigned_in
from cardcore.documents import RootKey
from cardcore.errors import UntrustedError
from cardcore.ids import Epoch
from central.ports.records import Device, KeyUse, Log, SignedCheckpoint
from central.ports.storage import Transaction


def document_roots(tx: Transaction) -> list[RootKey]:
    """Every root that ever signed here."""
    return [
        RootKey(kid=key.kid, public_key=key.public_key)
        for key in tx.keys.of(None)
        if key.use is KeyUse.DOCUMENT_ROOT
    ]


def signed_of(tx: Transaction, log: Log, roots: Sequence[RootKey]) -> list[Checkpoint]:
    """The checkpoints of a log, by size.

    Raises:
        AuditBreakError: the first that its device did not sign, or none of the ``roots``.
    """
    kept = tx.proofs.of(log.device_id, log.epoch)
    device = tx.devices.find(log.device_id) if kept else None
    return [] if device is None else [_checked(device, log.epoch, each, roots) for each in kept]


def _checked(
    device: Device, epoch: Epoch, kept: SignedCheckpoint, roots: Sequence[RootKey]
) -> Checkpoint:
    """A checkpoint whose both signatures are right, and that is of this log and this place."""
    try:
        said = _said(device, kept)
    except UntrustedError as error:
        raise AuditBreakError(kept.seq, BreakKind.BAD_SIGNATURE, str(error)) from error
    why = ""
    if (said.device, said.epoch, said.seq) != (device.device_id, epoch, kept.seq):
        why = "the checkpoint is of another log or another place"
    elif not any(_is_under(kept, device, root) for root in roots):
        why = "no root of this central countersigned the checkpoint"
    if why:
        raise AuditBreakError(kept.seq, BreakKind.BAD_SIGNATURE, why)
    return said


def _said(device: Device, kept: SignedCheckpoint) -> Checkpoint:
    if device.keys is None:
        msg = "the device has no key that it could be signed with"
        raise UntrustedError(msg)
    return checkpoint_in(kept.statement, device.keys.signing)


def _is_under(kept: SignedCheckpoint, device: Device, root: RootKey) -> bool:
    try:
        held = countersigned_in(kept.countersigned, device.audience, root=root)
    except UntrustedError:
        return False
    return held == kept.statement
