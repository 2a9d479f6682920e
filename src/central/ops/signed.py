"""The paths of what central signs for doors beside cards."""

from typing import Final

from cardcore import wire
from central.errors import Kind
from central.keys.routes import KeyRoutes
from central.ops.endpoints import Endpoint, ForDevices
from central.ports.queries import NATURAL_MAX

_ME: Final = f"{wire.API_ROOT}/devices/me"
_SINCE: Final = {"since": {"type": "integer", "minimum": 0, "maximum": NATURAL_MAX}}


def signed_endpoints(keys: KeyRoutes) -> list[Endpoint]:
    """Roots, policy, keys and lists."""
    return [
        Endpoint(
            method="GET",
            path=f"{_ME}/keyset",
            summary="The signed key set of the device's audience.",
            gives=None,
            handler=ForDevices(handler=keys.key_set),
        ),
        Endpoint(
            method="GET",
            path=f"{_ME}/root",
            summary="The root that follows the device's, signed by that one.",
            gives=None,
            handler=ForDevices(handler=keys.root),
            parameters={"after": "^[0-9a-f]{8}$"},
            problems=(Kind.NOT_FOUND,),
        ),
        Endpoint(
            method="GET",
            path=f"{_ME}/policy",
            summary="The signed policy of the device's audience.",
            gives=None,
            handler=ForDevices(handler=keys.policy),
        ),
        Endpoint(
            method="GET",
            path=f"{_ME}/lists/revoked",
            summary="The revoked cards of the device's audience, signed; or what changed since a version.",
            gives=None,
            handler=ForDevices(handler=keys.revoked),
            options=_SINCE,
        ),
        Endpoint(
            method="GET",
            path=f"{_ME}/lists/active",
            summary="The active cards of the device's audience, signed; or what changed since a version.",
            gives=None,
            handler=ForDevices(handler=keys.active),
            options=_SINCE,
            problems=(Kind.NOT_FOUND,),
        ),
    ]
