"""Cut the power of a real process at any point: what strace saw it write and sync is played again up to there.

What was synced is on the disk. Of what was written since, nothing, everything or any 512-byte piece may be, in any order.
Files that were made, renamed or removed are taken as the process left them: lost directory entries are not modelled.
"""

import random
import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeAlias

STRACE: Final = shutil.which("strace")
_CALLS: Final = "openat,pwrite64,write,fsync,fdatasync,ftruncate,unlink,rename"
_LONGEST: Final = 4_000_000  # bytes of one write
_LINE: Final = re.compile(rb"^(\d+) +(.*)$")
_UNFINISHED: Final = b" <unfinished ...>"
_RESUMED: Final = re.compile(rb"^<\.\.\. \w+ resumed>(.*)$")
_CALL: Final = re.compile(rb"^(\w+)\((.*)\) += (-?\d+)")
_FILE: Final = re.compile(rb"^(\d+)<([^>]*)>")
_TEXT: Final = re.compile(rb'"((?:\\x[0-9a-f]{2})*)"')
_LEFT_OUT: Final = ("-shm", ".lock")  # made anew, or empty
_WITH_PATHS: Final = (b"openat", b"unlink", b"rename")
SECTOR: Final = 512


@dataclass(frozen=True, slots=True)
class Written:
    file: str
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class CutShort:
    file: str
    size: int


@dataclass(frozen=True, slots=True)
class SyncBegan:
    file: str
    thread: bytes


@dataclass(frozen=True, slots=True)
class SyncEnded:
    file: str
    thread: bytes


@dataclass(frozen=True, slots=True)
class Gone:
    file: str


@dataclass(frozen=True, slots=True)
class Renamed:
    file: str
    to: str


@dataclass(frozen=True, slots=True)
class Printed:
    """What the process let the world see."""

    data: bytes


Event: TypeAlias = Written | CutShort | SyncBegan | SyncEnded | Gone | Renamed | Printed


class Kept(StrEnum):
    """What a disk has of that which was not synced when the power went."""

    NOTHING = "nothing"
    EVERYTHING = "everything"
    PIECES = "pieces"


def traced(trace: Path, *command: str) -> list[str]:
    """The command that runs ``command`` under watch."""
    assert STRACE is not None
    strings = ["-xx", "-s", str(_LONGEST)]
    return [
        STRACE,
        "-f",
        "-y",
        *strings,
        "--seccomp-bpf",
        "-e",
        f"trace={_CALLS}",
        "-o",
        str(trace),
        *command,
    ]


def may_trace() -> bool:
    """Whether this machine has strace, and lets us use it."""
    if STRACE is None:
        return False
    run = subprocess.run(
        [STRACE, "-f", "--seccomp-bpf", "-o", "/dev/null", "true"], capture_output=True, check=False
    )
    return run.returncode == 0


def events_in(trace: Path, folder: Path) -> Iterator[Event]:
    """What happened to the files in ``folder``, and what was printed, in order."""
    at: dict[int, int] = {}
    for thread, call, arguments, result in _calls(trace):
        if call in {b"fsync", b"fdatasync"} and (name := _name(_opened(arguments)[1], folder)):
            yield SyncBegan(name, thread) if result is None else SyncEnded(name, thread)
        elif result is not None and result >= 0:
            told = _by_path if call in _WITH_PATHS else _by_descriptor
            yield from told(call, arguments, result, folder, at)


def _by_path(
    call: bytes, arguments: bytes, result: int, folder: Path, at: dict[int, int]
) -> Iterator[Event]:
    texts = [_text(found) for found in _TEXT.findall(arguments)]
    name = _name(texts[0], folder)
    if call == b"openat":
        at[result] = 0
        if name and b"O_TRUNC" in arguments:
            yield CutShort(name, 0)
    elif name and call == b"unlink":
        yield Gone(name)
    elif name:
        yield Renamed(name, _name(texts[1], folder))


def _by_descriptor(
    call: bytes, arguments: bytes, result: int, folder: Path, at: dict[int, int]
) -> Iterator[Event]:
    descriptor, path = _opened(arguments)
    name, data = _name(path, folder), b"".join(map(_text, _TEXT.findall(arguments)))[:result]
    if call == b"write" and descriptor == 1:
        yield Printed(data)
    elif name and call == b"ftruncate":
        yield CutShort(name, _last_number(arguments))
    elif name and call == b"pwrite64":
        yield Written(name, _last_number(arguments), data)
    elif name:
        yield Written(name, at.get(descriptor, 0), data)
        at[descriptor] = at.get(descriptor, 0) + result


