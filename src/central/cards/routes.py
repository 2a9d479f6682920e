"""GET /cards/{card_id}/status, GET /devices/me/snapshot, and POST /links/claim for phones."""

from cardcore import wire
from cardcore.card import CARD_ID_BYTES
from cardcore.ids import CardId
from cardcore.phone import LinkClaim
from central.auth import TryLimiter
from central.cards.service import StandingService
from central.cards.tokens import TokenService
from central.errors import Kind, NotFoundError
from central.ports.call import Answer, Call, answer_of, document_answer
from central.ports.records import Device


class CardRoutes:
    """What doors and phones ask about cards."""

    def __init__(
        self, *, standings: StandingService, tokens: TokenService, tries: TryLimiter
    ) -> None:
        self._standings = standings
        self._tokens = tokens
        self._tries = tries

    def status(self, call: Call, device: Device) -> Answer:
        """How one card of the device's audience stands."""
        card_id = _card_id(call.path["card_id"])
        return answer_of(self._standings.status(device.audience, card_id))

    def snapshot(self, call: Call, device: Device) -> Answer:
        """The signed snapshot of the device's audience."""
        return document_answer(self._standings.snapshot(device.audience), call)

    def claim_link(self, call: Call) -> Answer:
        """A phone gets its card key."""
        self._tries.count(call.address)
        claim = wire.parse(call.body, LinkClaim)
        return answer_of(self._tokens.claim_link(claim.link))


def _card_id(text: str) -> CardId:
    """The card id in a path; what is none is unknown."""
    if len(text) != 2 * CARD_ID_BYTES or not set(text) <= set("0123456789abcdef"):
        raise NotFoundError(Kind.UNKNOWN_CARD)
    return CardId(bytes.fromhex(text))
