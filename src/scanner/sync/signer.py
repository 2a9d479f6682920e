"""How a device shows central who it is, and whom it believes in what central says of that.

1. Every request is signed anew, with a nonce that was never used before.
2. Where central says that it was signed at another time than now, its time counts only if the root signed it over the
   nonce of that request; from then on it is what requests are signed by, and nothing else: no verdict is judged by it.
3. Only a revocation that the root signed and that names this device shuts it out. A bare no is a no for now.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Final

from cardcore.documents import RootKey, newest_of
from cardcore.errors import DocumentError
from cardcore.ids import Audience, DeviceId, UnixSeconds
from cardcore.request_signature import NONCE_BYTES, SignableRequest, sign_request
from cardcore.revocation_document import revocation_in
from cardcore.time_document import time_in
from scanner.errors import DeviceRevokedError, LinkRefusedError

NEW: Final = "new"  # the key id of a device that has no name yet
_CLOCK_SKEW: Final = ":clock_skew"  # how the types of central's problems end
_REVOKED: Final = ":device_revoked"
_log = logging.getLogger(__name__)


class RequestSigner:
    """Signs the requests of one thread. ``random`` gives so many unpredictable bytes; ``newer`` the roots after ``root``."""

    def __init__(
        self,
        *,
        key_id: str,
        private_key: bytes,
        now: Callable[[], UnixSeconds],
        random: Callable[[int], bytes],
        root: RootKey | None = None,
        newer: Callable[[], Sequence[RootKey]] = tuple,
        audience: Audience | None = None,
    ) -> None:
        self._key_id = key_id
        self._private_key = private_key
        self._now = now
        self._random = random
        self._root = root
        self._newer = newer
        self._audience = audience
        self._nonce = b""
        self.offset = 0  # seconds that central's clock is ahead of this one

    def sign(self, method: str, target: str, body: bytes) -> dict[str, str]:
        """The headers that sign a request as it goes over the wire."""
        self._nonce = self._random(NONCE_BYTES)
        return sign_request(
            SignableRequest(method=method, target=target, body=body),
            key_id=self._key_id,
            private_key=self._private_key,
            created=UnixSeconds(self._now() + self.offset),
            nonce=self._nonce,
        )

    def heed(self, error: LinkRefusedError) -> bool:
        """Whether central's no to the request signed last is mended by signing it again.

        Raises:
            DeviceRevokedError: the root has shut this device out.
        """
        if self._root is None or self._audience is None or error.document is None:
            return False
        root = newest_of(self._newer(), self._root)
        try:
            if error.kind.endswith(_CLOCK_SKEW):
                said = time_in(error.document, self._nonce, self._audience, root=root)
                self.offset = said - self._now()
                return True
            if error.kind.endswith(_REVOKED):
                since = revocation_in(
                    error.document, DeviceId(self._key_id), self._audience, root=root
                )
                raise DeviceRevokedError(error.document, since)
        except DocumentError as untrusted:
            _log.warning("what came with central's refusal is not believed: %s", untrusted)
        return False
