"""The terminal of the full-screen app: what else writes to it goes to a log, and on a kiosk no key stops the program."""

import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, TextIO

from scanner.config import Settings, is_under_systemd
from scanner.errors import ConfigError

LOG_FILE: Final = "gatepost.log"
MAX_LOG_BYTES: Final = 5_000_000  # then it is put aside, and the one put aside before is gone
_KEYS: Final = (signal.SIGINT, signal.SIGTSTP, signal.SIGQUIT)
_STDERR: Final = 2


def is_terminal() -> bool:
    """Whether there is a screen to draw on: the app draws on standard error."""
    return sys.stdout.isatty() and sys.stderr.isatty()


def ignore_keys() -> None:
    """Nothing typed ends or stops the program; before anything slow is imported."""
    for number in _KEYS:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def drawing(settings: Settings) -> Iterator[None]:
    """Keep the terminal for the app alone: OpenCV and drivers write to descriptor 2, and would overwrite the screen.

    The app draws on a copy of it (``sys.__stderr__``); all else goes to LOG_FILE in the data folder.

    Raises:
        ConfigError: the log cannot be written.
    """
    log = _opened(settings.folder / LOG_FILE)
    terminal = os.dup(_STDERR)
    before = sys.stderr, sys.__stderr__
    os.dup2(log.fileno(), _STDERR)
    with log, os.fdopen(os.dup(terminal), "w", encoding="utf-8", errors="replace") as screen:
        log_to(log, settings)
        _use(log, screen)
        try:
            yield
        finally:
            with suppress(OSError):  # a terminal that hung up
                screen.flush()
            _use(*before)
            os.dup2(terminal, _STDERR)
            os.close(terminal)
            logging.basicConfig(force=True)


def log_to(stream: TextIO, settings: Settings) -> None:
    """Logs to ``stream``, as the settings say."""
    # structlog takes a tenth of a second to import: only what stays pays
    from telemetry.logs import configure

    configure(
        stream,
        level=settings.log_level,
        style=settings.log_format,
        by_systemd=is_under_systemd(),
    )


def _use(stderr: TextIO, original: TextIO | None) -> None:
    sys.stderr = stderr
    sys.__stderr__ = original  # type: ignore[misc,assignment] # Textual draws on it, and offers no other way


def _opened(path: Path) -> TextIO:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > MAX_LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
        return path.open("a", buffering=1, encoding="utf-8", errors="replace")
    except OSError as error:
        raise ConfigError(field="data", value=str(path), hint=f"cannot write: {error}") from error
