"""Issuer keys."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, Row, Text, bindparam, select

from cardcore.ids import Audience, Kid, UnixSeconds
from cardcore.keyset import KeyState
from central.ports.records import IssuerKey, KeyUse
from central.storage.schema import KEYS

# Every token asks this: made once, it costs half.
_OF_AUDIENCE: Final = (
    select(KEYS)
    .where(KEYS.c.audience.is_not_distinct_from(bindparam("venue", type_=Text)))
    .order_by(KEYS.c.signs_until.desc(), KEYS.c.kid)
)


class SqlKeys:
    """The keys table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, audience: Audience | None) -> Sequence[IssuerKey]:
        """The keys of an audience, the newest first; None for the document roots."""
        return [_key(row) for row in self._connection.execute(_OF_AUDIENCE, {"venue": audience})]

    def has(self, kid: Kid) -> bool:
        """Whether a key has this id."""
        query = select(KEYS.c.kid).where(KEYS.c.kid == kid)
        return self._connection.execute(query).first() is not None

    def find(self, kid: Kid) -> IssuerKey | None:
        """The key of this id."""
        row = self._connection.execute(select(KEYS).where(KEYS.c.kid == kid)).first()
        return None if row is None else _key(row)

    def replace(self, key: IssuerKey) -> None:
        """What is now true of a key: its times and its state."""
        update = KEYS.update().where(KEYS.c.kid == key.kid)
        values = {
            "not_before": key.not_before,
            "signs_until": key.signs_until,
            "expires_at": key.expires_at,
            "state": key.state.value,
        }
        self._connection.execute(update.values(**values))

    def add(self, key: IssuerKey) -> None:
        """A new key."""
        row = {
            "kid": key.kid,
            "use": key.use.value,
            "audience": key.audience,
            "secret": key.secret,
            "public_key": key.public_key,
            "not_before": key.not_before,
            "signs_until": key.signs_until,
            "expires_at": key.expires_at,
            "state": key.state.value,
        }
        self._connection.execute(KEYS.insert().values(**row))


def _key(row: Row[tuple[object, ...]]) -> IssuerKey:
    return IssuerKey(
        kid=Kid(row.kid),
        use=KeyUse(row.use),
        audience=None if row.audience is None else Audience(row.audience),
        secret=row.secret,
        public_key=row.public_key,
        not_before=UnixSeconds(row.not_before),
        signs_until=UnixSeconds(row.signs_until),
        expires_at=UnixSeconds(row.expires_at),
        state=KeyState(row.state),
    )
