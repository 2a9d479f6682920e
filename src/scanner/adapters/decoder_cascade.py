"""One decoder after another: the first on every frame, the others on stills it could not read."""

from collections import Counter
from collections.abc import Sequence

from scanner.door.frame import Frame, Reading
from scanner.ports import QrDecoder


class DecoderCascade:
    """``live`` reads every frame; ``behind`` follow in order on a still, until one finds something.

    ``found_by`` counts what each stage read.
    """

    def __init__(self, *, live: QrDecoder, behind: Sequence[QrDecoder] = ()) -> None:
        self._live = live
        self._behind = tuple(behind)
        self.found_by: Counter[str] = Counter()

    def decode(self, frame: Frame) -> tuple[Reading, ...]:
        """Every code in view."""
        found = self._live.decode(frame)
        if not found and frame.still:
            found = self._look_again(frame)
        self.found_by.update(reading.stage for reading in found)
        return found

    def _look_again(self, frame: Frame) -> tuple[Reading, ...]:
        for decoder in self._behind:
            found = decoder.decode(frame)
            if found:
                return found
        return ()
