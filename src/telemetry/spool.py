"""A folder of batches that wait to be sent: whole files, the oldest first, bounded in bytes.

It may be lost without harm, and is never synced: traces are worth less than the flash they wear.
"""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

MOST_BYTES: Final = 20_000_000  # some 40,000 spans; a weekend of a busy door at 10 %
ENDING: Final = ".otlp"


class Spool:
    """For any thread. Two processes may share a folder: a batch that both send is the same batch."""

    def __init__(self, folder: Path, now: Callable[[], int], most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._now = now
        self._most = most_bytes
        self._lock = threading.Lock()
        self._count = 0
        self._held: int | None = None  # bytes, as far as this process knows
        self.dropped = 0

    def put(self, data: bytes) -> None:
        """Keep a batch; the oldest go where there is no room. On a full disk it is dropped."""
        with self._lock:
            self._count += 1
            name = f"{self._now():020d}-{os.getpid()}-{self._count:06d}"
            try:
                self._make_room(len(data))
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                beside = self._folder / f"{name}.new"
                beside.write_bytes(data)
                beside.rename(self._folder / (name + ENDING))
            except OSError:
                self.dropped += 1

    def oldest(self) -> Path | None:
        """The batch that has waited longest."""
        return next(iter(self._files()), None)

    def read(self, path: Path) -> bytes | None:
        """A batch; None where it is gone."""
        try:
            return path.read_bytes()
        except OSError:
            return None

    def remove(self, path: Path) -> None:
        """It was sent, or nobody wants it."""
        path.unlink(missing_ok=True)

    def size(self) -> int:
        """How many bytes wait."""
        return sum(map(_size_of, self._files()))

    def _make_room(self, wanted: int) -> None:
        """Looks at the folder only where there may be no room: it may hold thousands of files."""
        if self._held is not None and self._held + wanted <= self._most:
            self._held += wanted
            return
        files = self._files()
        held = sum(map(_size_of, files))
        for path in files:
            if held + wanted <= self._most:
                break
            held -= _size_of(path)
            self.remove(path)
            self.dropped += 1
        self._held = held + wanted

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob(f"*{ENDING}"))


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
