"""The outermost layer: every answer is counted, and the time that an online token takes."""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from central.figures.meter import Meter
from central.ports.world import Clock

_FAILED_FROM: Final = 500
_FINE_BELOW: Final = 300


class Metered:
    """Counts what ``app`` answers. The dashboard's own pages are left out: a stream of events lasts for hours."""

    def __init__(self, app: ASGIApp, *, meter: Meter, clock: Clock) -> None:
        self._app = app
        self._meter = meter
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI)."""
        if scope["type"] != "http" or scope["path"].startswith("/dashboard"):
            await self._app(scope, receive, send)
            return
        began = self._clock.monotonic()
        is_token = scope["method"] == "POST" and scope["path"].endswith("/token")

        async def counted(message: Message) -> None:
            await send(message)
            if message["type"] == "http.response.start":
                status = message["status"]
                took = None
                if is_token and status < _FINE_BELOW:
                    took = round((self._clock.monotonic() - began) * 1e6)
                self._meter.count(failed=status >= _FAILED_FROM, token_us=took)

        await self._app(scope, receive, counted)
