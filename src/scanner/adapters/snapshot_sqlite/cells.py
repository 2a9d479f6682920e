"""What central answered of a card, sealed: a cell is found by the card's handle, and opens to the card's id and its standing."""

from typing import Final

import msgspec

from cardcore.card import printable
from cardcore.ids import CardId, UnixSeconds
from cardcore.lifecycle import CardState
from cardcore.membership import CardStanding, MemberStatus
from scanner.errors import LedgerError, SealError
from scanner.sealing import Seal, Vault

PURPOSE: Final = "standings"


class _Cell(msgspec.Struct, array_like=True, frozen=True):
    card_id: bytes
    state: CardState
    generation: int
    member: MemberStatus
    name: str | None
    as_of: int


class Cells:
    """Cells under one salt."""

    def __init__(self, vault: Vault, salt: bytes) -> None:
        self._seal: Seal = vault.seal_for(PURPOSE, salt)

    def sealed(self, handle: bytes, card_id: CardId, standing: CardStanding) -> bytes:
        """The cell of this card."""
        name = None if standing.display_name is None else printable(standing.display_name)
        cell = _Cell(
            card_id, standing.state, standing.generation, standing.member, name, standing.as_of
        )
        return self._seal.seal(msgspec.msgpack.encode(cell), b"card" + handle)

    def opened(self, handle: bytes, cell: bytes) -> tuple[CardId, CardStanding]:
        """What a cell holds.

        Raises:
            LedgerError: it does not open, or holds what no card can be.
        """
        try:
            found = msgspec.msgpack.decode(self._seal.open(cell, b"card" + handle), type=_Cell)
        except (SealError, msgspec.DecodeError) as error:
            msg = f"cannot use the kept standings: {error}"
            raise LedgerError(msg) from error
        return CardId(found.card_id), CardStanding(
            state=found.state,
            generation=found.generation,
            member=found.member,
            display_name=found.name,
            as_of=UnixSeconds(found.as_of),
        )
