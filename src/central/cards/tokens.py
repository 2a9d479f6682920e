"""What a member gets of a card: the text of its QR code, or a link that brings it onto a phone."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Final

from cardcore.card import NONCE_BYTES_MIN, Claims, Mode
from cardcore.derivation import derive_card_key, derive_venue_key
from cardcore.ids import Audience, CardId, Kid, Nonce, UnixSeconds
from cardcore.keyset import Alg
from cardcore.lifecycle import CardState
from cardcore.office import CardMode
from cardcore.phone import LinkAnswer
from cardcore.signing import mint_with_private_key, mint_with_venue_key
from central.auth import secret_hash
from central.cards.service import found_card
from central.errors import ConflictError, Kind, NotAllowedError, NotFoundError
from central.ports.records import Card, IssuerKey, KeyUse, LinkedPhone, PhoneLink
from central.ports.storage import Storage, Transaction
from central.ports.world import Clock, KeyRing, Randomness

DAY_S: Final = 86_400
ONLINE_LIFE_S: Final = 120  # the longest that token.md allows in mode 0
PRINT_DAYS: Final = 365
PRINT_DAYS_MAX: Final = 400
LINK_BYTES: Final = 16
PHONE_TOKEN_BYTES: Final = 32
LINK_LIFE_S: Final = 600  # time to walk from the office's screen to the member's phone
KEEP_S: Final = 30 * 86_400  # links that expired: what staff may still ask about

_DEAD: Final = frozenset((CardState.REVOKED, CardState.EXPIRED))


@dataclass(frozen=True, slots=True, kw_only=True)
class MintedToken:
    """The text for a QR code, and what was claimed in it."""

    text: str = field(repr=False)
    claims: Claims
    kid: Kid
    alg: Alg


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLink:
    """A link as it is shown once; ``expires_at`` in seconds since 1970."""

    secret: str = field(repr=False)
    card_id: CardId
    expires_at: UnixSeconds


class TokenService:
    """Makes tokens and links."""

    def __init__(
        self, *, storage: Storage, keys: KeyRing, clock: Clock, randomness: Randomness
    ) -> None:
        self._storage = storage
        self._keys = keys
        self._clock = clock
        self._randomness = randomness

    def mint(
        self, card_id: CardId, *, print_use: KeyUse, print_days: int = PRINT_DAYS
    ) -> MintedToken:
        """A token for a card: for months where the card is printed, else for the longest of mode 0.

        ``print_use`` says which key signs a printed one; ``print_days`` is 1 to 400.

        Raises:
            NotFoundError: no such card.
            ConflictError: a card that is revoked or expired.
        """
        with self._storage.read() as tx:
            card = living_card(tx, card_id)
            use = print_use if card.mode is Mode.PRINT else KeyUse.SCREEN
            key = self._keys.current_key(tx, card.audience, use)
        # The last one signs no more: this makes the next. What goes on paper is noted, for when its key is revoked.
        if key is None or card.mode is Mode.PRINT:
            with self._storage.write() as tx:
                key = self._keys.signing_key(tx, card.audience, use)
                if card.mode is Mode.PRINT:
                    tx.key_trail.signed(card, key.kid, self._clock.now())
        return self._minted(card, key, print_days)

    def mint_online_in(
        self, tx: Transaction, card_id: CardId, audiences: Collection[Audience] | None
    ) -> MintedToken:
        """A token of mode 0, inside the caller's writing transaction.

        Raises:
            NotFoundError: no such card in these audiences.
            ConflictError: a card that is printed, revoked or expired.
        """
        card = living_card(tx, card_id, audiences)
        if card.mode is Mode.PRINT:
            raise ConflictError(Kind.ILLEGAL_STEP, "a printed card has no token for a screen")
        return self._minted(card, self._keys.signing_key(tx, card.audience, KeyUse.SCREEN))

    def mint_online(self, card_id: CardId, audiences: Collection[Audience] | None) -> MintedToken:
        """The same in a transaction of its own, which does not write; ``audiences`` None for any."""
        with self._storage.glance() as tx:
            card = living_card(tx, card_id, audiences)
            key = self._keys.current_key(tx, card.audience, KeyUse.SCREEN)
        if card.mode is Mode.PRINT or key is None:
            with self._storage.write() as tx:
                return self.mint_online_in(tx, card_id, audiences)
        return self._minted(card, key)

    def mint_for_phone(self, phone: LinkedPhone, card_id: CardId) -> MintedToken:
        """A token of mode 0 for the member's own card.

        Raises:
            NotFoundError: another card.
            ConflictError: the card is revoked or expired.
        """
        _require_own(phone, card_id)
        return self.mint_online(card_id, None)

    def card_on(self, phone: LinkedPhone, card_id: CardId) -> Card:
        """The member's own card.

        Raises:
            NotFoundError: another card.
        """
        _require_own(phone, card_id)
        with self._storage.glance() as tx:
            return found_card(tx, card_id, None)

    def _minted(self, card: Card, key: IssuerKey, print_days: int = PRINT_DAYS) -> MintedToken:
        printed = card.mode is Mode.PRINT
        now = self._clock.now()
        claims = Claims(
            audience=card.audience,
            expires_at=UnixSeconds(now + (print_days * DAY_S if printed else ONLINE_LIFE_S)),
            issued_at=now,
            nonce=Nonce(self._randomness(NONCE_BYTES_MIN)),
            mode=Mode.PRINT if printed else Mode.ONLINE,
            card_id=card.card_id,
            generation=card.generation,
        )
        return MintedToken(text=_mint(claims, key), claims=claims, kid=key.kid, alg=key.use.alg)

    def open_link(self, card_id: CardId) -> OpenLink:
        """A single-use link for the phone of this card's member.

        Raises:
            NotFoundError: no such card.
            ConflictError: a card that lives on no phone, or that is revoked or expired.
        """
        secret = self._randomness(LINK_BYTES).hex()
        expires_at = UnixSeconds(self._clock.now() + LINK_LIFE_S)
        with self._storage.write() as tx:
            card = living_card(tx, card_id)
            if card.mode is Mode.PRINT:
                raise ConflictError(
                    Kind.ILLEGAL_STEP, f"a card of mode {card.mode.word} has no phone"
                )
            tx.cards.put_link(
                PhoneLink(secret_hash=secret_hash(secret), card_id=card_id, expires_at=expires_at)
            )
        return OpenLink(secret=secret, card_id=card_id, expires_at=expires_at)

    def clean_up(self) -> int:
        """Drop links that expired 30 days ago, used or not; how many. The phones that claimed them stay."""
        with self._storage.write() as tx:
            return tx.cards.forget_links(UnixSeconds(self._clock.now() - KEEP_S))

    def claim_link(self, secret: str) -> LinkAnswer:
        """Give a phone what its card's mode needs, and a token to ask central with, once.

        Raises:
            NotAllowedError: a link that is wrong, used or expired, or whose card is revoked or expired.
        """
        now = self._clock.now()
        with self._storage.write() as tx:
            tx.lock(f"link {secret_hash(secret).hex()}")
            link = tx.cards.link(secret_hash(secret))
            card = tx.cards.find(link.card_id) if link is not None else None
            if link is None or card is None or card.state in _DEAD:
                raise NotAllowedError(Kind.LINK_REFUSED)
            if link.used_at is not None or now >= link.expires_at:
                raise NotAllowedError(Kind.LINK_REFUSED)
            tx.cards.put_link(replace(link, used_at=now))
            token = self._randomness(PHONE_TOKEN_BYTES).hex()
            tx.cards.add_phone(
                LinkedPhone(
                    token_hash=secret_hash(token),
                    card_id=card.card_id,
                    generation=card.generation,
                    linked_at=now,
                )
            )
            key = self._key_for_phone(tx, card)
        return _phone_answer(card, key, token)

    def next_key(self, phone: LinkedPhone, card_id: CardId) -> LinkAnswer:
        """What the phone needs to show the member's own card from now on: the card key under the key that signs now.

        Raises:
            NotFoundError: another card.
            ConflictError: the card is revoked or expired.
        """
        _require_own(phone, card_id)
        with self._storage.write() as tx:
            card = living_card(tx, card_id)
            key = self._key_for_phone(tx, card)
        return _phone_answer(card, key, None)

    def _key_for_phone(self, tx: Transaction, card: Card) -> IssuerKey:
        key = self._keys.signing_key(tx, card.audience, KeyUse.SCREEN)
        if card.mode is Mode.ROTATING:  # noted, for when its key is revoked
            tx.key_trail.signed(card, key.kid, self._clock.now())
        return key


def living_card(
    tx: Transaction, card_id: CardId, audiences: Collection[Audience] | None = None
) -> Card:
    """The card of this id, if it can still be shown at a door.

    Raises:
        NotFoundError: there is none.
        ConflictError: it is revoked or expired.
    """
    card = found_card(tx, card_id, audiences)
    if card.state in _DEAD:
        raise ConflictError(Kind.ILLEGAL_STEP, f"the card is {card.state.value}")
    return card


def _mint(claims: Claims, key: IssuerKey) -> str:
    if key.use.alg is Alg.EDDSA:
        return mint_with_private_key(claims, kid=key.kid, private_key=key.secret)
    venue_key = derive_venue_key(key.secret, claims.audience)
    return mint_with_venue_key(claims, kid=key.kid, alg=key.use.alg, venue_key=venue_key)


def _require_own(phone: LinkedPhone, card_id: CardId) -> None:
    if card_id != phone.card_id:
        raise NotFoundError(Kind.UNKNOWN_CARD)


def _phone_answer(card: Card, key: IssuerKey, token: str | None) -> LinkAnswer:
    card_key = None  # with it the phone of an online card could do without central
    if card.mode is Mode.ROTATING:
        venue_key = derive_venue_key(key.secret, card.audience)
        card_key = derive_card_key(venue_key, card.mode, card.card_id, card.generation).hex()
    return LinkAnswer(
        card_id=card.card_id.hex(),
        generation=card.generation,
        audience=card.audience,
        kid=key.kid.hex(),
        alg=key.use.alg.value,
        card_key=card_key,
        signs_until=key.signs_until,
        mode=CardMode(card.mode.word),
        phone_token=token,
    )
