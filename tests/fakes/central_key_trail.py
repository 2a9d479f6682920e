"""What keys signed, and their revocations, in memory."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from cardcore.audit import Outcome
from cardcore.card import Mode
from cardcore.ids import Audience, CardId, DeviceId, Kid, Micros, UnixSeconds
from cardcore.lifecycle import CardState
from central.ports.key_trail import KeyAdmission, KeyRevocation
from central.ports.records import Card, Device
from tests.fakes.central_audit_log import Entries

NOT_NOTED = Kid(b"")


@dataclass(slots=True)
class KeptKeyTrail:
    signed: set[tuple[CardId, int, Kid]] = field(default_factory=set)
    revocations: dict[Kid, KeyRevocation] = field(default_factory=dict)
    learned: dict[Kid, dict[DeviceId, Micros]] = field(default_factory=dict)


class FakeKeyTrail:
    def __init__(
        self,
        kept: KeptKeyTrail,
        cards: Mapping[CardId, Card],
        devices: Mapping[DeviceId, Device],
        entries: Entries,
    ) -> None:
        self._kept = kept
        self._cards = cards
        self._devices = devices
        self._entries = entries

    def signed(self, card: Card, kid: Kid, at: UnixSeconds) -> None:
        del at
        self._kept.signed.add((card.card_id, card.generation, kid))

    def affected(
        self, audience: Audience, kid: Kid, modes: Collection[Mode], most: int
    ) -> Sequence[Card]:
        dead = (CardState.REVOKED, CardState.EXPIRED)
        found = [
            card
            for card in sorted(self._cards.values(), key=lambda card: card.card_id)
            if card.audience == audience
            and card.mode in modes
            and card.state not in dead
            and any(
                (card.card_id, card.generation, noted) in self._kept.signed
                for noted in (kid, NOT_NOTED)
            )
        ]
        return found[:most]

    def add_revocation(self, revocation: KeyRevocation) -> None:
        self._kept.revocations[revocation.kid] = revocation

    def revocation(self, kid: Kid) -> KeyRevocation | None:
        return self._kept.revocations.get(kid)

    def heard(self, device: Device, keyset_version: int, at: Micros) -> None:
        for kid, revocation in self._kept.revocations.items():
            version = revocation.venues.get(device.audience)
            if version is not None and version <= keyset_version:
                self._kept.learned.setdefault(kid, {}).setdefault(device.device_id, at)

    def learned(self, kid: Kid) -> Mapping[DeviceId, Micros]:
        return self._kept.learned.get(kid, {})

    def admissions(
        self, audiences: Collection[Audience], kid: Kid, since: Micros
    ) -> Sequence[KeyAdmission]:
        found = [
            KeyAdmission(
                device_id=device_id,
                wall=Micros(stored.entry.wall),
                card_id=None if stored.entry.card_id is None else CardId(stored.entry.card_id),
            )
            for (device_id, _), held in self._entries.items()
            if self._devices[device_id].audience in audiences
            for stored, _ in held
            if stored.entry is not None
            and stored.quarantine is None
            and stored.entry.kid == kid
            and stored.entry.decision is Outcome.ADMIT
            and stored.entry.wall >= since
        ]
        return sorted(found, key=lambda one: one.wall)
