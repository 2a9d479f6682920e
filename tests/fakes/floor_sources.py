"""A camera that does what cameras do: it gives frames, stalls, hangs, fails and comes back."""

import queue
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.door.frame import Frame
from scanner.errors import CameraError


@dataclass(frozen=True)
class _Fails:
    why: str


@dataclass(frozen=True)
class _Breaks:
    error: Exception


class _Ends:
    pass


class StagedSource:
    """A FrameSource played by the test. It stalls whenever it was given nothing; ``hangs`` ignores ``close``."""

    def __init__(self, name: str = "camera:staged", *, hangs: bool = False) -> None:
        self.name = name
        self.closed = False
        self._hangs = hangs
        self._script: queue.Queue[Frame | _Fails | _Breaks | _Ends] = queue.Queue()

    def give(self, frame: Frame) -> None:
        self._script.put(frame)

    def fail(self, why: str = "it was unplugged") -> None:
        self._script.put(_Fails(why))

    def break_down(self, error: Exception) -> None:
        self._script.put(_Breaks(error))

    def end(self) -> None:
        self._script.put(_Ends())

    def frames(self) -> Iterator[Frame]:
        while True:
            match self._script.get():
                case _Fails(why):
                    raise CameraError(why)
                case _Breaks(error):
                    raise error
                case _Ends():
                    return
                case Frame() as frame:
                    yield frame

    def close(self) -> None:
        self.closed = True
        if not self._hangs:
            self.end()


class Plug:
    """What opens cameras: the next one that was plugged in, or none."""

    def __init__(self, *sources: StagedSource) -> None:
        self._sources = list(sources)
        self.opened: queue.Queue[StagedSource | None] = queue.Queue()

    def plug_in(self, source: StagedSource) -> None:
        self._sources.append(source)

    def __call__(self) -> StagedSource:
        if not self._sources:
            self.opened.put(None)
            msg = "no such device"
            raise CameraError(msg)
        source = self._sources.pop(0)
        self.opened.put(source)
        return source
