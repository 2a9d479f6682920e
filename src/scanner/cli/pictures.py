"""Which files a command reads when it is given paths."""

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

# What a folder is searched for; a file named outright is always tried.
SUFFIXES: Final = frozenset(
    [
        ".avif",
        ".bmp",
        ".dib",
        ".gif",
        ".jp2",
        ".jpe",
        ".jpeg",
        ".jpg",
        ".pbm",
        ".pgm",
        ".png",
        ".pnm",
        ".ppm",
        ".ras",
        ".sr",
        ".tif",
        ".tiff",
        ".webp",
    ]
)

STDIN: Final = Path("-")


def expand(paths: Iterable[Path]) -> Iterator[Path]:
    """Files as they are, folders as the pictures in them in the order of their names, ``-`` as paths on stdin."""
    for path in paths:
        if path == STDIN:
            lines = sys.stdin.buffer  # a file's name is bytes, in any encoding
            yield from (Path(os.fsdecode(line.rstrip(b"\n"))) for line in lines)
        else:
            yield from _pictures_at(path)


def _pictures_at(path: Path) -> list[Path]:
    try:
        if not path.is_dir():
            return [path]
        return sorted(
            found
            for found in path.iterdir()
            if found.suffix.lower() in SUFFIXES and found.is_file()
        )
    except OSError:  # too long a name, a folder that is not ours: opening it says why
        return [path]
