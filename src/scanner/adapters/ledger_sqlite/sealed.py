"""What of a ledger is sealed: who holds what, and what was done, but not how much of it there is.

- an audit entry's bytes are sealed as a whole, bound to their hash, which stands beside them: the chain can be seen to be
  whole without opening it, and no entry can stand in another's place;
- a card is found by its handle, wherever it is looked for; its id stands in entries alone;
- an attendant is found by the handle of the name.

``mark`` tells whether a ledger was sealed under this secret: under another one, no card would be found, and each that was
burned would pass for fresh.
"""

from pathlib import Path
from typing import Final

from sqlite_utils import Database

from cardcore.audit import AuditEntry, parse_entry
from cardcore.ids import CardId
from scanner.errors import LedgerError, SealError
from scanner.sealing import Seal, Vault

_MARKED: Final = b"ledger"


class LedgerSeal:
    """The seal of one ledger."""

    def __init__(self, vault: Vault) -> None:
        self._seal: Seal = vault.seal_for("ledger")

    @property
    def mark(self) -> bytes:
        """The same for every ledger of this secret, and for no other."""
        return self._seal.handle(_MARKED)

    def card(self, card_id: CardId | bytes | None) -> bytes | None:
        """What a card is found by; None for none."""
        return None if card_id is None else self._seal.handle(b"card" + card_id)

    def name(self, name: str) -> bytes:
        """What an attendant is found by."""
        return self._seal.handle(b"name" + name.encode("utf-8", "surrogateescape"))

    def entry(self, data: bytes, digest: bytes) -> bytes:
        """An entry's bytes, sealed."""
        return self._seal.seal(data, b"entry" + digest)

    def opened(self, sealed: bytes, digest: bytes) -> bytes:
        """An entry's bytes.

        Raises:
            LedgerError: it does not open.
        """
        try:
            return self._seal.open(sealed, b"entry" + digest)
        except SealError as error:
            msg = f"an entry of the log is {error}"
            raise LedgerError(msg) from error

    def parsed(self, sealed: bytes, digest: bytes) -> AuditEntry:
        """An entry.

        Raises:
            LedgerError: it does not open.
        """
        return parse_entry(self.opened(sealed, digest))

    def holder(self, data: bytes, digest: bytes) -> bytes:
        """What is kept of an attendant, sealed; ``digest`` is that of the PIN, beside it."""
        return self._seal.seal(data, b"holder" + digest)

    def opened_holder(self, sealed: bytes, digest: bytes) -> bytes:
        """What is kept of an attendant.

        Raises:
            LedgerError: it does not open.
        """
        try:
            return self._seal.open(sealed, b"holder" + digest)
        except SealError as error:
            msg = f"an attendant is {error}"
            raise LedgerError(msg) from error


def check_mark(db: Database, seal: LedgerSeal, path: Path) -> None:
    """Refuse a ledger of another secret.

    Raises:
        LedgerError: it is one; the text says what to do.
    """
    row = db.conn.execute("SELECT mark FROM sealed").fetchone()
    if row is None or row[0] != seal.mark:
        msg = (
            f"{path} is sealed under another secret. Put that back, or move the ledger away: a new one "
            "begins, and what was not handed over stays in the old one"
        )
        raise LedgerError(msg)
