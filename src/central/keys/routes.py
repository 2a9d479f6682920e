"""What central signs for doors beside the cards: GET /devices/me/keyset and its like. GET /keys for operators."""

from dataclasses import replace
from http import HTTPStatus

from cardcore import wire
from cardcore.documents import DocumentKind
from cardcore.ids import Kid
from cardcore.token import KID_BYTES
from central.errors import Kind, UnprocessableError
from central.keys.service import KeyService
from central.keys.signed import Signed
from central.ports.call import Answer, Call, answer_of, document_answer
from central.ports.queries import hex_bytes, natural
from central.ports.records import Caller, Device, IssuerKey
from central.ports.views import KeysAnswer, KeyView


class KeyRoutes:
    """What doors and operators ask about keys."""

    def __init__(self, *, keys: KeyService, signed: Signed) -> None:
        self._keys = keys
        self._signed = signed

    def key_set(self, call: Call, device: Device) -> Answer:
        """The signed key set of the device's audience."""
        key_set = self._signed.key_sets.key_set(device.audience)
        answer = document_answer(key_set, call)
        if answer.status == HTTPStatus.NOT_MODIFIED:
            return answer
        return replace(answer, body=self._signed.key_sets.sealed_to(device, key_set))

    def root(self, call: Call, device: Device) -> Answer:
        """The document by which a root names the one that follows it; 304 where none does."""
        kid = hex_bytes(call.query, "after", KID_BYTES, KID_BYTES)
        if kid is None:
            raise UnprocessableError(Kind.MALFORMED, "the root that is known is needed")
        headers = {"ETag": f'"root-after-{kid.hex()}"'}
        step = self._signed.roots.step(device.audience, Kid(kid))
        if step is None:
            return Answer(status=HTTPStatus.NOT_MODIFIED, headers=headers)
        return Answer(body=step, media_type=wire.DOCUMENT_TYPE, headers=headers)

    def policy(self, call: Call, device: Device) -> Answer:
        """The signed policy of the device's audience."""
        return document_answer(self._signed.policies.signed(device.audience), call)

    def revoked(self, call: Call, device: Device) -> Answer:
        """The list of revoked cards of the device's audience, or what changed since a version of it."""
        return self._list(DocumentKind.REVOKED, call, device)

    def active(self, call: Call, device: Device) -> Answer:
        """The list of active cards of the device's audience, or what changed since a version of it."""
        return self._list(DocumentKind.ACTIVE, call, device)

    def _list(self, kind: DocumentKind, call: Call, device: Device) -> Answer:
        since = natural(call.query, "since", 0)
        return document_answer(self._signed.lists.offer(device.audience, kind, since or None), call)

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
