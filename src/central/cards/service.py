"""The life of a card, and what doors ask of it. Legal steps: :mod:`cardcore.lifecycle`."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final, TypeAlias

from cardcore.card import CARD_ID_BYTES, GENERATION_MAX, Mode
from cardcore.cbor import CborValue
from cardcore.documents import DocumentKind
from cardcore.errors import IllegalTransitionError
from cardcore.ids import Audience, CardId, MemberId, UnixSeconds
from cardcore.lifecycle import CardState, CardStep, state_after
from cardcore.snapshot_document import snapshot_body
from cardcore.wire import CardStatusAnswer, MemberStatusAnswer
from central.errors import ConflictError, Kind, NotFoundError
from central.ports.chain import NO_CHAIN, Chain
from central.ports.events import COMMAND_LINE, SCHEDULE, By, CardEvent, EventKind
from central.ports.records import Card, KeyUse, SignedDocument
from central.ports.storage import Storage, Transaction
from central.ports.world import Clock, DocumentSigner, KeyRing, Randomness

SNAPSHOT_LIFE_S: Final = 24 * 3_600  # a door that heard nothing for a day may not trust it any more
EXPIRE_AT_ONCE: Final = 500  # so many a round; the next round comes at once while there are more
EVENT_ID_BYTES: Final = 16

KINDS: Final = {
    CardStep.ACTIVATE: EventKind.ACTIVATED,
    CardStep.SUSPEND: EventKind.SUSPENDED,
    CardStep.REVOKE: EventKind.REVOKED,
    CardStep.REISSUE: EventKind.REISSUED,
    CardStep.EXPIRE: EventKind.EXPIRED,
}
Audiences: TypeAlias = Collection[Audience] | None
"""Whose cards a caller may see; None for every audience's."""


class CardService:
    """Issues cards and takes them through their lives; each step is an event, committed with the change."""

    def __init__(
        self, *, storage: Storage, keys: KeyRing, clock: Clock, randomness: Randomness
    ) -> None:
        self._storage = storage
        self._keys = keys
        self._clock = clock
        self._randomness = randomness

    def issue(
        self,
        audience: Audience,
        member_id: MemberId,
        mode: Mode,
        *,
        active: bool = True,
        expires_at: UnixSeconds | None = None,
        by: By = COMMAND_LINE,
    ) -> Card:
        """A new card for a member.

        Raises:
            NotFoundError: no such member.
        """
        with self._storage.write() as tx:
            card = self.issue_in(tx, audience, member_id, mode, expires_at=expires_at, by=by)
            return self.take_in(tx, card.card_id, CardStep.ACTIVATE, by=by) if active else card

    def issue_in(
        self,
        tx: Transaction,
        audience: Audience,
        member_id: MemberId,
        mode: Mode,
        *,
        expires_at: UnixSeconds | None,
        by: By,
    ) -> Card:
        """The same inside the caller's transaction, and not yet active."""
        now = self._clock.now()
        card = Card(
            card_id=CardId(self._randomness(CARD_ID_BYTES)),
            audience=audience,
            member_id=member_id,
            mode=mode,
            state=CardState.ISSUED,
            generation=0,
            issued_at=now,
            changed_at=now,
            expires_at=expires_at,
        )
        tx.documents.hold(audience)
        if tx.members.find(audience, member_id) is None:
            raise NotFoundError(Kind.UNKNOWN_MEMBER, f"{member_id} in {audience}")
        self._keys.prepare(tx, audience)
        if mode is not Mode.PRINT:  # a chain refuses
            self._keys.signing_key(tx, audience, KeyUse.SCREEN)
        tx.documents.touch(audience)
        tx.cards.add(card)
        self._record(tx, card, EventKind.ISSUED, by)
        return card

    def take(self, card_id: CardId, step: CardStep, *, by: By = COMMAND_LINE) -> Card:
        """Take a card through one step of its life.

        Raises:
            NotFoundError: no such card.
            ConflictError: it cannot take this step.
        """
        with self._storage.write() as tx:
            return self.take_in(tx, card_id, step, by=by)

    def take_in(
        self,
        tx: Transaction,
        card_id: CardId,
        step: CardStep,
        *,
        by: By,
        audiences: Audiences = None,
        expires_at: UnixSeconds | None = None,
    ) -> Card:
        """The same inside the caller's transaction; a reissue may say when the card now ends."""
        tx.documents.touch(found_card(tx, card_id, audiences).audience)
        card = found_card(tx, card_id)  # as it is now that nobody else can change it
        try:
            state = state_after(card.state, step)
        except IllegalTransitionError as error:
            raise ConflictError(Kind.ILLEGAL_STEP, str(error)) from error
        changed = replace(
            card,
            state=state,
            generation=_generation_after(card, step),
            changed_at=self._clock.now(),
            expires_at=self._end_after(card, step, expires_at),
        )
        tx.cards.replace(changed)
        self._record(tx, changed, KINDS[step], by)
        return changed

    def expire_due(self) -> int:
        """Expire the cards whose time has come; how many."""
        with self._storage.read() as tx:
            overdue = tx.cards.overdue(self._clock.now(), EXPIRE_AT_ONCE)
        for card_id in overdue:
            with suppress(ConflictError), self._storage.write() as tx:  # another was quicker
                self.take_in(tx, card_id, CardStep.EXPIRE, by=SCHEDULE)
        return len(overdue)

    def all(self, audience: Audience) -> Sequence[Card]:
        """Every card of an audience."""
        with self._storage.read() as tx:
            return tx.cards.of(audience)

    def _record(self, tx: Transaction, card: Card, kind: EventKind, by: By) -> None:
        tx.outbox.add(
            CardEvent(
                event_id=self._randomness(EVENT_ID_BYTES).hex(),
                kind=kind,
                audience=card.audience,
                card_id=card.card_id,
                sequence=tx.outbox.next_sequence(card.card_id),
                occurred_at=self._clock.micros(),
                state=card.state,
                generation=card.generation,
                actor=by.actor,
                why=by.why,
            )
        )

    def _end_after(
        self, card: Card, step: CardStep, expires_at: UnixSeconds | None
    ) -> UnixSeconds | None:
        if step is not CardStep.REISSUE:
            return card.expires_at
        if expires_at is not None:
            return expires_at
        over = card.expires_at is not None and card.expires_at <= self._clock.now()
        return None if over else card.expires_at


