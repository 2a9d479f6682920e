"""What a stored audit is proven by."""

from collections.abc import Sequence
from typing import Protocol

from cardcore.ids import DeviceId, Epoch, Seq
from central.ports.records import SignedCheckpoint


class Proofs(Protocol):
    """Stored entries as they lie there, and what was signed of them."""

    def put(self, device_id: DeviceId, epoch: Epoch, checkpoint: SignedCheckpoint) -> None:
        """Keep a checkpoint; one of the same size takes the place of the last."""
        ...

    def of(self, device_id: DeviceId, epoch: Epoch) -> Sequence[SignedCheckpoint]:
        """The checkpoints of an epoch, by size."""
        ...

    def forked_at(self, device_id: DeviceId, epoch: Epoch) -> Seq | None:
        """The first place in which the device handed in another entry as well; None where it never did."""
        ...
