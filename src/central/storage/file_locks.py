"""Locks by number between the processes that share one SQLite file.

SQLite itself can only let a writer wait. Each lock here is one byte, far out in an empty file beside the database; it
belongs to whoever opened the file (an open-file-description lock, Linux 3.15), so it holds between threads as well, and
the kernel lets go of it when its holder dies.
"""

import fcntl
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from central.errors import StorageDownError

_FLOCK: Final = "hhqqi"  # struct flock: type, whence, start, length, process (0 for this kind)
_FARTHEST: Final = (1 << 62) - 1  # a place in a file is a signed number of 64 bits


@contextmanager
def try_file_lock(path: Path, number: int) -> Iterator[bool]:
    """Have the lock of this number until the block ends; whether it was free.

    Raises:
        StorageDownError: the file cannot be made or locked.
    """
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        msg = f"{path} cannot be opened: {error.strerror}"
        raise StorageDownError(msg) from error
    try:
        yield _try_lock(file, path, number & _FARTHEST)
    finally:
        os.close(file)


def _try_lock(file: int, path: Path, place: int) -> bool:
    wanted = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, place, 1, 0)
    try:
        fcntl.fcntl(file, fcntl.F_OFD_SETLK, wanted)
    except (BlockingIOError, PermissionError):  # POSIX leaves it open which of the two
        return False
    except OSError as error:
        msg = f"{path} cannot be locked: {error.strerror}"
        raise StorageDownError(msg) from error
    return True
