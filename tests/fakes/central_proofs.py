"""What the audit is proven by, in memory, for tests/fakes/central_storage.py."""

from collections.abc import Sequence

from cardcore.ids import DeviceId, Epoch, Seq
from central.ports.records import Evidence, SignedCheckpoint
from tests.fakes.central_audit_log import LogKey as Log

Checkpoints = dict[Log, dict[int, SignedCheckpoint]]


class FakeProofs:
    def __init__(
        self,
        evidence: dict[Log, dict[bytes, Evidence]],
        checkpoints: Checkpoints,
    ) -> None:
        self._evidence = evidence
        self._checkpoints = checkpoints

    def put(self, device_id: DeviceId, epoch: Epoch, checkpoint: SignedCheckpoint) -> None:
        self._checkpoints.setdefault((device_id, epoch), {})[checkpoint.seq] = checkpoint

    def of(self, device_id: DeviceId, epoch: Epoch) -> Sequence[SignedCheckpoint]:
        held = self._checkpoints.get((device_id, epoch), {})
        return [held[seq] for seq in sorted(held)]

    def forked_at(self, device_id: DeviceId, epoch: Epoch) -> Seq | None:
        held = self._evidence.get((device_id, epoch), {}).values()
        return min((each.seq for each in held if each.why.startswith("fork")), default=None)
