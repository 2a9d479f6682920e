"""The small files beside a ledger: who has it open, room kept for the worst moment, and how far its log had come.

- ``NAME.lock``: every program that writes holds it, shared; whoever repairs holds it alone.
- ``NAME.ballast``: BALLAST_BYTES that are given back when the disk is full, so that what is decided then can still be
  written, and the alarm; taken again when there is room.
- ``NAME.reached``: epoch and number of an entry that was written for certain. A ledger that ends before it is an older copy.
"""

import fcntl
import json
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

from cardcore.ids import Epoch, Seq

BALLAST_BYTES: Final = (
    1_000_000  # the log of hundreds of entries, and what SQLite needs to put them in place
)
_ROOM_FOR_BALLAST: Final = 20 * BALLAST_BYTES  # free bytes below which none is taken
Reached = tuple[Epoch, Seq]


class Beside:
    """The files beside the ledger at ``path``, from when it is opened until it is closed."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._ballast = path.with_name(f"{path.name}.ballast")
        self._reached = path.with_name(f"{path.name}.reached")
        self._noted: Reached | None = None
        lock = path.with_name(f"{path.name}.lock")
        self._lock: int | None = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.is_alone = True
        except BlockingIOError:
            fcntl.flock(self._lock, fcntl.LOCK_SH)  # waits for whoever repairs: seconds at most
            self.is_alone = False

    def share(self) -> None:
        """Let others in."""
        if self._lock is not None:
            fcntl.flock(self._lock, fcntl.LOCK_SH)
            self.is_alone = False

    def close(self) -> None:
        """Let the lock go."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def take_ballast(self) -> None:
        """Take up the room, where there is plenty."""
        if self._ballast.exists():
            return
        with suppress(OSError):  # a disk that just filled: the next round tries again
            if shutil.disk_usage(self._ballast.parent).free >= _ROOM_FOR_BALLAST:
                _write(self._ballast, os.urandom(BALLAST_BYTES))

    def free_ballast(self) -> bool:
        """Give the room back; whether there was any to give."""
        try:
            self._ballast.unlink()
        except OSError:
            return False
        return True

    def reached(self) -> Reached | None:
        """An entry that was written for certain; None where nothing is known."""
        try:
            found = json.loads(self._reached.read_bytes())
            return Epoch(bytes.fromhex(found["epoch"])), Seq(int(found["seq"]))
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def note(self, reached: Reached) -> None:
        """This entry is written; on the disk when this returns, unless the disk is in trouble of its own."""
        if reached == self._noted:
            return
        epoch, seq = reached
        with suppress(OSError):  # what is noted is a help, and no condition, of going on
            _write(self._reached, json.dumps({"epoch": epoch.hex(), "seq": seq}).encode())
            self._noted = reached


def _write(path: Path, data: bytes) -> None:
    """Put a whole file in place, or none."""
    part = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with part.open("wb") as file:
            part.chmod(0o600)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
