"""One decoder after another: the first on every frame, one beside it in its own time, the others on stills."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, runtime_checkable

from scanner.door.debounce import Debounce
from scanner.door.frame import Frame, Reading
from scanner.ports import QrDecoder


@runtime_checkable
class LateDecoder(QrDecoder, Protocol):
    """A decoder that reads live frames beside the first one, in its own time."""

    def late(self, frame: Frame, read: tuple[Reading, ...]) -> tuple[Reading, ...]:
        """What it has read of late that is in view of ``frame`` and not among ``read``. Never waits."""
        ...

    def close(self) -> None:
        """End what runs beside; a second time, nothing."""
        ...


class DecoderCascade:
    """``live`` reads every frame; ``beside`` adds what it has read of late.

    ``behind`` follow in order on a still that ``live`` could not read, until one finds something. ``found_by`` counts
    by what each code was found: a code held in view once. ``tell`` hears of every change of it.
    """

    def __init__(
        self,
        *,
        live: QrDecoder,
        behind: Sequence[QrDecoder] = (),
        beside: LateDecoder | None = None,
        tell: Callable[[Mapping[str, int]], None] = lambda _found_by: None,
    ) -> None:
        self._live = live
        self._behind = tuple(behind)
        self._beside = beside
        self._tell = tell
        self._view = Debounce()
        self._counting = threading.Lock()  # stills are read by several threads at once
        self.found_by: Counter[str] = Counter()

    def decode(self, frame: Frame) -> tuple[Reading, ...]:
        """Every code in view."""
        found = self._live.decode(frame)
        if frame.still:
            found = found or self._look_again(frame)
            self._count(found)
            return found
        if self._beside is not None:
            found += self._beside.late(frame, found)
        self._count(self._view.fresh(found, frame.taken_at))
        return found

    def close(self) -> None:
        """End what runs beside, or what a decoder began that reads by itself."""
        for decoder in (self._live, self._beside):
            if isinstance(decoder, LateDecoder):
                decoder.close()

    def _look_again(self, frame: Frame) -> tuple[Reading, ...]:
        for decoder in self._behind:
            found = decoder.decode(frame)
            if found:
                return found
        return ()

    def _count(self, found: tuple[Reading, ...]) -> None:
        if found:
            with self._counting:
                self.found_by.update(reading.stage for reading in found)
                self._tell(self.found_by)
