"""POST /devices/enrol; heartbeats and the time for devices; GET /devices for operators."""

from cardcore import wire
from cardcore.device_keys import public_keys_of
from cardcore.errors import RequestSignatureError
from cardcore.request_signature import check_request
from central.auth import TryLimiter
from central.devices.presence import NONCE_BYTES_MAX, NONCE_BYTES_MIN, PresenceService
from central.devices.service import DeviceService
from central.errors import Kind, NotAllowedError, UnprocessableError
from central.ports.call import Answer, Call, answer_of
from central.ports.queries import hex_bytes
from central.ports.records import Caller, Device


class DeviceRoutes:
    """How devices introduce themselves and say how they fare."""

    def __init__(
        self, *, devices: DeviceService, presence: PresenceService, tries: TryLimiter
    ) -> None:
        self._devices = devices
        self._presence = presence
        self._tries = tries

    def trust(self, call: Call) -> Answer:
        """Whom to trust, for a device that is about to enrol."""
        self._tries.count(f"trust {call.address}")
        nonce = _nonce_in(call)
        return Answer(body=self._presence.trust(nonce), media_type=wire.DOCUMENT_TYPE)

    def enrol(self, call: Call) -> Answer:
        """Pair a device with a door."""
        self._tries.count(call.address)
        request = wire.parse(call.body, wire.EnrolRequest)
        keys = self._devices.keys_in(request)
        if keys is not None:
            _check_made_by(keys.signing, call)
        return answer_of(self._devices.enrol(request))

    def register(self, call: Call, device: Device) -> Answer:
        """Take the keys of a device that had a token until now."""
        request = wire.parse(call.body, wire.DeviceKeysRequest)
        signing = wire.bytes_of(request.signing_key)
        _check_made_by(signing, call)
        keys = public_keys_of(signing, wire.bytes_of(request.receiving_key))
        return answer_of(self._devices.register(device, keys))

    def beat(self, call: Call, device: Device) -> Answer:
        """Hear how a device fares."""
        return answer_of(self._presence.beat(device, wire.parse(call.body, wire.Heartbeat)))

    def time(self, call: Call, device: Device) -> Answer:
        """Central's time, signed over the device's nonce."""
        nonce = _nonce_in(call)
        return Answer(body=self._presence.time(device, nonce), media_type=wire.DOCUMENT_TYPE)

    def listed(self, _call: Call, caller: Caller) -> Answer:
        """The devices of the operator's audiences."""
        return answer_of(self._presence.devices(caller.audiences))


def _check_made_by(signing_key: bytes, call: Call) -> None:
    """Nobody registers a key that another has made: the call is signed with it.

    Raises:
        NotAllowedError: it is not.
    """
    try:
        check_request(call.signable, call.headers, lambda _: signing_key)
    except RequestSignatureError as error:
        raise NotAllowedError(Kind.NOT_AUTHENTICATED, str(error)) from error


def _nonce_in(call: Call) -> bytes:
    nonce = hex_bytes(call.query, "nonce", NONCE_BYTES_MIN, NONCE_BYTES_MAX)
    if nonce is None:
        raise UnprocessableError(Kind.MALFORMED, "a nonce is needed")
    return nonce
