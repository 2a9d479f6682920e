"""One thread that reads one opened camera, until the camera ends, fails or is given up."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from contextlib import closing
from typing import Final

from cardcore.ids import Micros
from scanner.door.frame import Frame
from scanner.door.moment import MICROS
from scanner.errors import ScannerError
from scanner.ports import FrameSource

_FPS_OVER: Final = 2 * MICROS  # µs
_log = logging.getLogger(__name__)


class Reader:
    """A camera thread. ``take`` gets each frame and the source's name; never after :meth:`give_up`."""

    def __init__(
        self,
        *,
        open_source: Callable[[], FrameSource],
        take: Callable[[Frame, str], None],
        began: Micros,
    ) -> None:
        self._open_source = open_source
        self._take = take
        self._source: FrameSource | None = None
        self._given_up = False
        self._taken: deque[Micros] = deque(maxlen=128)
        self.began = began
        self.trouble = ""
        self.has_ended = False
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether the thread still runs; a read that hangs in the driver cannot be interrupted."""
        return self._thread.is_alive()

    @property
    def last_frame(self) -> Micros | None:
        """When the newest frame was taken."""
        return self._taken[-1] if self._taken else None

    def fps(self, now: Micros) -> float:
        """Frames a second of late."""
        late = [taken for taken in tuple(self._taken) if now - taken <= _FPS_OVER]
        return round(len(late) * MICROS / _FPS_OVER, 1)

    def give_up(self) -> None:
        """Take no more frames, and let the camera go as soon as it lets us."""
        self._given_up = True
        if self._source is not None:
            self._source.close()

    def join(self, timeout: float) -> None:
        """Wait for the end of the thread."""
        self._thread.join(timeout)

    def _run(self) -> None:
        try:
            self._read()
        except ScannerError as error:
            self.trouble = str(error)
        except Exception as error:  # noqa: BLE001 -- a thread loop: it logs, shows and goes on
            _log.exception("the camera failed in a way nobody foresaw")
            self.trouble = f"{type(error).__name__}: {error}"
        finally:
            self.has_ended = True

    def _read(self) -> None:
        with closing(self._open_source()) as source:
            self._source = source
            name = source.name
            for frame in source.frames():
                if self._given_up:
                    return
                self._taken.append(frame.taken_at.mono)
                self._take(frame, name)
