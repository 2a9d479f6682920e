"""A folder of pictures as a camera: each file one frame, in the order of their names."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from scanner.door.frame import Frame
from scanner.errors import CameraError
from scanner.lane import OpenPicture
from scanner.ports import Clock

NAME_CHARS: Final = 64


class FolderFrames:
    """Every picture once; ``pause`` seconds are waited between two, by ``wait``.

    A file that is no picture is passed over.
    """

    def __init__(
        self,
        folder: Path,
        *,
        clock: Clock,
        open_picture: OpenPicture,
        wait: Callable[[float], object],
        pause: float = 0.0,
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._open_picture = open_picture
        self._wait = wait
        self._pause = pause
        self._closed = False

    @property
    def name(self) -> str:
        """``folder:…``, at most 64 characters."""
        return f"folder:{self._folder.name}"[:NAME_CHARS]

    def close(self) -> None:
        """End the stream of frames."""
        self._closed = True

    def frames(self) -> Iterator[Frame]:
        """One frame a picture.

        Raises:
            CameraError: there is no such folder.
        """
        try:
            paths = sorted(path for path in self._folder.iterdir() if path.is_file())
        except OSError as error:
            msg = f"cannot open {self.name}: {error}"
            raise CameraError(msg) from error
        for path in paths:
            if self._closed:
                return
            picture = self._open_picture(path)
            if isinstance(picture, str):
                continue
            yield Frame(luma=picture, taken_at=self._clock.now())
            self._wait(self._pause)
