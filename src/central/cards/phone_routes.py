"""What a member's phone asks under /mapi: its own card, and tokens of mode 0 for it."""

from cardcore import wire
from cardcore.office import TokenRequest
from central.cards.office_routes import card_answer, token_answer
from central.cards.routes import card_id_in
from central.cards.tokens import TokenService
from central.ports.call import Answer, Call, answer_of
from central.ports.records import LinkedPhone


class PhoneRoutes:
    """The member's own card."""

    def __init__(self, *, tokens: TokenService) -> None:
        self._tokens = tokens

    def show(self, call: Call, phone: LinkedPhone) -> Answer:
        """The card as it is now."""
        return answer_of(card_answer(self._tokens.card_on(phone, card_id_in(call))))

    def token(self, call: Call, phone: LinkedPhone) -> Answer:
        """A token of mode 0. Nothing is written; a phone that lost the answer asks for the next."""
        wire.parse(call.body, TokenRequest)
        return answer_of(token_answer(self._tokens.mint_for_phone(phone, card_id_in(call))))

    def key(self, call: Call, phone: LinkedPhone) -> Answer:
        """What the phone needs from now on; asked for when its key signs no more, or was revoked."""
        wire.parse(call.body, TokenRequest)
        return answer_of(self._tokens.next_key(phone, card_id_in(call)))
