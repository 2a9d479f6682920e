"""A key that somebody else may have: doors refuse it at their next refresh, and what it signed is made anew.

1. The key is revoked, and another one signs at once, in one transaction. The next key set says both.
2. Every card that the key signed for, on paper or on a phone, is reissued: its generation grows, so that old tokens are
   refused as superseded, too, by a door that knows the cards and not yet the key set. A phone stays linked: it gets its next
   card key when it asks. Interrupted, the same command goes on where it stopped.
3. Each door says in its heartbeats which key set it has: until then it went on accepting the key.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Protocol

from cardcore.card import Mode
from cardcore.documents import DocumentKind
from cardcore.ids import Audience, CardId, DeviceId, DoorId, Kid, MemberId, Micros
from cardcore.keyset import KeyState
from cardcore.lifecycle import CardStep
from central.errors import ConflictError, Kind, NotFoundError
from central.keys.service import KeyService
from central.ports.events import By
from central.ports.key_trail import KeyRevocation
from central.ports.records import Card, IssuerKey, KeyUse
from central.ports.storage import Storage, Transaction
from central.ports.world import Clock

BATCH: Final = 100  # cards reissued in one transaction: doors and phones wait for no more
MICROS: Final = 1_000_000
MODES: Final = {
    KeyUse.SCREEN: (Mode.ROTATING,),  # an online card asks for each token anew
    KeyUse.PRINT_MAC: (Mode.PRINT,),
    KeyUse.PRINT_SIGNATURE: (Mode.PRINT,),
}


class Reissuer(Protocol):
    """Takes cards through their lives."""

    def take_in(self, tx: Transaction, card_id: CardId, step: CardStep, *, by: By) -> Card:
        """Take a card through one step, inside the caller's transaction."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reissued:
    """A card that was made anew, whose it is, and whether a phone has it that can ask for its key by itself."""

    card_id: CardId
    member_id: MemberId
    mode: Mode
    on_phone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """How long a door went on accepting a revoked key: ``learned_at`` None while it has not told that it stopped.

    ``admitted`` is how many it let in under the key since, as far as it has handed in; the last at ``last_at``.
    """

    device_id: DeviceId
    door: DoorId
    audience: Audience
    learned_at: Micros | None
    admitted: int
    last_at: Micros | None


class KeyRevocationService:
    """Revokes keys and deals with what follows."""

    def __init__(
        self, *, storage: Storage, keys: KeyService, cards: Reissuer, clock: Clock
    ) -> None:
        self._storage = storage
        self._keys = keys
        self._cards = cards
        self._clock = clock

    def revoke(self, kid: Kid, *, why: str) -> KeyRevocation:
        """Let doors refuse this key from their next refresh on; one that is revoked already stays as it is.

        Raises:
            NotFoundError: no such key.
            ConflictError: a root, which is rotated instead.
        """
        with self._storage.write() as tx:
            key = _found(tx, kid)
            audience = _audience_of(key)
            tx.documents.touch(audience)
            before = tx.key_trail.revocation(kid)
            if before is not None:
                return before
            now = self._clock.now()
            tx.keys.replace(replace(key, state=KeyState.REVOKED))
            self._keys.signing_key(tx, audience, key.use)
            of_chain = audience == self._keys.chain.audience
            venues = tx.documents.audiences() if of_chain else (audience,)
            revocation = KeyRevocation(
                kid=kid,
                audience=audience,
                revoked_at=now,
                venues={venue: _next_key_set(tx, venue) for venue in venues},
                why=why,
            )
            tx.key_trail.add_revocation(revocation)
            return revocation

    def reissue(self, kid: Kid, *, by: By, progress: Callable[[int], None]) -> list[Reissued]:
        """Make every card anew that this key signed for; ``progress`` is told of so many at a time.

        Raises:
            NotFoundError: no such key, or it was not revoked.
        """
        done: list[Reissued] = []
        while True:
            with self._storage.write() as tx:
                key = _found(tx, kid)
                if tx.key_trail.revocation(kid) is None:
                    raise NotFoundError(Kind.NOT_FOUND, f"key {kid.hex()} was not revoked")
                audience = _audience_of(key)
                cards = tx.key_trail.affected(audience, kid, MODES[key.use], BATCH)
                done += [self._reissue(tx, card, by) for card in cards]
            if not cards:
                return done
            progress(len(cards))

    def exposure(self, kid: Kid) -> tuple[KeyRevocation, list[Exposure]]:
        """How long each door of the venues where the key was good went on accepting it, by door.

        For a chain's key that is every venue there was at its revocation.

        Raises:
            NotFoundError: no such key was revoked.
        """
        with self._storage.read() as tx:
            revocation = tx.key_trail.revocation(kid)
            if revocation is None:
                raise NotFoundError(Kind.NOT_FOUND, f"no key {kid.hex()} was revoked")
            since = Micros(revocation.revoked_at * MICROS)
            learned = tx.key_trail.learned(kid)
            admissions = tx.key_trail.admissions(revocation.venues.keys(), kid, since)
            devices = [one for one in tx.devices.all() if one.audience in revocation.venues]
        walls: dict[DeviceId, list[Micros]] = {device.device_id: [] for device in devices}
        for admission in admissions:
            walls[admission.device_id].append(admission.wall)
        return revocation, [
            Exposure(
                device_id=device.device_id,
                door=device.door,
                audience=device.audience,
                learned_at=learned.get(device.device_id),
                admitted=len(walls[device.device_id]),
                last_at=max(walls[device.device_id], default=None),
            )
            for device in devices
        ]

    def _reissue(self, tx: Transaction, card: Card, by: By) -> Reissued:
        changed = self._cards.take_in(tx, card.card_id, CardStep.REISSUE, by=by)
        phones = tx.cards.move_phones(card.card_id, card.generation, changed.generation)
        return Reissued(
            card_id=card.card_id,
            member_id=card.member_id,
            mode=card.mode,
            on_phone=phones > 0,
        )


def _found(tx: Transaction, kid: Kid) -> IssuerKey:
    key = tx.keys.find(kid)
    if key is None:
        raise NotFoundError(Kind.NOT_FOUND, f"no key {kid.hex()}")
    return key


def _next_key_set(tx: Transaction, audience: Audience) -> int:
    """The version of the key set that this venue's doors are told next."""
    signed = tx.documents.find(DocumentKind.KEY_SET, audience)
    return 1 if signed is None else signed.version + 1


def _audience_of(key: IssuerKey) -> Audience:
    if key.audience is None:
        hint = f"{key.kid.hex()} is a root: doors follow the next one (keys rotate --root)"
        raise ConflictError(Kind.ILLEGAL_STEP, hint)
    return key.audience
