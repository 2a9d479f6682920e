"""Logs: a JSON object a line where a program reads them, columns where a person does. Ids and reasons, never names or secrets.

What the standard library's loggers write goes the same way. Two guards stand behind the rule: what looks like a card's text or
a secret is hidden, and libraries that would tell of requests are silent.
"""

import logging
import re
from collections.abc import Mapping, MutableMapping
from enum import StrEnum
from typing import Final, TextIO, TypeAlias

import structlog
from structlog.typing import Processor

from telemetry.trace_context import CURRENT, REQUEST_ID

HIDDEN: Final = "[hidden]"
LEVELS: Final = ("debug", "info", "warning", "error")
_SILENT: Final = ("httpx", "httpcore", "urllib3", "asyncio", "PIL", "alembic", "sqlalchemy")
# a card's text; whatever authorises; 256 bits in hex, Base32 or Base64
_SECRETS: Final = re.compile(
    r"MC1:[0-9A-Z $%*+./:-]{16,}|(?i:bearer) +\S+|(?<![\w/.-])[A-Za-z0-9_+=-]{43,}(?![\w/.-])"
)

Event: TypeAlias = MutableMapping[str, object]


class LogStyle(StrEnum):
    """How lines look; AUTO is JSON under systemd and columns elsewhere."""

    AUTO = "auto"
    JSON = "json"
    TEXT = "text"


def configure(
    stream: TextIO, *, level: str = "warning", style: str = LogStyle.AUTO, by_systemd: bool = False
) -> None:
    """Write all logs to ``stream`` from now on; ``level`` is one of LEVELS."""
    as_json = by_systemd if style == LogStyle.AUTO else style == LogStyle.JSON
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _with_ids,
        _without_secrets,
    ]
    last = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=stream.isatty(), pad_event_to=0)
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def tell(name: str, event: str, facts: Mapping[str, object]) -> None:
    """One line at ``info`` with its facts; costs next to nothing where that level is not written."""
    if logging.getLogger(name).isEnabledFor(logging.INFO):
        structlog.stdlib.get_logger(name).info(event, **facts)


def _with_ids(_logger: object, _method: str, event: Event) -> Event:
    """Which request and which trace this line belongs to."""
    request, trace = REQUEST_ID.get(), CURRENT.get()
    if request:
        event.setdefault("request_id", request)
    if trace is not None:
        event.setdefault("trace_id", trace.trace_id)
    return event


def _without_secrets(_logger: object, _method: str, event: Event) -> Event:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _SECRETS.sub(HIDDEN, value)
    return event
