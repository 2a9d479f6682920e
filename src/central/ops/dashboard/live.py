"""Server-sent events: a page that is live hears when anything it shows has changed, and fetches itself anew."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

from starlette.concurrency import run_in_threadpool

from central.errors import CentralError
from central.ports.lookups import News

LOOK_EVERY_S: Final = 1.0
BEAT_EVERY: Final = 15  # looks without news between two beats, which keep proxies from closing
FRESH_EVERY: Final = 60  # looks after which a page is to be fetched anew in any case: ages grow
LISTENERS_MAX: Final = 100
ENDED: Final = "event: ended\ndata: \n\n"


class Live:
    """Tells listeners of news; ``look`` gives where everything stands, None for somebody who is no longer logged in."""

    def __init__(self, *, every_s: float = LOOK_EVERY_S) -> None:
        self._every_s = every_s
        self.listeners = 0

    async def events(self, look: Callable[[], News | None]) -> AsyncIterator[str]:
        """The stream of one listener, until they leave or their session ends."""
        self.listeners += 1
        try:
            async for event in self._events(look):
                yield event
        finally:
            self.listeners -= 1

    async def _events(self, look: Callable[[], News | None]) -> AsyncIterator[str]:
        yield "retry: 2000\n\n"
        seen = await run_in_threadpool(look)
        quiet = 0
        while seen is not None:
            await asyncio.sleep(self._every_s)
            try:
                now = await run_in_threadpool(look)
            except CentralError:  # the database is away: the page says what it knows
                now = seen
            if now is None:
                break
            quiet += 1
            if now != seen or quiet % FRESH_EVERY == 0:
                seen, quiet = now, 0
                yield "event: news\ndata: \n\n"
            elif quiet % BEAT_EVERY == 0:
                yield ": beat\n\n"
        yield ENDED
