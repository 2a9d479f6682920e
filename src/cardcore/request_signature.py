"""The signature over a device's request (RFC 9421, HTTP Message Signatures), as doors make it and central checks it.

Covered are the method, the path and the query as they stand on the wire and, where there is a body, its digest
(RFC 9530, over the bytes as sent), together with the instant, a nonce of 128 random bits and the device's id. The
authority is left out: proxies rewrite it, and a device's key is known to one central alone.

What is checked here is the signature. Whether its instant is near enough, and whether its nonce is new, is for central
to judge, whose clock and memory those are.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    algorithms,
)
from http_sf.compat import InnerList

from cardcore.card import INSTANT_LIMIT
from cardcore.errors import RequestSignatureError
from cardcore.ids import UnixSeconds

NONCE_BYTES: Final = 16
SKEW_MAX_S: Final = 300  # a door's clock drifts a second a day; central keeps nonces for so long
TAG: Final = "gatepost"
_LABEL: Final = "gatepost"
_COVERED: Final = ("@method", "@path", "@query")
_DIGEST: Final = "content-digest"
_HEADERS: Final = ("signature-input", "signature", _DIGEST)
_HEADER_CHARS_MAX: Final = 1_024  # each; ours have about 200
_NONCE: Final = re.compile(r"[0-9a-f]{32}")
_ORIGIN: Final = "http://gatepost"  # a host has to be there; it is not covered
_KEYS_KEPT: Final = 1_024  # public keys that are ready for use


@dataclass(frozen=True, slots=True, kw_only=True)
class SignableRequest:
    """A request as it goes over the wire: ``target`` is its path and query, ``body`` what is sent, packed or not."""

    method: str
    target: str
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSignature:
    """What a right signature says: who made it, when by the maker's clock, and its nonce as 32 hex digits."""

    key_id: str
    created: UnixSeconds
    nonce: str


@dataclass(slots=True)
class _Message:
    method: str
    url: str
    headers: dict[str, str]


class _OwnKey(HTTPSignatureKeyResolver):
    def __init__(self, private_key: bytes) -> None:
        self._private_key = private_key

    def resolve_private_key(self, key_id: str) -> Ed25519PrivateKey:  # noqa: ARG002 -- there is one
        return Ed25519PrivateKey.from_private_bytes(self._private_key)


class _KnownKeys(HTTPSignatureKeyResolver):
    def __init__(self, key_of: Callable[[str], bytes | None]) -> None:
        self._key_of = key_of

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey | None:
        found = self._key_of(key_id)
        return None if found is None else _ready(found)


class _Verifier(HTTPMessageVerifier):
    def validate_created_and_expires(
        self, sig_input: InnerList, max_age: timedelta | None = None
    ) -> None:
        """An instant has to be there; it is held against central's clock, not against the machine's."""
        if sig_input.params.keys() != {"created", "keyid", "alg", "nonce", "tag"}:
            msg = f"signed with other parameters than agreed, and to be good for {max_age}"
            raise InvalidSignature(msg)


def sign_request(
    request: SignableRequest, *, key_id: str, private_key: bytes, created: UnixSeconds, nonce: bytes
) -> dict[str, str]:
    """The headers that sign ``request`` under a raw 32-byte Ed25519 key, with a nonce that is never used again."""
    message = _message(request, {})
    signer = HTTPMessageSigner(
        signature_algorithm=algorithms.ED25519, key_resolver=_OwnKey(private_key)
    )
    signer.sign(
        message,
        key_id=key_id,
        created=datetime.fromtimestamp(created, tz=UTC),
        nonce=nonce.hex(),
        label=_LABEL,
        tag=TAG,
        covered_component_ids=_COVERED,
        body=request.body or None,
    )
    return message.headers


def is_signed(headers: Mapping[str, str]) -> bool:
    """Whether a request claims to be signed."""
    return "signature-input" in headers


def check_request(
    request: SignableRequest,
    headers: Mapping[str, str],
    key_of: Callable[[str], bytes | None],
) -> RequestSignature:
    """The signature in ``headers`` (names in lower case); ``key_of`` gives the raw public key of a key id.

    Raises:
        RequestSignatureError: none, none that is agreed on, or not over this request by this key.
    """
    given = {name: value for name in _HEADERS if (value := headers.get(name)) is not None}
    if any(len(value) > _HEADER_CHARS_MAX for value in given.values()):
        msg = "a signature of more characters than any has"
        raise RequestSignatureError(msg)
    verifier = _Verifier(signature_algorithm=algorithms.ED25519, key_resolver=_KnownKeys(key_of))
    try:
        (found,) = verifier.verify(
            _message(request, given),
            max_age=timedelta(seconds=SKEW_MAX_S),
            expect_tag=TAG,
            require_components=(*_COVERED, _DIGEST) if request.body else _COVERED,
            body=request.body,
        )
    except (HTTPMessageSignaturesException, ValueError) as error:
        msg = f"the signature of the request is not right: {error}"
        raise RequestSignatureError(msg) from error
    key_id, created, nonce = (found.parameters[name] for name in ("keyid", "created", "nonce"))
    if not isinstance(created, int) or not 0 <= created < INSTANT_LIMIT:
        msg = "signed at no instant"
        raise RequestSignatureError(msg)
    if not isinstance(nonce, str) or _NONCE.fullmatch(nonce) is None:
        msg = "the nonce is not 32 lower-case hex digits"
        raise RequestSignatureError(msg)
    return RequestSignature(key_id=str(key_id), created=UnixSeconds(created), nonce=nonce)


def _message(request: SignableRequest, headers: dict[str, str]) -> _Message:
    return _Message(request.method, _ORIGIN + request.target, headers)


@lru_cache(maxsize=_KEYS_KEPT)
def _ready(public_key: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public_key)
