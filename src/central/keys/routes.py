"""GET /devices/me/keyset for doors, GET /keys for operators."""

from central.keys.service import KeyService, KeySetService
from central.ports.call import Answer, Call, answer_of, document_answer
from central.ports.records import Caller, Device, IssuerKey
from central.ports.views import KeysAnswer, KeyView


class KeyRoutes:
    """What doors and operators ask about keys."""

    def __init__(self, *, key_sets: KeySetService, keys: KeyService) -> None:
        self._key_sets = key_sets
        self._keys = keys

    def key_set(self, call: Call, device: Device) -> Answer:
        """The signed key set of the device's audience."""
        return document_answer(self._key_sets.key_set(device.audience), call)

    def listed(self, _call: Call, caller: Caller) -> Answer:
        """The keys of the operator's audiences, and the document root; no secret is told."""
        found = [key for audience in sorted(caller.audiences) for key in self._keys.all(audience)]
        return answer_of(KeysAnswer(keys=[_view(key) for key in [*found, *self._keys.all(None)]]))


def _view(key: IssuerKey) -> KeyView:
    return KeyView(
        kid=key.kid.hex(),
        use=key.use.value,
        alg=key.use.alg.value,
        audience=key.audience,
        state=key.state.value,
        not_before=key.not_before,
        signs_until=key.signs_until,
        expires_at=key.expires_at,
    )
