"""The thread of a keyboard scanner that is read beside the screen: every code it types goes to the inbox."""

import threading
from collections.abc import Callable
from typing import Final

from scanner.errors import DeviceError
from scanner.floor.ports import CodeReader

FIRST_PAUSE: Final = 0.5  # seconds
CAP: Final = 10.0  # seconds
_JOIN_WITHIN: Final = 3.0  # seconds


class CodeWatch:
    """Reads until stopped; a device that goes away is opened again, after a pause that doubles up to CAP."""

    def __init__(
        self, open_reader: Callable[[], CodeReader], present: Callable[[str, str], None]
    ) -> None:
        self._open_reader = open_reader
        self._present = present
        self._stop = threading.Event()
        self._reader: CodeReader | None = None
        self._pause = FIRST_PAUSE
        self._thread = threading.Thread(target=self._loop, name="codes", daemon=True)
        self.trouble = ""

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Let the device go; a read that hangs is left behind."""
        self._stop.set()
        if self._reader is not None:
            self._reader.close()
        if self._thread.ident is not None:
            self._thread.join(_JOIN_WITHIN)

    def _loop(self) -> None:
        while not self._stop.is_set():
            try:
                self._read()
                self.trouble = "the scanner ended"
            except DeviceError as error:
                self.trouble = str(error)
            self._stop.wait(self._pause)
            self._pause = min(CAP, self._pause * 2)

    def _read(self) -> None:
        reader = self._open_reader()
        self._reader = reader
        try:
            for text in reader.texts():
                self._pause = FIRST_PAUSE
                self.trouble = ""
                self._present(text, reader.name)
        finally:
            reader.close()
