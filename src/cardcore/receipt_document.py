"""Central's receipt: up to here it holds the log of a device. Only against one may a door remove old entries.

A document of the kind ``receipt`` whose body is ``[device, epoch, number, hash]``: the entry of that number has that
hash, and central holds it and all before it. A central that was put back from an old copy, and lost entries that the
door has removed since, knows its own signature: it goes on behind them, and can say what is missing.
"""

from dataclasses import dataclass
from typing import Final

from cardcore.audit import EPOCH_BYTES, HASH_BYTES
from cardcore.documents import Document, DocumentKind, RootKey, open_document, sign_document
from cardcore.errors import UntrustedError
from cardcore.ids import Audience, DeviceId, Epoch, Seq, UnixSeconds

RECEIPT_LIFE_S: Final = 3_650 * 86_400  # seconds; longer than any log is kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Central holds ``epoch`` of ``device`` up to entry ``seq``, whose hash is ``hash``."""

    device: DeviceId
    epoch: Epoch
    seq: Seq
    hash: bytes


def sign_receipt(
    receipt: Receipt, audience: Audience, now: UnixSeconds, *, root: RootKey, private_key: bytes
) -> bytes:
    """The bytes of ``receipt`` under the root's raw 32-byte private key."""
    document = Document(
        kind=DocumentKind.RECEIPT,
        audience=audience,
        version=now,
        issued_at=now,
        expires_at=UnixSeconds(now + RECEIPT_LIFE_S),
        body=(receipt.device, receipt.epoch, receipt.seq, receipt.hash),
    )
    return sign_document(document, kid=root.kid, private_key=private_key)


def receipt_in(data: bytes, audience: Audience, *, root: RootKey) -> Receipt:
    """The receipt in ``data``; what it says holds whatever the time.

    Raises:
        UntrustedError: not signed by ``root``, for another audience, or no receipt.
    """
    document = open_document(data, root=root, kind=DocumentKind.RECEIPT, audience=audience)
    match document.body:
        case (str() as device, bytes() as epoch, int() as seq, bytes() as digest) if (
            len(epoch) == EPOCH_BYTES and len(digest) == HASH_BYTES and seq > 0
        ):
            return Receipt(device=DeviceId(device), epoch=Epoch(epoch), seq=Seq(seq), hash=digest)
        case _:
            msg = "a receipt of another shape"
            raise UntrustedError(msg)
