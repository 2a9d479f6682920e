"""How the database fares: its size, its connections, and the statements that took long."""

import os
from collections import deque
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Final, Protocol

from sqlalchemy import Engine, QueuePool, event, text
from sqlalchemy.engine.interfaces import DBAPICursor, ExecutionContext

from central.ports.lookups import DatabaseState, SlowQuery

SLOW_S: Final = 0.1  # a statement of ours takes a few milliseconds
KEPT: Final = 50
STATEMENT_CHARS_MAX: Final = 300
_BEGAN: Final = "began"
_SIZE_OF_SERVER: Final = text("SELECT pg_database_size(current_database())")


class Times(Protocol):
    """The two clocks that this module needs."""

    def now(self) -> int:
        """Whole seconds since 1970, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds since some instant."""
        ...


class SlowLog:
    """Remembers the last statements that took long, never what they were given."""

    def __init__(self, clock: Times, slow_s: float = SLOW_S) -> None:
        self._clock = clock
        self._slow_s = slow_s
        self._lock = Lock()
        self._kept: deque[SlowQuery] = deque(maxlen=KEPT)
        self._total = 0

    def watch(self, engine: Engine) -> None:
        """Time every statement of ``engine`` from now on."""
        event.listen(engine, "before_cursor_execute", self._before)
        event.listen(engine, "after_cursor_execute", self._after)

    def look(self) -> tuple[int, list[SlowQuery]]:
        """How many there were, and the last of them, the newest first."""
        with self._lock:
            return self._total, list(self._kept)[::-1]

    def _before(
        self,
        _connection: object,
        _cursor: DBAPICursor,
        _statement: str,
        _parameters: object,
        context: ExecutionContext | None,
        _many: bool,  # noqa: FBT001
    ) -> None:
        if context is not None:
            setattr(context, _BEGAN, self._clock.monotonic())

    def _after(
        self,
        _connection: object,
        _cursor: DBAPICursor,
        statement: str,
        _parameters: object,
        context: ExecutionContext | None,
        _many: bool,  # noqa: FBT001
    ) -> None:
        began = getattr(context, _BEGAN, None)
        if began is None:
            return
        took = self._clock.monotonic() - began
        if took >= self._slow_s:
            shown = " ".join(statement.split())[:STATEMENT_CHARS_MAX]
            query = SlowQuery(at=self._clock.now(), took_ms=took * 1_000, statement=shown)
            with self._lock:
                self._total += 1
                self._kept.append(query)


def state_of(engine: Engine, slow: Callable[[], tuple[int, list[SlowQuery]]]) -> DatabaseState:
    """How the database behind ``engine`` fares."""
    total, kept = slow()
    embedded = engine.dialect.name == "sqlite"
    pool = engine.pool
    in_use, most = (pool.checkedout(), pool.size()) if isinstance(pool, QueuePool) else (0, 0)
    size, free, room = _of_file(Path(engine.url.database or "")) if embedded else _of_server(engine)
    return DatabaseState(
        kind="SQLite" if embedded else "PostgreSQL",
        connections=in_use,
        connections_max=most,
        size_bytes=size,
        free_bytes=free,
        total_bytes=room,
        slow=kept,
        slow_total=total,
    )


def _of_file(path: Path) -> tuple[int, int | None, int | None]:
    try:
        size = sum(
            Path(f"{path}{ending}").stat().st_size
            for ending in ("", "-wal")
            if Path(f"{path}{ending}").exists()
        )
        disk = os.statvfs(path.parent)
    except OSError:  # it is being moved: the page can do without
        return 0, None, None
    return size, disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize


def _of_server(engine: Engine) -> tuple[int, int | None, int | None]:
    with engine.connect() as connection:
        return int(connection.execute(_SIZE_OF_SERVER).scalar_one()), None, None
