"""A lane runs the path over what it is given: pictures one by one, or a source's frames until it ends."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from cardcore.ids import Micros
from scanner.door.debounce import Debounce
from scanner.door.frame import Frame, Luma, Presentation
from scanner.pipeline import Answer, ScanPipeline
from scanner.ports import Clock, FrameSource
from scanner.sync.pace import RefreshPace

OpenPicture = Callable[[Path], Luma | str]
"""A grey picture, or the word for why there is none."""

NO_CODE = "no_code"
STILL = "picture"  # what the log calls the source of a picture that was scanned
# at least two: a picture that does not read waits for its budget to run out
READ_AHEAD = min(4, max(2, os.cpu_count() or 1))  # pictures; each may be 16 megapixels in memory

StillAnswers = list[tuple[Answer, Micros]] | str
_Seen = tuple[tuple[Presentation, ...] | str, Micros]


class StillLane:
    """Judges pictures; each code in each of them is a presentation, nothing is debounced."""

    def __init__(self, *, pipeline: ScanPipeline, clock: Clock, open_picture: OpenPicture) -> None:
        self._pipeline = pipeline
        self._clock = clock
        self._open_picture = open_picture

    def answers(self, path: Path) -> StillAnswers:
        """An answer a code with the µs it took from opening the file on, or the word for why there is none."""
        return self._judged(self._seen(path))

    def all_answers(
        self, paths: Iterable[Path]
    ) -> Generator[tuple[Path, StillAnswers], None, None]:
        """Each path with its :meth:`answers`, in order.

        The pictures that follow are read meanwhile, one on each core; the path is taken by one at a time.
        """
        with ThreadPoolExecutor(READ_AHEAD, thread_name_prefix="still") as pool:
            ahead: deque[tuple[Path, Future[_Seen]]] = deque()
            try:
                for path in paths:
                    ahead.append((path, pool.submit(self._seen, path)))
                    if len(ahead) > READ_AHEAD:
                        earliest, seen = ahead.popleft()
                        yield earliest, self._judged(seen.result())
                while ahead:
                    earliest, seen = ahead.popleft()
                    yield earliest, self._judged(seen.result())
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def _seen(self, path: Path) -> _Seen:
        began = self._clock.mono()
        picture = self._open_picture(path)
        if isinstance(picture, str):
            return str(picture), Micros(0)
        frame = Frame(luma=picture, taken_at=self._clock.now(), still=True)
        presentations = self._pipeline.presentations(frame, STILL, debounce=None)
        return presentations or NO_CODE, Micros(self._clock.mono() - began)

    def _judged(self, seen: _Seen) -> StillAnswers:
        found, took = seen
        if isinstance(found, str):
            return found
        began = self._clock.mono()
        return [
            (self._pipeline.answer(shown), Micros(took + self._clock.mono() - began))
            for shown in found
        ]


class LiveLane:
    """Judges what a source shows; a card held in view is one presentation."""

    def __init__(
        self, *, pipeline: ScanPipeline, source: FrameSource, pace: RefreshPace | None = None
    ) -> None:
        self.pace = pace
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
