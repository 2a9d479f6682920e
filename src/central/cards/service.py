"""The life of a card, and what doors ask of it. Legal steps: :mod:`cardcore.lifecycle`."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from cardcore.card import CARD_ID_BYTES, GENERATION_MAX, Mode
from cardcore.cbor import CborValue
from cardcore.documents import DocumentKind
from cardcore.errors import IllegalTransitionError
from cardcore.ids import Audience, CardId, MemberId, UnixSeconds
from cardcore.lifecycle import CardState, CardStep, state_after
from cardcore.snapshot_document import snapshot_body
from cardcore.wire import CardStatusAnswer
from central.errors import ConflictError, Kind, NotFoundError
from central.ports.records import Card, SignedDocument
from central.ports.storage import Storage, Transaction
from central.ports.world import Clock, DocumentSigner, KeyRing, Randomness

SNAPSHOT_LIFE_S: Final = 24 * 3_600  # a door that heard nothing for a day may not trust it any more


class CardService:
    """Issues cards and takes them through their lives."""

    def __init__(
        self, *, storage: Storage, keys: KeyRing, clock: Clock, randomness: Randomness
    ) -> None:
        self._storage = storage
        self._keys = keys
        self._clock = clock
        self._randomness = randomness

    def issue(
        self, audience: Audience, member_id: MemberId, mode: Mode, *, active: bool = True
    ) -> Card:
        """A new card for a member.

        Raises:
            NotFoundError: no such member.
        """
        now = self._clock.now()
        state = CardState.ISSUED
        card = Card(
            card_id=CardId(self._randomness(CARD_ID_BYTES)),
            audience=audience,
            member_id=member_id,
            mode=mode,
            state=state_after(state, CardStep.ACTIVATE) if active else state,
            generation=0,
            issued_at=now,
            changed_at=now,
        )
        with self._storage.write() as tx:
            if tx.members.find(audience, member_id) is None:
                raise NotFoundError(Kind.UNKNOWN_MEMBER, f"{member_id} in {audience}")
            self._keys.prepare(tx, audience)
            tx.documents.touch(audience)
            tx.cards.add(card)
        return card

    def take(self, card_id: CardId, step: CardStep) -> Card:
        """Take a card through one step of its life.

        Raises:
            NotFoundError: no such card.
            ConflictError: it cannot take this step.
        """
        with self._storage.write() as tx:
            card = found_card(tx, card_id)
            try:
                state = state_after(card.state, step)
            except IllegalTransitionError as error:
                raise ConflictError(Kind.ILLEGAL_STEP, str(error)) from error
            changed = replace(
                card,
                state=state,
                generation=_generation_after(card, step),
                changed_at=self._clock.now(),
            )
            tx.documents.touch(card.audience)
            tx.cards.replace(changed)
        return changed

    def all(self, audience: Audience) -> Sequence[Card]:
        """Every card of an audience."""
        with self._storage.read() as tx:
            return tx.cards.of(audience)


class StandingService:
    """Tells doors how cards stand: one, or all of them."""

    def __init__(self, *, storage: Storage, signer: DocumentSigner, clock: Clock) -> None:
        self._storage = storage
        self._signer = signer
        self._clock = clock

    def status(self, audience: Audience, card_id: CardId) -> CardStatusAnswer:
        """How one card stands now.

        Raises:
            NotFoundError: no such card in this audience.
        """
        with self._storage.read() as tx:
            row = tx.cards.standing(audience, card_id, self._clock.now())
        if row is None:
            raise NotFoundError(Kind.UNKNOWN_CARD, card_id.hex())
        standing = row.standing
        return CardStatusAnswer(
            card_id=row.card_id.hex(),
            state=standing.state,
            generation=standing.generation,
            member_status=standing.member,
            display_name=standing.display_name,
            as_of=standing.as_of,
        )

    def snapshot(self, audience: Audience) -> SignedDocument:
        """How all cards of an audience stand, signed."""

        def body(tx: Transaction, now: UnixSeconds) -> CborValue:
            return snapshot_body(tx.cards.standings(audience, now))

        return self._signer.signed(
            DocumentKind.SNAPSHOT, audience, life_s=SNAPSHOT_LIFE_S, body=body
        )


def found_card(tx: Transaction, card_id: CardId) -> Card:
    """The card of this id.

    Raises:
        NotFoundError: there is none.
    """
    card = tx.cards.find(card_id)
    if card is None:
        raise NotFoundError(Kind.UNKNOWN_CARD, card_id.hex())
    return card


def _generation_after(card: Card, step: CardStep) -> int:
    if step is not CardStep.REISSUE:
        return card.generation
    if card.generation == GENERATION_MAX:
        detail = f"generation {GENERATION_MAX} is the last; issue a new card"
        raise ConflictError(Kind.ILLEGAL_STEP, detail)
    return card.generation + 1
