"""The two sides of central's figures as programs: central itself, and a bare Starlette app over the same pool.

``python -m benchmarks.central_servers ours|bare DATABASE_URL`` serves on a free port and prints its URL.
"""

import sys
from contextlib import closing

import msgspec
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from cardcore.request_signature import SignableRequest, check_request
from central.auth import Allowance
from central.bootstrap import wire_app, wire_central
from central.ops.server import listen, run_server
from central.ops.system_clock import SystemClock
from central.storage.cards import ONE_STANDING
from central.storage.engine import glancing, open_engine
from central.storage.schema import DEVICES
from central.storage.transaction import open_storage

NO_LIMIT = Allowance(a_second=1e9, at_once=1_000_000_000)


def bare_app(url: str) -> ASGIApp:
    """One route: the signature checked, the query of a card's status, its row as JSON, and nothing else."""
    engine = open_engine(url)

    def key_of(key_id: str) -> bytes | None:
        with glancing(engine) as connection:
            query = select(DEVICES.c.signing_key).where(DEVICES.c.device_id == key_id)
            found: bytes | None = connection.execute(query).scalar()
            return found

    def status(request: Request) -> Response:
        signed = SignableRequest(method="GET", target=request.url.path, body=b"")
        check_request(signed, request.headers, key_of)
        card_id = bytes.fromhex(request.path_params["card_id"])
        with glancing(engine) as connection:
            row = connection.execute(ONE_STANDING, {"card": card_id, "venue": "main"}).one()
        fields = {"card_id": row.card_id.hex(), "state": row.state, "generation": row.generation}
        fields |= {"member_status": row.status, "display_name": row.display_name, "as_of": 0}
        return Response(msgspec.json.encode(fields), media_type="application/json")

    return Starlette(routes=[Route("/cards/{card_id}/status", status)])


def main(side: str, url: str) -> None:
    with closing(open_storage(url)) as storage, listen("127.0.0.1", 0) as listener:
        if side == "ours":
            clock = SystemClock()
            central = wire_central(storage, clock=clock, randomness=random_bytes)
            app = wire_app(central, allowance=NO_LIMIT)
        else:
            app = bare_app(url)
        run_server(app, listener, tls=None, behind_proxy=False, announce=announce)


def announce(url: str) -> None:
    print(url, flush=True)


def random_bytes(size: int, /) -> bytes:
    with open("/dev/urandom", "rb", buffering=0) as source:  # noqa: PTH123 -- a device, not a file
        return source.read(size)


if __name__ == "__main__":
    main(*sys.argv[1:])
