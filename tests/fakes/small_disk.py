"""A disk that is soon full."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def mounted(folder: Path, size: str = "24m") -> bool:
    """Put a file system in memory at ``folder``; whether that is permitted here."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    return (
        not os.geteuid() and not subprocess.run(mount, capture_output=True, check=False).returncode
    )


def unmount(folder: Path) -> None:
    subprocess.run([shutil.which("umount") or "umount", "-l", str(folder)], check=True)


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of 24 MB in memory."""
    folder.mkdir()
    if not mounted(folder):
        pytest.skip("a small file system needs the right to mount one")
    try:
        yield folder
    finally:
        unmount(folder)


def fill(folder: Path, room: int, name: str = "filler") -> Path:
    """Leave so many bytes free; the file that takes up the rest."""
    filler = folder / name
    with filler.open("wb", buffering=0) as file:
        file.write(bytes(max(0, shutil.disk_usage(folder).free - room)))
    return filler
