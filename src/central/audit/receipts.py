"""Receipts: central signs what it holds of a log, and goes on by its own word where it has lost it.

A door removes old entries only against a receipt. Where central is put back from a copy that is older than what the door
still has, the door hands the receipt in: central knows its own signature, goes on behind the entry that it names, and
keeps what is missing, with the receipt, as an incident.
"""

from cardcore.documents import RootKey
from cardcore.errors import UntrustedError
from cardcore.ids import Audience, Epoch, Micros, Seq
from cardcore.receipt_document import Receipt, receipt_in, sign_receipt
from cardcore.wire import MarkAnswer
from central.errors import ConflictError, Kind, NotAllowedError
from central.ports.happenings import Watch
from central.ports.records import Device, Gap, KeyUse
from central.ports.storage import Storage, Transaction
from central.ports.world import Clock, KeyRing


class ReceiptService:
    """Gives receipts, and takes them back."""

    def __init__(self, *, storage: Storage, keys: KeyRing, clock: Clock, watch: Watch) -> None:
        self._storage = storage
        self._keys = keys
        self._clock = clock
        self._watch = watch

    def give(self, device: Device, epoch: Epoch, seq: Seq) -> bytes:
        """A signed receipt for one entry of this device, and all before it.

        Raises:
            ConflictError: central does not hold that entry; with the mark.
        """
        with self._storage.write() as tx:  # the root may have to be made
            held = tx.audit.hashes(device.device_id, epoch, seq, seq).get(seq)
            if held is None:
                mark = tx.audit.head(device.device_id, epoch).seq
                raise ConflictError(Kind.GAP, f"entry {seq} is not held", mark)
            root = self._keys.document_root(tx)
        return sign_receipt(
            Receipt(device=device.device_id, epoch=epoch, seq=seq, hash=held),
            device.audience,
            self._clock.now(),
            root=RootKey(kid=root.kid, public_key=root.public_key),
            private_key=root.secret,
        )

    def resume(self, device: Device, data: bytes) -> MarkAnswer:
        """Go on behind what a receipt names, if less is held; the mark as it is then.

        Raises:
            NotAllowedError: no receipt that central signed for this device.
        """
        with self._storage.write() as tx:
            receipt = _checked(tx, data, device.audience)
            if receipt.device != device.device_id:
                raise NotAllowedError(Kind.RECEIPT_REFUSED)
            tx.devices.lock(device.device_id)
            head = tx.audit.head(device.device_id, receipt.epoch)
            if head.seq < receipt.seq:
                self._jump(tx, device, receipt, Seq(head.seq + 1), data)
                head = tx.audit.head(device.device_id, receipt.epoch)
        return MarkAnswer(epoch=receipt.epoch.hex(), mark=head.seq, hash=head.hash.hex())

    def _jump(
        self, tx: Transaction, device: Device, receipt: Receipt, first: Seq, data: bytes
    ) -> None:
        gap = Gap(
            epoch=receipt.epoch,
            first=first,
            last=receipt.seq,
            hash=receipt.hash,
            receipt=data,
            found_at=Micros(self._clock.micros()),
        )
        tx.audit.jump(device.device_id, gap)
        self._watch.lost(tx, device, gap)


def _checked(tx: Transaction, data: bytes, audience: Audience) -> Receipt:
    """The receipt, by any root that ever signed here."""
    for key in tx.keys.of(None):
        if key.use is KeyUse.DOCUMENT_ROOT:
            try:
                return receipt_in(
                    data, audience, root=RootKey(kid=key.kid, public_key=key.public_key)
                )
            except UntrustedError:
                continue
    raise NotAllowedError(Kind.RECEIPT_REFUSED)
