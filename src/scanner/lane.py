"""A lane runs the path over what it is given: pictures one by one, or a source's frames until it ends."""

from collections.abc import Callable, Iterator
from pathlib import Path

from cardcore.ids import Micros
from scanner.door.debounce import Debounce
from scanner.door.frame import Frame, Luma
from scanner.pipeline import Answer, ScanPipeline
from scanner.ports import Clock, FrameSource

OpenPicture = Callable[[Path], Luma | str]
"""A grey picture, or the word for why there is none."""

NO_CODE = "no_code"
STILL = "picture"  # what the log calls the source of a picture that was scanned


class StillLane:
    """Judges pictures; each code in each of them is a presentation, nothing is debounced."""

    def __init__(self, *, pipeline: ScanPipeline, clock: Clock, open_picture: OpenPicture) -> None:
        self._pipeline = pipeline
        self._clock = clock
        self._open_picture = open_picture

    def answers(self, path: Path) -> list[tuple[Answer, Micros]] | str:
        """An answer a code with the µs it took from opening the file on, or the word for why there is none."""
        began = self._clock.mono()
        picture = self._open_picture(path)
        if isinstance(picture, str):
            return str(picture)
        frame = Frame(luma=picture, taken_at=self._clock.now(), still=True)
        presentations = self._pipeline.presentations(frame, STILL, debounce=None)
        if not presentations:
            return NO_CODE
        return [
            (self._pipeline.answer(shown), Micros(self._clock.mono() - began))
            for shown in presentations
        ]


class LiveLane:
    """Judges what a source shows; a card held in view is one presentation."""

    def __init__(self, *, pipeline: ScanPipeline, source: FrameSource) -> None:
        self._pipeline = pipeline
        self._source = source
        self._debounce = Debounce()

    def answers(self) -> Iterator[Answer]:
        """An answer a presentation, until the source ends.

        Raises:
            CameraError: the source gives no frames.
        """
        name = self._source.name
        for frame in self._source.frames():
            for shown in self._pipeline.presentations(frame, name, self._debounce):
                yield self._pipeline.answer(shown)
