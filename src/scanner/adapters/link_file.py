"""Circuits as files, so that ``gatepost status`` and ``gatepost link reset`` reach a door that runs in another process.

A running door writes one small file a circuit, whole or not at all, and takes it away at its end. A reset is a file
that is replaced: each circuit remembers the one it has acted on, so none is lost and none is taken twice. It is acted
on by the thread that makes the calls: pybreaker's ``close`` waits for a call under way, and would hang whoever asks.
"""

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from cardcore.ids import Micros
from scanner.circuit import CircuitFacts
from scanner.door.moment import Moment

RESET_FILE: Final = "link.reset"
CIRCUITS: Final = ("status", "sync", "feed")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Noted:
    """A file's content; ``boot`` and ``pid`` tell whether it is of a door that still runs."""

    pid: int
    boot: str
    state: str
    failures: int
    opened_since: int | None
    next_try: int | None


def _path(folder: Path, name: str) -> Path:
    return folder / f"link.{name}.json"


class LinkFile:
    """The CircuitNotes of one circuit of this process."""

    def __init__(self, folder: Path, name: str, boot_id: bytes) -> None:
        self._path = _path(folder, name)
        self._flag = folder / RESET_FILE
        self._boot = boot_id.hex()
        self._acted_on = self._stamp()  # a circuit begins closed

    def tell(self, facts: CircuitFacts) -> None:
        """Write it down; a full disk is told elsewhere."""
        noted = _Noted(
            pid=os.getpid(),
            boot=self._boot,
            state=facts.state,
            failures=facts.failures,
            opened_since=facts.opened_since,
            next_try=facts.next_try,
        )
        _write(self._path, msgspec.json.encode(noted))

    def reset_is_wanted(self) -> bool:
        """Whether the flag is another than the one acted on."""
        return self._stamp() != self._acted_on

    def reset_done(self) -> None:
        """The flag as it is now has been acted on."""
        self._acted_on = self._stamp()

    def close(self) -> None:
        """The circuit ends: nothing is told of it any more."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError:
            _log.info("%s stays behind", self._path)

    def _stamp(self) -> tuple[int, int] | None:
        try:
            found = self._flag.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns


def read_circuits(folder: Path, now: Moment) -> dict[str, CircuitFacts]:
    """The circuits of the door that runs on this folder, by name; none where none runs."""
    found = {name: _read(_path(folder, name), now) for name in CIRCUITS}
    return {name: facts for name, facts in found.items() if facts is not None}


def running_pid(folder: Path, now: Moment) -> int | None:
    """The process of the door that runs on this folder; None where none runs."""
    found = (_noted(_path(folder, name), now) for name in CIRCUITS)
    return next((noted.pid for noted in found if noted is not None), None)


def ask_reset(folder: Path) -> bool:
    """Ask every circuit of this folder to close at its next call; whether that could be written."""
    return _write(folder / RESET_FILE, b"")


def _noted(path: Path, now: Moment) -> _Noted | None:
    try:
        noted = msgspec.json.decode(path.read_bytes(), type=_Noted)
    except (OSError, msgspec.DecodeError):
        return None
    return noted if noted.boot == now.boot_id.hex() and _runs(noted.pid) else None


def _read(path: Path, now: Moment) -> CircuitFacts | None:
    noted = _noted(path, now)
    if noted is None:
        return None
    return CircuitFacts(
        state=noted.state,
        failures=noted.failures,
        opened_since=None if noted.opened_since is None else Micros(noted.opened_since),
        next_try=None if noted.next_try is None else Micros(noted.next_try),
    )


def _runs(pid: int) -> bool:
    if pid <= 0:  # 0 and below are whole groups to kill()
        return False
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True  # another user's
    except (OSError, OverflowError):
        return False
    return True


def _write(path: Path, data: bytes) -> bool:
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    except OSError as error:
        _log.info("%s cannot be written: %s", path, error)
        return False
    return True
