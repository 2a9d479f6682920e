"""Devices: a code made at central, shown once, pairs one device with one door.

    open ──right secret──▶ used
      ├──10 minutes──────▶ expired
      └──50 failures─────▶ dead

Whoever tries a code learns only that it was refused.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from cardcore.card import is_plain_text
from cardcore.device_keys import DevicePublicKeys, public_keys_of
from cardcore.documents import RootKey
from cardcore.enrolment import (
    SECRET_BYTES,
    SELECTOR_BYTES,
    EnrolmentCode,
    base32,
    fingerprint_of,
    serialise_code,
)
from cardcore.ids import Audience, DeviceId, DoorId, UnixSeconds
from cardcore.policy import DoorPolicy
from cardcore.revocation_document import sign_revocation
from cardcore.wire import DeviceKeysAnswer, EnrolAnswer, EnrolRequest, bytes_of
from central.auth import secret_hash
from central.errors import Kind, NotAllowedError, NotFoundError, UnprocessableError
from central.ports.records import Device, IssuerKey, OpenCode
from central.ports.storage import Storage, Transaction
from central.ports.world import Clock, KeyRing, Randomness

CODE_LIFE_S: Final = 600  # time to walk from the office to the door
KEEP_S: Final = 30 * 86_400  # what staff may still ask about
FAILURES_MAX: Final = 50  # over all addresses; a person needs two or three
DOOR_CHARS_MAX: Final = 64  # what an audit entry has room for
DEVICE_ID_BYTES: Final = 8
TOKEN_BYTES: Final = 32

_NO_HASH: Final = bytes(32)  # no SHA-256 that anyone knows a secret for


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCode:
    """A code as it is shown once; ``expires_at`` in seconds since 1970."""

    text: str = field(repr=False)
    door: DoorId
    audience: Audience
    expires_at: UnixSeconds


class DeviceService:
    """Makes codes and enrols devices."""

    def __init__(
        self, *, storage: Storage, keys: KeyRing, clock: Clock, randomness: Randomness
    ) -> None:
        self._storage = storage
        self._keys = keys
        self._clock = clock
        self._randomness = randomness

    def make_code(self, audience: Audience, door: DoorId) -> NewCode:
        """A code for one device at ``door``."""
        selector, secret = self._randomness(SELECTOR_BYTES), self._randomness(SECRET_BYTES)
        expires_at = UnixSeconds(self._clock.now() + CODE_LIFE_S)
        with self._storage.write() as tx:
            root = self._keys.document_root(tx)
            self._keys.prepare(tx, audience)
            tx.devices.put_code(
                OpenCode(
                    selector=base32(selector),
                    secret_hash=secret_hash(base32(secret)),
                    door=door,
                    audience=audience,
                    expires_at=expires_at,
                )
            )
        code = EnrolmentCode(
            selector=selector, secret=secret, fingerprint=fingerprint_of(root.public_key)
        )
        return NewCode(
            text=serialise_code(code), door=door, audience=audience, expires_at=expires_at
        )

    def enrol(self, request: EnrolRequest) -> EnrolAnswer:
        """Pair a device with the door its code was made for.

        Raises:
            NotAllowedError: a code that is wrong, used, expired or dead; it does not say which.
            UnprocessableError: one key without the other; the code is as good as before.
            WireError: keys that are none; the code is as good as before.
        """
        keys = self.keys_in(request)
        with self._storage.write() as tx:
            code = self._use_code(tx, request)
            answer = None if code is None else self._add_device(tx, code, request.program, keys)
        if answer is None:  # after the commit, which has counted the failure
            raise NotAllowedError(Kind.ENROLMENT_REFUSED)
        return answer

    def keys_in(self, request: EnrolRequest) -> DevicePublicKeys | None:
        """The keys a device comes with; None for one that knows no keys.

        Raises:
            UnprocessableError: one without the other.
            WireError: keys that are none.
        """
        if request.signing_key is None and request.receiving_key is None:
            return None
        if request.signing_key is None or request.receiving_key is None:
            raise UnprocessableError(Kind.MALFORMED, "a device has both keys, or neither")
        return public_keys_of(bytes_of(request.signing_key), bytes_of(request.receiving_key))

    def register(self, device: Device, keys: DevicePublicKeys) -> DeviceKeysAnswer:
        """The keys of a device that had a token; the token is worth nothing from here on.

        Sent again, it is a success that changes nothing.

        Raises:
            NotAllowedError: a device that has other keys already.
        """
        with self._storage.write() as tx:
            tx.devices.lock(device.device_id)
            now = tx.devices.find(device.device_id)
            if now is None or now.keys not in {None, keys}:
                raise NotAllowedError(Kind.NOT_PERMITTED, "the device has other keys")
            if now.keys is None:
                tx.devices.change(
                    replace(now, keys=keys, token_hash=self._randomness(len(_NO_HASH)))
                )
        return DeviceKeysAnswer(device_id=device.device_id)

    def revoke(self, device_id: str) -> Device:
        """Shut a device out for good: from here on it is told so, by a document that the root signs.

        Raises:
            NotFoundError: no such device.
        """
        with self._storage.write() as tx:
            root = self._keys.document_root(tx)
            tx.devices.lock(DeviceId(device_id))
            device = tx.devices.find(device_id)
            if device is None:
                raise NotFoundError(Kind.UNKNOWN_DEVICE, device_id)
            if device.revoked_at is None:
                device = self._shut_out(device, root)
                tx.devices.change(device)
        return device

    def _shut_out(self, device: Device, root: IssuerKey) -> Device:
        now = self._clock.now()
        revocation = sign_revocation(
            device.device_id,
            device.audience,
            now,
            root=RootKey(kid=root.kid, public_key=root.public_key),
            private_key=root.secret,
        )
        return replace(device, revoked_at=now, revocation=revocation)

    def clean_up(self) -> int:
        """Drop codes that expired 30 days ago, used or not; how many."""
        with self._storage.write() as tx:
            return tx.devices.forget_codes(UnixSeconds(self._clock.now() - KEEP_S))

    def all(self) -> Sequence[Device]:
        """Every enrolled device."""
        with self._storage.read() as tx:
            return tx.devices.all()

    def _use_code(self, tx: Transaction, request: EnrolRequest) -> OpenCode | None:
        now = self._clock.now()
        tx.lock(f"code {request.selector.upper()}")
        code = tx.devices.code(request.selector.upper())
        expected = code.secret_hash if code is not None else _NO_HASH
        right = hmac.compare_digest(secret_hash(request.secret.upper()), expected)
        if code is None:
            return None
        if not right:
            tx.devices.put_code(replace(code, failures=code.failures + 1))
            return None
        if code.used_at is not None or now >= code.expires_at or code.failures >= FAILURES_MAX:
            return None
        tx.devices.put_code(replace(code, used_at=now))
        return code

    def _add_device(
        self, tx: Transaction, code: OpenCode, program: str, keys: DevicePublicKeys | None
    ) -> EnrolAnswer:
        token = self._randomness(TOKEN_BYTES).hex()
        device = Device(
            device_id=DeviceId(f"d-{self._randomness(DEVICE_ID_BYTES).hex()}"),
            door=code.door,
            audience=code.audience,
            token_hash=secret_hash(token),  # a device with keys is not told it
            program=program,
            enrolled_at=self._clock.now(),
            keys=keys,
        )
        tx.devices.add(device)
        root = self._keys.document_root(tx)
        given = token if keys is None else None
        return _answer(device, given, RootKey(kid=root.kid, public_key=root.public_key))


def _answer(device: Device, token: str | None, root: RootKey) -> EnrolAnswer:
    return EnrolAnswer(
        device_id=device.device_id,
        door=device.door,
        audience=device.audience,
        token=token,
        root_kid=root.kid.hex(),
        root_public_key=root.public_key.hex(),
        policy=DoorPolicy(),
    )


def parse_door(text: str) -> DoorId:
    """The name of a door.

    Raises:
        UnprocessableError: not 1 to 64 printable characters.
    """
    if not is_plain_text(text, DOOR_CHARS_MAX):
        detail = f"a door's name has 1 to {DOOR_CHARS_MAX} printable characters"
        raise UnprocessableError(Kind.MALFORMED, detail)
    return DoorId(text)
