"""The machine below: the process, its memory, the disk. Read from /proc; where there is none, nothing is held against it."""

import os
import shutil
from pathlib import Path
from typing import Final

from telemetry.health import Finding

PROC: Final = Path("/proc")
MEMORY_LEAST: Final = 0.05  # of the machine's memory: with less, the system ends programs
_MB: Final = 1_000_000
_KIB: Final = 1_024


def look_at_process(pid: int | None, proc: Path = PROC) -> Finding:
    """Whether process ``pid`` runs; None for one that does not."""
    if pid is None:
        return Finding(healthy=False, words="no such program runs here")
    stat = proc / str(pid) / "stat"
    if proc.exists() and not stat.exists():
        return Finding(healthy=False, words=f"process {pid} does not run any more")
    threads = _field(proc / str(pid) / "status", "Threads:")
    words = f"process {pid} runs" + ("" if threads is None else f" with {threads} threads")
    return Finding(healthy=True, words=words, figures={"pid": pid, "threads": threads})


def look_at_memory(pid: int | None, proc: Path = PROC) -> Finding:
    """How much memory the machine has left, and how much process ``pid`` uses."""
    total = _field(proc / "meminfo", "MemTotal:")
    free = _field(proc / "meminfo", "MemAvailable:")
    if not total or free is None:
        return Finding(healthy=True, words="this system does not tell how much memory is free")
    used = None if pid is None else _field(proc / str(pid) / "status", "VmRSS:")
    mine = "" if used is None else f"; the program uses {used * _KIB // _MB} MB"
    words = f"{free * _KIB // _MB} of {total * _KIB // _MB} MB are free{mine}"
    figures = {
        "free_bytes": free * _KIB,
        "total_bytes": total * _KIB,
        "used_bytes": None if used is None else used * _KIB,
    }
    return Finding(healthy=free >= MEMORY_LEAST * total, words=words, figures=figures)


def look_at_disk(folder: Path, least: int) -> Finding:
    """How many bytes are free where ``folder`` is, and whether they are ``least`` at least."""
    try:
        disk = shutil.disk_usage(folder)
    except OSError as error:
        return Finding(healthy=False, words=f"the disk cannot be looked at: {error.strerror}")
    words = f"{disk.free // _MB} of {disk.total // _MB} MB are free, {least // _MB} are needed"
    figures = {"free_bytes": disk.free, "total_bytes": disk.total}
    return Finding(healthy=disk.free >= least, words=words, figures=figures)


def own_pid() -> int:
    """The number of this process."""
    return os.getpid()


def _field(path: Path, name: str) -> int | None:
    """The first number behind ``name`` in a file of /proc."""
    try:
        lines = path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith(name):
            words = line.split()
            return int(words[1]) if len(words) > 1 and words[1].isdecimal() else None
    return None
