"""Watching the door that runs: a look every LOOK_EVERY, and pages for this machine where a port is set."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec

from scanner.bootstrap.figures import DoorFigures
from scanner.bootstrap.health import DoorHealth
from scanner.config import Settings, notify_socket
from scanner.door.answer import Answer
from scanner.door.decision import outcome_of
from telemetry.health import Examiner, Level

if TYPE_CHECKING:
    from scanner.adapters.loopback_http import Page
    from telemetry.tracing import Tracing

LOOK_EVERY: Final = 10.0  # seconds; a look takes some 10 ms


class DoorWatch:
    """Knows how the door was at the last look; for any thread."""

    def __init__(self, examiner: Examiner, tracing: "Tracing | None" = None) -> None:
        self.examiner = examiner
        self.tracing = tracing
        self.figures = DoorFigures()
        self.port: int | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="health", daemon=True)

    @property
    def line(self) -> str:
        """The last look in one line; empty before the first."""
        report = self.examiner.newest(Level.FULL)
        return "" if report is None else report.line

    def heard(self, answer: Answer) -> None:
        """A card was judged here: it is counted, and a line of the log where decisions are written there."""
        self.figures.heard(answer)
        from telemetry.logs import tell

        tell("gatepost.door", "decided", facts_of(answer))

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End after the look under way."""
        self._stop.set()
        self._thread.join()

    def _loop(self) -> None:
        while not self._stop.is_set():
            self.examiner.report(Level.FULL)
            self._stop.wait(LOOK_EVERY)


def facts_of(answer: Answer) -> dict[str, object]:
    """What the log has of an answer: ids and reasons."""
    claims = answer.verification.claims
    return {
        "seq": answer.seq,
        "decision": outcome_of(answer.decision).value,
        "reason": answer.decision.reason.value,
        "card": None if claims is None else claims.card_id.hex(),
        "ms": round(sum(answer.stages.values()) / 1_000, 1),
    }


@contextmanager
def watch_beside(settings: Settings) -> Iterator[DoorWatch]:
    """Look after a door that runs, until the context ends. Where nobody would hear of it, nothing is looked at.

    Raises:
        ConfigError: the port cannot be used.
    """
    with ExitStack() as stack:
        examiner = DoorHealth(settings, is_running=True).examiner()
        watch = DoorWatch(examiner, stack.enter_context(_tracing(settings)))
        if settings.health_port:
            watch.port = stack.enter_context(_served(settings.health_port, watch))
        if settings.health_port or notify_socket() is not None:
            watch.start()
            stack.callback(watch.stop)
        yield watch


@contextmanager
def _tracing(settings: Settings) -> "Iterator[Tracing | None]":
    """The tracing of this process; None, and nothing loaded, where none is wanted."""
    if not settings.trace_endpoint:
        yield None
        return
    from telemetry.tracing import Tracing

    tracing = Tracing(
        service="gatepost-door",
        url=settings.trace_endpoint,
        share=settings.trace_share,
        folder=settings.folder,
        now=time.time_ns,
    )
    try:
        yield tracing
    finally:
        tracing.close()


@contextmanager
def _served(port: int, watch: DoorWatch) -> Iterator[int]:
    from scanner.adapters.loopback_http import LoopbackServer

    server = LoopbackServer(port, pages_of(watch))
    server.start()
    try:
        yield server.port
    finally:
        server.stop()


def pages_of(watch: DoorWatch) -> "dict[str, Callable[[], Page]]":
    """What a door shows of itself."""
    from scanner.adapters.loopback_http import Page

    def health(level: Level) -> Page:
        report = watch.examiner.report(level)
        body = msgspec.json.encode(report)
        return Page(status=report.http_status, kind="application/json", body=body)

    def metrics() -> Page:
        from telemetry.exposition import CONTENT_TYPE, exposition

        families = list(watch.figures.families(watch.examiner))
        if watch.tracing is not None:
            families += watch.tracing.families()
        body = exposition(families)
        return Page(kind=CONTENT_TYPE, body=body)

    pages = {f"/health/{level.value}": partial(health, level) for level in Level}
    return pages | {"/metrics": metrics}
