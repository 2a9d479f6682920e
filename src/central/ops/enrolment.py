"""The lines of the route table by which a device becomes known."""

from typing import Final

from cardcore import wire
from central.devices.routes import DeviceRoutes
from central.errors import Kind
from central.ops.endpoints import Endpoint, ForDevices

API: Final = wire.API_ROOT


def enrolment_endpoints(devices: DeviceRoutes) -> list[Endpoint]:
    """Every operation that registers a device or its keys."""
    return [
        Endpoint(
            method="GET",
            path=f"{API}/devices/trust",
            summary="Whom a device that is about to enrol is to trust, signed over its nonce.",
            gives=None,
            fresh=True,
            handler=devices.trust,
            parameters={"nonce": "^([0-9a-f]{2}){16,32}$"},
            problems=(Kind.TOO_MANY_TRIES,),
        ),
        Endpoint(
            method="POST",
            path=f"{API}/devices/enrol",
            summary="Pair a device with the door its code was made for.",
            takes=wire.EnrolRequest,
            gives=wire.EnrolAnswer,
            handler=devices.enrol,
            problems=(Kind.ENROLMENT_REFUSED, Kind.TOO_MANY_TRIES),
        ),
        Endpoint(
            method="POST",
            path=f"{API}/devices/me/keys",
            summary="Register the keys of a device that had a token until now.",
            takes=wire.DeviceKeysRequest,
            gives=wire.DeviceKeysAnswer,
            handler=ForDevices(handler=devices.register),
            problems=(Kind.MALFORMED,),
        ),
    ]
