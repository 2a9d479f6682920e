"""Sign what is handed over, and keep central's countersignature.

A batch carries a checkpoint: up to here goes the log, and this is its hash. What central countersigned is kept only if
the root signed it and it holds that very checkpoint; an older central signs nothing, and the log goes on without.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from cardcore.checkpoint import Checkpoint, countersigned_in, sign_checkpoint
from cardcore.device_keys import DeviceKeys
from cardcore.documents import RootKey
from cardcore.errors import DocumentError
from cardcore.ids import Audience, DeviceId, Epoch, Micros, Seq

_log = logging.getLogger(__name__)


class CheckpointBook(Protocol):
    """Where checkpoints are kept. All faults are LedgerError."""

    def keep_checkpoint(
        self, epoch: Epoch, seq: Seq, statement: bytes, countersigned: bytes
    ) -> None:
        """Keep one that central countersigned."""
        ...


class Notary:
    """Signs for one device. ``now`` in µs since 1970."""

    def __init__(
        self,
        *,
        keys: DeviceKeys,
        device: DeviceId,
        audience: Audience,
        roots: Callable[[], Sequence[RootKey]],
        now: Callable[[], Micros],
        book: CheckpointBook,
    ) -> None:
        self._keys = keys
        self._device = device
        self._audience = audience
        self._roots = roots
        self._now = now
        self._book = book

    def statement(self, epoch: Epoch, seq: Seq, head: bytes) -> bytes:
        """The signed word that ``epoch`` goes up to ``seq``, whose hash is ``head``."""
        return sign_checkpoint(
            Checkpoint(device=self._device, epoch=epoch, seq=seq, hash=head, at=self._now()),
            private_key=self._keys.signing,
            public_key=self._keys.public.signing,
        )

    def keep(self, epoch: Epoch, seq: Seq, statement: bytes, countersigned: bytes | None) -> None:
        """Keep central's countersignature, if it is one.

        Raises:
            LedgerError: it cannot be kept.
        """
        if countersigned is None:
            return
        if not any(self._is_under(countersigned, statement, root) for root in self._roots()):
            _log.warning("central's countersignature is not kept: it is not of what was sent")
            return
        self._book.keep_checkpoint(epoch, seq, statement, countersigned)

    def _is_under(self, countersigned: bytes, statement: bytes, root: RootKey) -> bool:
        try:
            return countersigned_in(countersigned, self._audience, root=root) == statement
        except DocumentError:
            return False
