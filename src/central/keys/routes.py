"""GET /devices/me/keyset."""

from central.keys.service import KeySetService
from central.ports.call import Answer, Call, document_answer
from central.ports.records import Device


class KeyRoutes:
    """What doors ask about keys."""

    def __init__(self, *, key_sets: KeySetService) -> None:
        self._key_sets = key_sets

    def key_set(self, call: Call, device: Device) -> Answer:
        """The signed key set of the device's audience."""
        return document_answer(self._key_sets.key_set(device.audience), call)