class StandingService:
    """Tells doors how cards stand: one, or all of them."""

    def __init__(
        self, *, storage: Storage, signer: DocumentSigner, clock: Clock, chain: Chain = NO_CHAIN
    ) -> None:
        self._storage = storage
        self._signer = signer
        self._clock = clock
        self._chain = chain

    def status(self, audience: Audience, card_id: CardId) -> CardStatusAnswer:
        """How one card stands now.

        Raises:
            NotFoundError: no such card in this audience.
        """
        with self._storage.glance() as tx:
            now = self._clock.now()
            found = (
                tx.cards.standing(reached, card_id, now) for reached in self._chain.reach(audience)
            )
            row = next((one for one in found if one is not None), None)
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

    def member_status(self, audience: Audience, member_id: MemberId) -> MemberStatusAnswer:
        """How one member stands now.

        Raises:
            NotFoundError: no such member in this audience.
        """
        member = None
        if "\0" not in member_id:  # which PostgreSQL would not even look for
            with self._storage.glance() as tx:
                member = tx.members.find(audience, member_id)
        if member is None:
            raise NotFoundError(Kind.UNKNOWN_MEMBER)
        return MemberStatusAnswer(
            member_id=member.member_id,
            status=member.status,
            display_name=member.display_name,
            as_of=self._clock.now(),
        )

    def snapshot(self, audience: Audience) -> SignedDocument:
        """How all cards of an audience stand, signed."""

        def body(tx: Transaction, now: UnixSeconds) -> CborValue:
            reach = self._chain.reach(audience)
            return snapshot_body([row for one in reach for row in tx.cards.standings(one, now)])

        return self._signer.signed(
            DocumentKind.SNAPSHOT, audience, life_s=SNAPSHOT_LIFE_S, body=body
        )


def found_card(tx: Transaction, card_id: CardId, audiences: Audiences = None) -> Card:
    """The card of this id.

    Raises:
        NotFoundError: there is none, or not in these audiences.
    """
    card = tx.cards.find(card_id)
    if card is None or (audiences is not None and card.audience not in audiences):
        raise NotFoundError(Kind.UNKNOWN_CARD, card_id.hex())
    return card


def _generation_after(card: Card, step: CardStep) -> int:
    if step is not CardStep.REISSUE:
        return card.generation
    if card.generation == GENERATION_MAX:
        detail = f"generation {GENERATION_MAX} is the last; issue a new card"
        raise ConflictError(Kind.ILLEGAL_STEP, detail)
    return card.generation + 1
