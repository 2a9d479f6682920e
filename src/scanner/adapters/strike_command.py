"""A strike that a command opens: run without a shell, with a time limit, beside the door's own work."""

import logging
import subprocess
import threading
from collections.abc import Callable, Sequence
from typing import Final

from scanner.errors import DeviceError

LIMIT: Final = 5.0  # seconds; then the command is killed
_log = logging.getLogger(__name__)


class CommandStrike:
    """Runs ``command`` once for each opening. One that still runs opens nobody else: two people are not one.

    ``failed`` hears why a command did not open; it comes after :meth:`open` has returned.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        limit: float = LIMIT,
        failed: Callable[[str], None] = _log.warning,
    ) -> None:
        self._command = tuple(command)
        self._limit = limit
        self._failed = failed
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """Start the command; returns at once.

        Raises:
            DeviceError: it cannot be started, or the one before still runs.
        """
        if self._thread is not None and self._thread.is_alive():
            msg = "the command that opens the door still runs for the last admission"
            raise DeviceError(msg)
        try:
            process = subprocess.Popen(  # noqa: S603 -- the venue's own command, from its configuration; no shell
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            msg = f"cannot run {self._command[0]}: {error}"
            raise DeviceError(msg) from error
        self._process = process
        self._thread = threading.Thread(
            target=self._wait, args=(process,), name="strike", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """End a command that still runs."""
        if self._process is not None and self._thread is not None:
            self._process.kill()
            self._thread.join()

    def _wait(self, process: "subprocess.Popen[bytes]") -> None:
        try:
            code = process.wait(self._limit)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            self._failed(f"{self._command[0]} took over {self._limit:g} s and was ended")
            return
        if code:
            self._failed(f"{self._command[0]} failed with code {code}")
