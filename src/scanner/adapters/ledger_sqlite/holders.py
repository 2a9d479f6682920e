"""An attendant as the ledger keeps one: sealed, bound to the digest of the PIN."""

import msgspec

from scanner.adapters.ledger_sqlite.sealed import LedgerSeal
from scanner.desk import Attendant, Role
from scanner.errors import LedgerError


class _Kept(msgspec.Struct, array_like=True, frozen=True):
    name: str
    role: Role


def sealed_holder(seal: LedgerSeal, name: str, role: Role, digest: bytes) -> bytes:
    """Name and role, sealed."""
    return seal.holder(msgspec.msgpack.encode(_Kept(name, role)), digest)


def opened_attendant(seal: LedgerSeal, kept: bytes, digest: bytes) -> Attendant:
    """Who it is.

    Raises:
        LedgerError: it does not open, or is none.
    """
    try:
        found = msgspec.msgpack.decode(seal.opened_holder(kept, digest), type=_Kept)
    except msgspec.DecodeError as error:
        msg = f"an attendant cannot be read: {error}"
        raise LedgerError(msg) from error
    return Attendant(name=found.name, role=found.role)
