"""The paths of a snapshot in chunks."""

from typing import Final

from cardcore import wire
from central.cards.routes import CardRoutes
from central.errors import Kind
from central.ops.endpoints import Endpoint, ForDevices

_SNAPSHOT: Final = f"{wire.API_ROOT}/devices/me/snapshot"


def snapshot_endpoints(cards: CardRoutes) -> list[Endpoint]:
    """The manifest and its chunks."""
    return [
        Endpoint(
            method="GET",
            path=f"{_SNAPSHOT}/manifest",
            summary="What the snapshot of the device's audience is made of, signed.",
            gives=None,
            handler=ForDevices(handler=cards.manifest),
        ),
        Endpoint(
            method="GET",
            path=f"{_SNAPSHOT}/chunks/{{chunk}}",
            summary="A chunk of that snapshot, by its SHA-256.",
            gives=None,
            media_type=wire.CHUNK_TYPE,
            fresh=True,
            handler=ForDevices(handler=cards.chunk),
            problems=(Kind.NOT_FOUND,),
        ),
    ]
