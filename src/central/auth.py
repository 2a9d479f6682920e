"""Who calls, what they may do, and how often.

A token has 256 random bits and is looked up by its SHA-256; the hashes are then compared in constant time, so that
neither the time an answer takes nor the database tells anything about a token.

1. No call but health and the claims of one-time secrets is answered without a token.
2. A device signs its calls, or has a token until it has made keys; one that was revoked is told so by a document that
   the root signed. It acts for its own audience; an operator only where its grants say so.
3. Failed logins are counted by address, never those that succeed: a wrong token cannot lock out its neighbours.
4. A phone speaks for one card, until that is reissued.
5. A device and a card's phones have a bucket of calls that fills again at a steady rate: a broken one cannot starve the others.
"""

import hashlib
import hmac
from collections import OrderedDict, deque
from dataclasses import dataclass
from threading import Lock
from typing import Final

from cardcore.ids import Audience
from central.errors import DocumentedError, Kind, NotAllowedError, UnprocessableError
from central.ports.call import Call
from central.ports.records import Caller, Device, LinkedPhone, Role
from central.ports.storage import Storage
from central.ports.world import Clock, TimeTeller
from central.signatures import Signers

TRIES_A_MINUTE: Final = 10  # a person mistypes a few times; a guesser needs 2^80
FAILED_LOGINS_A_MINUTE: Final = 60  # many doors may stand behind one address
WINDOW_S: Final = 60.0
ADDRESSES_MAX: Final = 10_000  # remembered at once; the longest silent is forgotten first
CALLS_A_MINUTE: Final = 3_000  # a door in a rush makes 300; entries upload at 25,000 a second
PHONE_CALLS_A_MINUTE: Final = 60  # an impatient member; a token is good for two minutes
AT_ONCE_S: Final = 10  # a door that was away may make the calls of so many seconds at once

_SCHEME: Final = "bearer"
_NOBODY: Final = bytes(32)  # no SHA-256 that anyone knows a token for


def secret_hash(secret: str) -> bytes:
    """What is kept of a secret of at least 80 random bits."""
    return hashlib.sha256(secret.encode()).digest()


