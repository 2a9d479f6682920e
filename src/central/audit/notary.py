"""Central's side of checkpoints: check what a device signed of a batch, and sign under it."""

from cardcore.audit import entry_hash
from cardcore.checkpoint import checkpoint_in, countersign
from cardcore.documents import RootKey
from cardcore.errors import UntrustedError
from cardcore.ids import Epoch, Seq
from cardcore.wire import AuditBatch
from central.errors import Kind, UnprocessableError
from central.ports.records import Device, SignedCheckpoint
from central.ports.storage import Transaction
from central.ports.world import Clock, KeyRing


def check_checkpoint(device: Device, epoch: Epoch, batch: AuditBatch) -> None:
    """Refuse a batch whose checkpoint the device did not sign over its last entry; one without passes.

    Raises:
        UnprocessableError: that.
    """
    if batch.checkpoint is None:
        return
    if device.keys is None:
        raise UnprocessableError(Kind.MALFORMED, "a checkpoint of a device that has no keys")
    try:
        said = checkpoint_in(batch.checkpoint, device.keys.signing)
    except UntrustedError as error:
        raise UnprocessableError(Kind.MALFORMED, str(error)) from error
    last = batch.first + len(batch.entries) - 1
    wanted = (device.device_id, epoch, last, entry_hash(batch.entries[-1]))
    if (said.device, said.epoch, said.seq, said.hash) != wanted:
        raise UnprocessableError(Kind.MALFORMED, "the checkpoint is of another batch")


class CentralNotary:
    """Countersigns what was taken."""

    def __init__(self, *, keys: KeyRing, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock

    def countersign(
        self, tx: Transaction, device: Device, epoch: Epoch, batch: AuditBatch
    ) -> bytes | None:
        """Keep the checkpoint of a batch that was taken whole, and sign under it; None where it has none."""
        if batch.checkpoint is None:
            return None
        root = self._keys.document_root(tx)
        countersigned = countersign(
            batch.checkpoint,
            device.audience,
            self._clock.now(),
            root=RootKey(kid=root.kid, public_key=root.public_key),
            private_key=root.secret,
        )
        tx.proofs.put(
            device.device_id,
            epoch,
            SignedCheckpoint(
                seq=Seq(batch.first + len(batch.entries) - 1),
                statement=batch.checkpoint,
                countersigned=countersigned,
            ),
        )
        return countersigned
