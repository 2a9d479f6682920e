"""A device that signs what it asks of central's application, in this process."""

from dataclasses import dataclass, replace

import httpx

from cardcore import wire
from cardcore.device_keys import DeviceKeys
from cardcore.documents import RootKey
from cardcore.ids import UnixSeconds
from cardcore.request_signature import SignableRequest, sign_request
from tests.fakes.central_http import JSON
from tests.fakes.central_material import World, request_of

KEYS = DeviceKeys(signing=b"s" * 32, receiving=b"r" * 32)
OTHER = DeviceKeys(signing=b"o" * 32, receiving=b"r" * 32)


@dataclass(slots=True, kw_only=True)
class SigningDoor:
    """A device that signs; each of its calls has a nonce of its own."""

    world: World
    client: httpx.AsyncClient
    device_id: str
    root: RootKey
    keys: DeviceKeys = KEYS
    ahead: int = 0
    made: int = 0

    def signed(self, method: str, target: str, body: bytes = b"") -> dict[str, str]:
        self.made += 1
        return sign_request(
            SignableRequest(method=method, target=target, body=body),
            key_id=self.device_id,
            private_key=self.keys.signing,
            created=UnixSeconds(self.world.clock.now() + self.ahead),
            nonce=self.made.to_bytes(16, "big"),
        )

    async def get(self, target: str) -> httpx.Response:
        return await self.client.get(target, headers=self.signed("GET", target))

    async def post(self, target: str, body: bytes, **more: str) -> httpx.Response:
        headers = {**JSON, **self.signed("POST", target, body), **more}
        return await self.client.post(target, content=body, headers=headers)


def with_keys(code: str, keys: DeviceKeys = KEYS) -> bytes:
    public = keys.public
    request = replace(
        request_of(code),
        signing_key=public.signing.hex(),
        receiving_key=public.receiving.hex(),
    )
    return wire.serialise(request)
