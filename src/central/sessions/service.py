"""Sessions of the dashboard: a token typed once, then a cookie.

The cookie has 256 random bits; central keeps its SHA-256. What its operator may do is looked up anew at every call, so
that a revoked one is out at once, and so is one whose name got a new token. The CSRF token is made from the cookie,
which no script and no other site can read.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Final

from cardcore.ids import Audience, UnixSeconds
from central.auth import Authenticator, secret_hash
from central.ports.call import Call
from central.ports.records import Role
from central.ports.storage import Storage
from central.ports.watching import Session
from central.ports.world import Clock, Randomness

LIFE_S: Final = 12 * 3_600  # a long shift
COOKIE_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Who looks at the dashboard, where they may look, and where change things."""

    name: str
    reads: frozenset[Audience]
    manages: frozenset[Audience]
    csrf: str = field(repr=False)


class SessionService:
    """Logs operators in and out."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        randomness: Randomness,
        authenticator: Authenticator,
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._randomness = randomness
        self._authenticator = authenticator

    def log_in(self, token: str, address: str) -> str:
        """The cookie of a new session.

        Raises:
            NotAllowedError: no operator who may read has this token, or too many tries from this address.
        """
        headers = {"authorization": f"Bearer {token}"}
        call = Call(path={}, query={}, headers=headers, address=address, body=b"")
        caller = self._authenticator.require_operator(call, Role.READ)
        cookie, now = self._randomness(COOKIE_BYTES).hex(), self._clock.now()
        session = Session(
            token_hash=secret_hash(cookie),
            name=caller.name,
            made_at=now,
            expires_at=UnixSeconds(now + LIFE_S),
        )
        with self._storage.write() as tx:
            tx.watching.sessions.add(session)
        return cookie

    def look(self, cookie: str) -> Login | None:
        """Who has this cookie; None where its session has ended."""
        if not cookie:
            return None
        with self._storage.glance() as tx:
            session = tx.watching.sessions.find(secret_hash(cookie))
            operator = None if session is None else tx.operators.find(session.name)
        if session is None or operator is None or session.expires_at <= self._clock.now():
            return None
        reads = operator.audiences(Role.READ)
        if not reads or operator.added_at > session.made_at:
            return None
        return Login(
            name=operator.name,
            reads=reads,
            manages=operator.audiences(Role.MANAGE),
            csrf=csrf_of(cookie),
        )

    def log_out(self, cookie: str) -> None:
        """End the session of this cookie, if there is one."""
        with self._storage.write() as tx:
            tx.watching.sessions.drop(secret_hash(cookie))

    def clean_up(self) -> int:
        """Drop sessions that have ended; how many."""
        with self._storage.write() as tx:
            return tx.watching.sessions.forget(self._clock.now())


def csrf_of(cookie: str) -> str:
    """The token that a form of this session carries."""
    return hashlib.sha256(f"csrf {cookie}".encode()).hexdigest()
