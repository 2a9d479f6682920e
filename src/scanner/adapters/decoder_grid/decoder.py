"""A ``QrDecoder`` that reads what others do not: bent, glared, blurred, in the dark.

A still is read at once, by everything there is, within STILL_MOST. For live frames a thread is begun, which
:meth:`GridDecoder.close` ends; what it read comes with a later frame (rules in ``live``).
"""

import logging
import threading
from typing import Final

from cardcore.ids import Micros
from scanner.adapters.decoder_grid.duty import EASY_SHARE, Duty
from scanner.adapters.decoder_grid.live import Job, LiveTier, StreamReader
from scanner.adapters.decoder_grid.readings import as_door_reading
from scanner.door.frame import Frame, Reading
from scanner.door.moment import MICROS
from scanner.ports import Clock
from scanner.reading.cascade import STILL_BUDGET_SECONDS, read_still
from scanner.reading.live import LiveReader

STILL_MOST: Final = Micros(
    round(STILL_BUDGET_SECONDS * MICROS)
)  # with the last step, 1.5 s at most
_IDLE: Final = 0.5  # seconds until an idle thread looks whether it was forgotten
_log = logging.getLogger(__name__)


class GridDecoder:
    """The elastic grid.

    ``reader`` is what looks at live frames. ``accepts_model_1`` reads the forerunner of today's code on stills too.
    """

    def __init__(
        self, *, clock: Clock, reader: StreamReader | None = None, accepts_model_1: bool = False
    ) -> None:
        self._mono = clock.mono
        self._tier = LiveTier(LiveReader() if reader is None else reader, clock.mono)
        self._duty = Duty(clock.mono)
        self._easy = Duty(clock.mono, EASY_SHARE)
        self._accepts_model_1 = accepts_model_1
        self._offered = threading.Event()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def decode(self, frame: Frame) -> tuple[Reading, ...]:
        """Every code in view: of a still all, of a live frame what is ready."""
        if frame.luma.size == 0:
            return ()
        if not frame.still:
            return self.late(frame, ())
        end = self._mono() + STILL_MOST
        found = read_still(
            frame.luma,
            deadline=lambda: self._mono() > end,
            accepts_model_1=self._accepts_model_1,
        )
        return tuple(as_door_reading(reading) for reading in found)

    def late(self, frame: Frame, read: tuple[Reading, ...]) -> tuple[Reading, ...]:
        """What the grid has read of late that is in view of ``frame`` and not among ``read``. Never waits."""
        if self._closed.is_set() or frame.luma.size == 0:
            return ()
        late = self._tier.offer(frame, read)
        if self._tier.has_work:
            self._begin()
            self._offered.set()
        return late

    def close(self) -> None:
        """End the thread; the look under way is given up at its next step."""
        self._closed.set()
        self._tier.close()
        self._offered.set()
        if self._thread is not None:
            self._thread.join()

    @property
    def worked(self) -> Micros:
        """How long the thread has looked at frames so far, in µs."""
        return self._duty.worked

    def _begin(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._loop, name="grid", daemon=True)
            self._thread.start()

    def _loop(self) -> None:
        while not self._closed.is_set():
            rest = self._rest / MICROS
            self._offered.wait(rest if rest > 0 else _IDLE)
            self._offered.clear()
            try:
                self._work(self._tier.take_glance())
                if self._rest == 0:
                    self._work(self._tier.take())
            except Exception:  # noqa: BLE001 -- a thread loop: it logs and goes on; frames are read without it
                _log.exception("the grid failed in a way nobody foresaw")

    @property
    def _rest(self) -> Micros:
        return (self._easy if self._tier.is_familiar else self._duty).rest

    def _work(self, job: Job | None) -> None:
        if job is None:
            return
        duties = (self._duty, self._easy)
        for duty in duties:
            duty.begin()
        try:
            self._tier.tell(job, self._tier.look(job))
        finally:
            for duty in duties:
                duty.end()
