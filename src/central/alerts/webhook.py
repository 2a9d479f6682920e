"""Alerts by webhook: posted to one fixed https address, signed.

``X-Gatepost-Signature: t=SECONDS,v1=HEX`` where HEX is HMAC-SHA256 over ``SECONDS.`` and the body, under the secret of the
settings. No redirect is followed.
"""

import hashlib
import hmac
import http.client
import json
import ssl
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from central.ports.outlook import Hook
from central.ports.world import Clock

TIMEOUT_S: Final = 10.0
SIGNATURE: Final = "X-Gatepost-Signature"
_TAKEN: Final = range(200, 300)


class HookChannel:
    """Posts to the one address of the settings."""

    def __init__(self, hook: Hook, *, clock: Clock) -> None:
        self._hook = hook
        self._clock = clock

    def send(self, told: Sequence[Mapping[str, object]]) -> None:
        """Post these changes.

        Raises:
            OSError: nobody took them.
        """
        body = json.dumps({"alerts": list(told)}, ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json",
            SIGNATURE: signature_of(self._hook.secret, self._clock.now(), body),
        }
        url = urlsplit(self._hook.url)
        connection = http.client.HTTPSConnection(
            url.hostname or "",
            url.port,
            timeout=TIMEOUT_S,
            context=ssl.create_default_context(cafile=self._hook.ca_file),
        )
        try:
            path = (url.path or "/") + (f"?{url.query}" if url.query else "")
            connection.request("POST", path, body, headers)
            status = connection.getresponse().status
        except http.client.HTTPException as error:
            msg = f"no answer of HTTP: {error!r}"
            raise OSError(msg) from error
        finally:
            connection.close()
        if status not in _TAKEN:
            msg = f"the webhook answered {status}"
            raise OSError(msg)


def signature_of(secret: str, at: int, body: bytes) -> str:
    """What a receiver checks, in constant time, and not long after ``at``."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"
