"""What keys signed, their revocations, and who knows of them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, Row, or_, select

from cardcore.audit import Outcome, parse_entry
from cardcore.card import Mode
from cardcore.ids import Audience, CardId, DeviceId, Kid, Micros, UnixSeconds
from cardcore.lifecycle import CardState
from central.ports.key_trail import KeyAdmission, KeyRevocation
from central.ports.records import Card, Device
from central.storage.cards import card_of
from central.storage.dialect import insert_into
from central.storage.schema import AUDIT_ENTRIES, CARDS, DEVICES
from central.storage.schema_keys import (
    CARD_KEYS,
    KEY_LEARNED,
    KEY_REVOCATION_VENUES,
    KEY_REVOCATIONS,
)

_NOT_NOTED: Final = b""
_DEAD: Final = (CardState.REVOKED.value, CardState.EXPIRED.value)


class SqlKeyTrail:
    """The tables of the trail of keys."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def signed(self, card: Card, kid: Kid, at: UnixSeconds) -> None:
        """This key signed for this card as it is."""
        row = {
            "card_id": card.card_id,
            "generation": card.generation,
            "kid": kid,
            "signed_at": at,
        }
        statement = insert_into(self._connection, CARD_KEYS).values(**row)
        self._connection.execute(statement.on_conflict_do_nothing())

    def affected(
        self, audience: Audience, kid: Kid, modes: Collection[Mode], most: int
    ) -> Sequence[Card]:
        """Living cards of these modes that the key signed for as they are, or may have."""
        noted = select(CARD_KEYS.c.card_id).where(
            CARD_KEYS.c.card_id == CARDS.c.card_id,
            CARD_KEYS.c.generation == CARDS.c.generation,
            or_(CARD_KEYS.c.kid == kid, CARD_KEYS.c.kid == _NOT_NOTED),
        )
        query = select(CARDS).where(
            CARDS.c.audience == audience,
            CARDS.c.mode.in_([mode.value for mode in modes]),
            CARDS.c.state.not_in(_DEAD),
            noted.exists(),
        )
        found = self._connection.execute(query.order_by(CARDS.c.card_id).limit(most))
        return [card_of(row) for row in found]

    def add_revocation(self, revocation: KeyRevocation) -> None:
        """A key was revoked."""
        row = {
            "kid": revocation.kid,
            "audience": revocation.audience,
            "revoked_at": revocation.revoked_at,
            "keyset_version": max(revocation.venues.values()),
            "why": revocation.why,
        }
        self._connection.execute(KEY_REVOCATIONS.insert().values(**row))
        venues = [
            {"kid": revocation.kid, "audience": audience, "keyset_version": version}
            for audience, version in revocation.venues.items()
        ]
        self._connection.execute(KEY_REVOCATION_VENUES.insert(), venues)

    def revocation(self, kid: Kid) -> KeyRevocation | None:
        """The revocation of one key."""
        query = select(KEY_REVOCATIONS).where(KEY_REVOCATIONS.c.kid == kid)
        row = self._connection.execute(query).first()
        if row is None:
            return None
        venues = select(KEY_REVOCATION_VENUES).where(KEY_REVOCATION_VENUES.c.kid == kid)
        return _revocation(
            row,
            {
                Audience(venue.audience): int(venue.keyset_version)
                for venue in self._connection.execute(venues)
            },
        )

    def heard(self, device: Device, keyset_version: int, at: Micros) -> None:
        """The device has this key set."""
        known = select(KEY_LEARNED.c.kid).where(
            KEY_LEARNED.c.kid == KEY_REVOCATION_VENUES.c.kid,
            KEY_LEARNED.c.device_id == device.device_id,
        )
        new = select(KEY_REVOCATION_VENUES.c.kid).where(
            KEY_REVOCATION_VENUES.c.audience == device.audience,
            KEY_REVOCATION_VENUES.c.keyset_version <= keyset_version,
            ~known.exists(),
        )
        for kid in list(self._connection.execute(new).scalars()):
            row = {"kid": kid, "device_id": device.device_id, "learned_us": at}
            self._connection.execute(KEY_LEARNED.insert().values(**row))

    def learned(self, kid: Kid) -> Mapping[DeviceId, Micros]:
        """When each device first told that it has the revocation."""
        query = select(KEY_LEARNED).where(KEY_LEARNED.c.kid == kid)
        found = self._connection.execute(query)
        return {DeviceId(row.device_id): Micros(row.learned_us) for row in found}

    def admissions(
        self, audiences: Collection[Audience], kid: Kid, since: Micros
    ) -> Sequence[KeyAdmission]:
        """The admissions there under this key since then; the key of an entry stands in its bytes alone."""
        query = (
            select(AUDIT_ENTRIES.c.device_id, AUDIT_ENTRIES.c.raw)
            .join(DEVICES, DEVICES.c.device_id == AUDIT_ENTRIES.c.device_id)
            .where(
                DEVICES.c.audience.in_(audiences),
                AUDIT_ENTRIES.c.wall_us >= since,
                AUDIT_ENTRIES.c.decision == Outcome.ADMIT.value,
                AUDIT_ENTRIES.c.quarantine.is_(None),
            )
            .order_by(AUDIT_ENTRIES.c.wall_us)
        )
        found: list[KeyAdmission] = []
        for row in self._connection.execute(query):
            entry = parse_entry(row.raw)
            if entry.kid == kid:
                card_id = None if entry.card_id is None else CardId(entry.card_id)
                found.append(
                    KeyAdmission(
                        device_id=DeviceId(row.device_id),
                        wall=Micros(entry.wall),
                        card_id=card_id,
                    )
                )
        return found


def _revocation(row: Row[tuple[object, ...]], venues: Mapping[Audience, int]) -> KeyRevocation:
    return KeyRevocation(
        kid=Kid(row.kid),
        audience=Audience(row.audience),
        revoked_at=UnixSeconds(row.revoked_at),
        venues=venues,
        why=row.why,
    )