def _calls(trace: Path) -> Iterator[tuple[bytes, bytes, bytes, int | None]]:
    """Thread, call, arguments and result; a sync is told twice, first without its result, when it begins."""
    begun: dict[bytes, bytes] = {}
    with trace.open("rb") as lines:
        for line in lines:
            found = _LINE.match(line)
            if found is None:
                continue
            thread, rest = found.groups()
            if rest.endswith(_UNFINISHED):
                begun[thread] = rest.removesuffix(_UNFINISHED)
                if rest.startswith((b"fsync(", b"fdatasync(")):
                    call, _, arguments = begun[thread].partition(b"(")
                    yield thread, call, arguments, None
                continue
            resumed = _RESUMED.match(rest)
            whole = rest if resumed is None else begun.pop(thread, b"") + resumed[1]
            parts = _CALL.match(whole)
            if parts is None:
                continue
            call, arguments, result = parts[1], parts[2], int(parts[3])
            if resumed is None and call in {b"fsync", b"fdatasync"}:
                yield thread, call, arguments, None
            yield thread, call, arguments, result


class Disk:
    """A folder as the disk has it; ``printed`` is what the world has seen."""

    def __init__(self, files: dict[str, bytes] | None = None) -> None:
        self._safe = {name: bytearray(data) for name, data in (files or {}).items()}
        self._waiting: dict[str, list[Written | CutShort]] = defaultdict(list)
        self._syncing: dict[tuple[str, bytes], int] = {}
        self.printed = bytearray()

    def take(self, event: Event) -> None:
        """One more event."""
        match event:
            case Written() | CutShort():
                self._safe.setdefault(event.file, bytearray())
                self._waiting[event.file].append(event)
            case SyncBegan():
                self._syncing[event.file, event.thread] = len(self._waiting[event.file])
            case SyncEnded():
                self._sync(event.file, self._syncing.pop((event.file, event.thread), 0))
            case Gone():
                self._safe.pop(event.file, None)
                self._waiting.pop(event.file, None)
            case Renamed():
                self._safe[event.to] = self._safe.pop(event.file, bytearray())
                self._waiting[event.to] = self._waiting.pop(event.file, [])
            case Printed():
                self.printed += event.data

    def after_a_cut(self, kept: Kept, chance: random.Random) -> dict[str, bytes]:
        """What there is when the power is back."""
        files: dict[str, bytes] = {}
        for name, safe in self._safe.items():
            content = bytearray(safe)
            for change in self._waiting.get(name, ()):
                _apply(content, change, kept, chance)
            files[name] = bytes(content)
        return files

    def _sync(self, name: str, most: int) -> None:
        waiting = self._waiting[name]
        for change in waiting[:most]:
            _apply(self._safe[name], change, Kept.EVERYTHING, None)
        del waiting[:most]
        # of two syncs at once, the other has less to do now
        for key, count in self._syncing.items():
            if key[0] == name:
                self._syncing[key] = max(0, count - most)


@dataclass(slots=True)
class Cuts:
    """Points of a trace at which the power goes."""

    events: list[Event]
    before: dict[str, bytes] = field(default_factory=dict)

    def at(self, points: Iterable[int]) -> Iterator[tuple[int, Disk]]:
        """The disk at each of ``points``, which grow."""
        disk, done = Disk(self.before), 0
        for point in points:
            for event in self.events[done:point]:
                disk.take(event)
            done = point
            yield point, disk


def put(files: dict[str, bytes], folder: Path) -> None:
    """Write them into an empty folder."""
    for name, data in files.items():
        (folder / name).write_bytes(data)


def _apply(
    content: bytearray, change: Written | CutShort, kept: Kept, chance: random.Random | None
) -> None:
    if isinstance(change, CutShort):
        if kept is Kept.EVERYTHING or (
            chance is not None and kept is Kept.PIECES and chance.random() < 0.5
        ):
            del content[change.size :]
            content.extend(bytes(change.size - len(content)))
        return
    for start in range(0, len(change.data), SECTOR):
        if kept is Kept.NOTHING or (
            chance is not None and kept is Kept.PIECES and chance.random() < 0.5
        ):
            continue
        piece, offset = change.data[start : start + SECTOR], change.offset + start
        content.extend(bytes(max(0, offset - len(content))))
        content[offset : offset + len(piece)] = piece


def _opened(arguments: bytes) -> tuple[int, bytes]:
    found = _FILE.match(arguments)
    return (-1, b"") if found is None else (int(found[1]), _text(found[2]))


def _text(escaped: bytes) -> bytes:
    return bytes.fromhex(escaped.replace(b"\\x", b"").decode())


def _last_number(arguments: bytes) -> int:
    return int(arguments.rpartition(b",")[2])


def _name(path: bytes, folder: Path) -> str:
    """The file's name, if it lies in ``folder`` and counts."""
    found = Path(path.decode("utf-8", "replace"))
    return "" if found.parent != folder or found.name.endswith(_LEFT_OUT) else found.name