class TryLimiter:
    """At most so many tries a minute from one address."""

    def __init__(self, *, clock: Clock, most: int = TRIES_A_MINUTE) -> None:
        self._clock = clock
        self._most = most
        self._tries: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()  # calls are answered on several threads

    def count(self, address: str) -> None:
        """Count a try.

        Raises:
            NotAllowedError: one too many.
        """
        with self._lock:
            self._count(address, self._clock.monotonic())

    def _count(self, address: str, now: float) -> None:
        tries = self._tries.setdefault(address, deque())
        self._tries.move_to_end(address)
        while tries and tries[0] <= now - WINDOW_S:
            tries.popleft()
        if len(tries) >= self._most:
            raise NotAllowedError(Kind.TOO_MANY_TRIES)
        tries.append(now)
        while len(self._tries) > ADDRESSES_MAX:
            self._tries.popitem(last=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """How many calls a device may make: so many a second for long, and so many at once."""

    a_second: float
    at_once: int


def allowance_of(calls_a_minute: int) -> Allowance:
    """The allowance of this many calls a minute."""
    a_second = calls_a_minute / WINDOW_S
    return Allowance(a_second=a_second, at_once=max(1, int(a_second * AT_ONCE_S)))


USUAL: Final = allowance_of(CALLS_A_MINUTE)
OF_A_PHONE: Final = allowance_of(PHONE_CALLS_A_MINUTE)


class CallLimiter:
    """A bucket of calls for each device."""

    def __init__(self, *, clock: Clock, allowance: Allowance) -> None:
        self._clock = clock
        self._allowance = allowance
        self._buckets: dict[str, tuple[float, float]] = {}  # what is left, and as of when
        self._lock = Lock()

    def count(self, device_id: str) -> None:
        """Count a call.

        Raises:
            NotAllowedError: the bucket is empty.
        """
        now, most = self._clock.monotonic(), float(self._allowance.at_once)
        with self._lock:
            left, then = self._buckets.get(device_id, (most, now))
            left = min(most, left + (now - then) * self._allowance.a_second)
            if left < 1:
                raise NotAllowedError(Kind.TOO_MANY_CALLS)
            self._buckets[device_id] = (left - 1, now)


class Authenticator:
    """Finds who makes a call."""

    def __init__(
        self, *, storage: Storage, clock: Clock, allowance: Allowance, tell_time: TimeTeller
    ) -> None:
        self._storage = storage
        self._signers = Signers(storage=storage, clock=clock, tell_time=tell_time)
        self._failures = TryLimiter(clock=clock, most=FAILED_LOGINS_A_MINUTE)
        self._calls = CallLimiter(clock=clock, allowance=allowance)
        self._phone_calls = CallLimiter(clock=clock, allowance=OF_A_PHONE)

    def device_of(self, call: Call, *, shut_out_too: bool = False) -> Device:
        """The calling device, by its signature, or by its token where it has no keys yet.

        Raises:
            NotAllowedError: neither, or one that no device has; or too many calls.
            DocumentedError: signed at another time, or revoked and not ``shut_out_too``.
        """
        signer = self._signers.find(call)
        device = self._of_token(call) if signer is None else signer.device
        self._calls.count(device.device_id)
        if signer is not None:
            self._signers.judge(signer)
        if device.revoked_at is not None and not shut_out_too:
            detail = f"device {device.device_id} is shut out"
            raise DocumentedError(Kind.DEVICE_REVOKED, detail, device.revocation)
        return device

    def _of_token(self, call: Call) -> Device:
        token_hash = _token_hash(call)
        device = None
        if token_hash is not None:
            with self._storage.glance() as tx:
                device = tx.devices.by_token_hash(token_hash)
        kept = _NOBODY if device is None else device.token_hash
        if device is None or not hmac.compare_digest(kept, token_hash or b""):
            raise self._failed(call)
        return device

    def phone_of(self, call: Call) -> LinkedPhone:
        """The calling phone.

        Raises:
            NotAllowedError: no token, one that no phone has, or that of a card reissued since; or too many calls.
        """
        token_hash = _token_hash(call)
        phone = None
        if token_hash is not None:
            with self._storage.glance() as tx:
                phone = tx.cards.phone(token_hash)
        kept = _NOBODY if phone is None else phone.token_hash
        if phone is None or not hmac.compare_digest(kept, token_hash or b""):
            raise self._failed(call)
        self._phone_calls.count(phone.card_id.hex())
        return phone

    def require_operator(self, call: Call, role: Role) -> Caller:
        """The calling operator, with the audiences in which it may do what ``role`` may.

        Raises:
            NotAllowedError: no token, one that no operator has, or one without this role anywhere.
        """
        token_hash = _token_hash(call)
        operator = None
        if token_hash is not None:
            with self._storage.glance() as tx:
                operator = tx.operators.by_token_hash(token_hash)
        kept = _NOBODY if operator is None else operator.token_hash
        known = hmac.compare_digest(kept, token_hash or b"")
        if operator is None or operator.revoked_at is not None or not known:
            raise self._failed(call)
        audiences = operator.audiences(role)
        if not audiences:
            raise NotAllowedError(Kind.NOT_PERMITTED, f"the role {role.value} is needed")
        return Caller(name=operator.name, audiences=audiences)

    def require_anyone(self, call: Call) -> None:
        """Refuse a call without the token of a device or an operator.

        Raises:
            NotAllowedError: as it says.
        """
        token_hash = _token_hash(call)
        if self._signers.find(call) is not None:
            return
        if token_hash is not None:
            with self._storage.read() as tx:
                operator = tx.operators.by_token_hash(token_hash)
                if tx.devices.by_token_hash(token_hash) is not None:
                    return
            if operator is not None and operator.revoked_at is None:
                return
        raise self._failed(call)

    def _failed(self, call: Call) -> NotAllowedError:
        try:
            self._failures.count(call.address)
        except NotAllowedError as error:
            return error
        return NotAllowedError(Kind.NOT_AUTHENTICATED)


def _token_hash(call: Call) -> bytes | None:
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != _SCHEME or not token.strip():
        return None
    return secret_hash(token.strip())


def chosen_audience(caller: Caller, asked: str | None) -> Audience:
    """The audience an operator's call is about; it may be left unsaid by one who has a single one.

    Raises:
        NotAllowedError: not one of the caller's.
        UnprocessableError: none was named, and the caller has several.
    """
    if asked is not None:
        if asked not in caller.audiences:
            raise NotAllowedError(Kind.NOT_PERMITTED, "not in this audience")
        return Audience(asked)
    if len(caller.audiences) != 1:
        raise UnprocessableError(Kind.MALFORMED, "say which audience: the caller has several")
    return next(iter(caller.audiences))
