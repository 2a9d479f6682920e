"""A folder of pictures as a camera: each file one frame, in the order of their names.

Followed, it never ends: a file that is new or was written again is another frame, and a folder that is gone is a lost camera.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from scanner.door.frame import Frame
from scanner.errors import CameraError
from scanner.lane import OpenPicture
from scanner.ports import Clock

NAME_CHARS: Final = 64
FOLLOW_EVERY: Final = 0.25  # seconds until a followed folder is looked at again


class FolderFrames:
    """Every picture once; ``pause`` seconds are waited between two, by ``wait``, which ``wake`` ends.

    A file that is no picture, or too large a one, is passed over; ``passed_over`` is told its path and the word for why.
    """

    def __init__(
        self,
        folder: Path,
        *,
        clock: Clock,
        open_picture: OpenPicture,
        wait: Callable[[float], object],
        pause: float = 0.0,
        wake: Callable[[], object] = lambda: None,
        follow: bool = False,
        passed_over: Callable[[Path, str], object] = lambda _path, _why: None,
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._open_picture = open_picture
        self._wait = wait
        self._pause = pause
        self._wake = wake
        self._follow = follow
        self._passed_over = passed_over
        self._closed = False

    @property
    def name(self) -> str:
        """``folder:…``, at most 64 characters."""
        return f"folder:{self._folder.name}"[:NAME_CHARS]

    def close(self) -> None:
        """End the stream of frames."""
        self._closed = True
        self._wake()

    def frames(self) -> Iterator[Frame]:
        """One frame a picture.

        Raises:
            CameraError: there is no such folder.
        """
        shown: set[tuple[Path, int, int]] = set()
        while True:
            versions = self._versions()
            shown.intersection_update(versions)  # what is gone need not be remembered
            for version in versions:
                if self._closed:
                    return
                if version not in shown:
                    shown.add(version)
                    yield from self._frame(version[0])
            if not self._follow or self._closed:
                return
            self._wait(FOLLOW_EVERY)

    def _versions(self) -> list[tuple[Path, int, int]]:
        """Each file with its age and size: one that is still being written is looked at again."""
        try:
            paths = sorted(path for path in self._folder.iterdir() if path.is_file())
            stats = [(path, path.stat()) for path in paths]
        except OSError as error:
            msg = f"cannot open {self.name}: {error}"
            raise CameraError(msg) from error
        return [(path, stat.st_mtime_ns, stat.st_size) for path, stat in stats]

    def _frame(self, path: Path) -> Iterator[Frame]:
        picture = self._open_picture(path)
        if isinstance(picture, str):
            self._passed_over(path, picture)
            return
        yield Frame(luma=picture, taken_at=self._clock.now())
        self._wait(self._pause)
