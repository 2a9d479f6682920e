"""What keys signed, which were revoked, and which device knows of it, as the use cases see it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from cardcore.card import Mode
from cardcore.ids import Audience, CardId, DeviceId, Kid, Micros, UnixSeconds
from central.ports.records import Card, Device


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRevocation:
    """A key that was revoked; ``venues`` are those where it was good, each with the first key set that says so."""

    kid: Kid
    audience: Audience
    revoked_at: UnixSeconds
    venues: Mapping[Audience, int]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyAdmission:
    """An admission by a card under one key."""

    device_id: DeviceId
    wall: Micros
    card_id: CardId | None


class KeyTrail(Protocol):
    """The trail of every key."""

    def signed(self, card: Card, kid: Kid, at: UnixSeconds) -> None:
        """This key signed for this card as it is, on paper or on a phone."""
        ...

    def affected(
        self, audience: Audience, kid: Kid, modes: Collection[Mode], most: int
    ) -> Sequence[Card]:
        """Living cards of these modes that the key signed for as they are, or may have before that was noted."""
        ...

    def add_revocation(self, revocation: KeyRevocation) -> None:
        """A key was revoked."""
        ...

    def revocation(self, kid: Kid) -> KeyRevocation | None:
        """The revocation of one key."""
        ...

    def heard(self, device: Device, keyset_version: int, at: Micros) -> None:
        """The device has this key set: from now on it refuses the keys that were revoked up to it."""
        ...

    def learned(self, kid: Kid) -> Mapping[DeviceId, Micros]:
        """When each device first told that it has the revocation."""
        ...

    def admissions(
        self, audiences: Collection[Audience], kid: Kid, since: Micros
    ) -> Sequence[KeyAdmission]:
        """The admissions there under this key since then, as far as doors have handed them in."""
        ...
