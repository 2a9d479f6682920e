"""What operators do with cards over HTTP: issue, take through their lives, look at, give tokens."""

from collections.abc import Callable

from cardcore import wire
from cardcore.ids import MemberId, UnixSeconds
from cardcore.lifecycle import CardStep
from cardcore.office import (
    CardAnswer,
    CardHistory,
    CardMode,
    IssueRequest,
    StepRequest,
    TokenAnswer,
    TokenRequest,
)
from central.auth import chosen_audience
from central.cards.routes import card_id_in
from central.cards.service import CardService
from central.cards.tokens import MintedToken, TokenService
from central.cards.trail import TrailService
from central.ports.call import Answer, Call, answer_of
from central.ports.events import By
from central.ports.records import Caller, Card
from central.ports.storage import Transaction
from central.ports.world import FirstAnswers

OperatorHandler = Callable[[Call, Caller], Answer]


class CardOfficeRoutes:
    """The life of a card, for operators."""

    def __init__(
        self,
        *,
        cards: CardService,
        tokens: TokenService,
        trail: TrailService,
        answers: FirstAnswers,
    ) -> None:
        self._cards = cards
        self._tokens = tokens
        self._trail = trail
        self._answers = answers

    def issue(self, call: Call, caller: Caller) -> Answer:
        """A new card."""
        asked = wire.parse(call.body, IssueRequest)
        audience = chosen_audience(caller, asked.audience)
        by = By(actor=caller.name, why=asked.why)
        ends = None if asked.expires_at is None else UnixSeconds(asked.expires_at)

        def work(tx: Transaction) -> Answer:
            member_id = MemberId(asked.member_id)
            card = self._cards.issue_in(
                tx, audience, member_id, asked.mode.mode, expires_at=ends, by=by
            )
            if asked.active:
                card = self._cards.take_in(tx, card.card_id, CardStep.ACTIVATE, by=by)
            return answer_of(card_answer(card))

        return self._answers.once(call, caller=caller.name, operation="issue", work=work)

    def step(self, step: CardStep) -> OperatorHandler:
        """The handler of one step in the life of a card."""

        def take(call: Call, caller: Caller) -> Answer:
            asked = wire.parse(call.body, StepRequest)
            card_id = card_id_in(call)
            by = By(actor=caller.name, why=asked.why)
            ends = None if asked.expires_at is None else UnixSeconds(asked.expires_at)

            def work(tx: Transaction) -> Answer:
                card = self._cards.take_in(
                    tx, card_id, step, by=by, audiences=caller.audiences, expires_at=ends
                )
                return answer_of(card_answer(card))

            return self._answers.once(call, caller=caller.name, operation=step.value, work=work)

        return take

    def show(self, call: Call, caller: Caller) -> Answer:
        """A card and what happened to it."""
        card, lines = self._trail.of(card_id_in(call), caller.audiences)
        return answer_of(CardHistory(card=card_answer(card), trail=lines))

    def token(self, call: Call, caller: Caller) -> Answer:
        """A token of mode 0. Without a key nothing is written, so that fifty at once do not queue."""
        wire.parse(call.body, TokenRequest)
        card_id = card_id_in(call)
        if not self._answers.has_key(call):
            return answer_of(token_answer(self._tokens.mint_online(card_id, caller.audiences)))

        def work(tx: Transaction) -> Answer:
            token = self._tokens.mint_online_in(tx, card_id, caller.audiences)
            return answer_of(token_answer(token))

        return self._answers.once(call, caller=caller.name, operation="token", work=work)


def card_answer(card: Card) -> CardAnswer:
    """A card as it is told."""
    return CardAnswer(
        card_id=card.card_id.hex(),
        member_id=card.member_id,
        audience=card.audience,
        mode=CardMode(card.mode.word),
        state=card.state,
        generation=card.generation,
        issued_at=card.issued_at,
        changed_at=card.changed_at,
        expires_at=card.expires_at,
    )


def token_answer(token: MintedToken) -> TokenAnswer:
    """A token as it is told."""
    return TokenAnswer(
        card_id=token.claims.card_id.hex(),
        token=token.text,
        kid=token.kid.hex(),
        issued_at=token.claims.issued_at,
        expires_at=token.claims.expires_at,
    )
