"""POST /devices/enrol; heartbeats and the time for devices; GET /devices for operators."""

from cardcore import wire
from central.auth import TryLimiter
from central.devices.presence import NONCE_BYTES_MAX, NONCE_BYTES_MIN, PresenceService
from central.devices.service import DeviceService
from central.errors import Kind, UnprocessableError
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

    def enrol(self, call: Call) -> Answer:
        """Pair a device with a door."""
        self._tries.count(call.address)
        return answer_of(self._devices.enrol(wire.parse(call.body, wire.EnrolRequest)))

    def beat(self, call: Call, device: Device) -> Answer:
        """Hear how a device fares."""
        return answer_of(self._presence.beat(device, wire.parse(call.body, wire.Heartbeat)))

    def time(self, call: Call, device: Device) -> Answer:
        """Central's time, signed over the device's nonce."""
        nonce = hex_bytes(call.query, "nonce", NONCE_BYTES_MIN, NONCE_BYTES_MAX)
        if nonce is None:
            raise UnprocessableError(Kind.MALFORMED, "a nonce is needed")
        return Answer(body=self._presence.time(device, nonce), media_type=wire.DOCUMENT_TYPE)

    def listed(self, _call: Call, caller: Caller) -> Answer:
        """The devices of the operator's audiences."""
        return answer_of(self._presence.devices(caller.audiences))
