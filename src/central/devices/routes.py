"""POST /devices/enrol."""

from cardcore import wire
from central.auth import TryLimiter
from central.devices.service import DeviceService
from central.ports.call import Answer, Call, answer_of


class DeviceRoutes:
    """How devices introduce themselves."""

    def __init__(self, *, devices: DeviceService, tries: TryLimiter) -> None:
        self._devices = devices
        self._tries = tries

    def enrol(self, call: Call) -> Answer:
        """Pair a device with a door."""
        self._tries.count(call.address)
        return answer_of(self._devices.enrol(wire.parse(call.body, wire.EnrolRequest)))
