"""A real door of the simulated day: a process, a folder for its camera, a file for what it prints.

``clock``: it runs under libfaketime, and its wall clock can be set; monotonic time is left alone. ``watched``: it runs
under strace, and its power can be cut. ``small``: its data lies on a disk of its own, which can be filled.
"""

import os
import random
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.fakes.power_cut import Disk, Kept, events_in, traced
from tests.fakes.scanner_folder import picture_of
from tests.fakes.scanner_program import GATEPOST

FAKETIME: Final = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)
NOTICED_WITHIN_S: Final = 2.5  # libfaketime looks at its file once a second
BRISK: Final = {
    "GATEPOST_SYNC_EVERY_S": "0.5",
    "GATEPOST_FEED_EVERY_S": "0.5",
    "GATEPOST_CIRCUIT_OPEN_S": "1",
    "GATEPOST_DECODERS": "zxing",
}


@dataclass(slots=True)
class DoorProcess:
    """A door's folder, its camera, and the process that runs it now."""

    data: Path
    watched: bool = False
    small: bool = False
    process: "subprocess.Popen[bytes] | None" = None
    shown: int = 0
    _before: dict[str, bytes] = field(default_factory=dict)

    @property
    def camera(self) -> Path:
        return self.data.with_name(f"{self.data.name}-camera")

    @property
    def printed(self) -> Path:
        return self.data.with_name(f"{self.data.name}.jsonl")

    @property
    def errors(self) -> Path:
        return self.data.with_name(f"{self.data.name}.errors")

    @property
    def _clock(self) -> Path:
        return self.data.with_name(f"{self.data.name}.clock")

    @property
    def _trace(self) -> Path:
        return self.data.with_name(f"{self.data.name}.trace")

    def start(self) -> None:
        shutil.rmtree(self.camera, ignore_errors=True)
        self.camera.mkdir()
        source = f"watch:{self.camera}"
        command = [str(GATEPOST), "run", "--json", "--source", source, "--data", str(self.data)]
        if self.watched:
            self._before = self._files()
            command = traced(self._trace, *command)
        with self.printed.open("ab") as out, self.errors.open("ab") as errors:
            if out.tell() and not self.printed.read_bytes().endswith(b"\n"):
                out.truncate(self.printed.read_bytes().rfind(b"\n") + 1)  # cut by kill -9
            self.process = subprocess.Popen(
                command, stdout=out, stderr=errors, env=os.environ | BRISK | self._faked()
            )

    def stop(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            os.kill(self._pid(self.process), number)
            self.process.wait(30)

    def cut_power(self, chance: random.Random) -> Kept:
        """Kill it, and leave on the disk what was synced, and of the rest what chance keeps."""
        self.stop(signal.SIGKILL)
        disk = Disk(self._before)
        for event in events_in(self._trace, self.data):
            disk.take(event)
        kept = chance.choice(list(Kept))
        files = disk.after_a_cut(kept, chance)
        for name in self._files().keys() - files.keys():
            (self.data / name).unlink()
        for name, content in files.items():
            with (self.data / name).open("wb") as file:
                file.write(content)
        return kept

    def set_clock(self, seconds: int) -> None:
        """Its wall clock reads so many seconds more than the time."""
        part = self._clock.with_suffix(".part")
        part.write_text(f"{seconds:+d}\n")
        part.replace(self._clock)
        time.sleep(NOTICED_WITHIN_S)

    def verdicts(self) -> int:
        """How many it has printed."""
        return self.printed.read_bytes().count(b"\n")

    def hold_up(self, text: str) -> None:
        self.shown += 1
        made = picture_of(text, self.data.with_name("made.png"))
        made.replace(self.camera / f"{self.shown:05}.png")

    def _files(self) -> dict[str, bytes]:
        return {
            path.name: path.read_bytes()
            for path in self.data.iterdir()
            if path.is_file() and not path.name.endswith(("-shm", ".lock"))
        }

    def _faked(self) -> dict[str, str]:
        if FAKETIME is None:
            return {}
        if not self._clock.exists():
            self._clock.write_text("+0\n")
        return {
            "LD_PRELOAD": str(FAKETIME),
            "FAKETIME_TIMESTAMP_FILE": str(self._clock),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }

    def _pid(self, process: "subprocess.Popen[bytes]") -> int:
        """Of the door itself: strace stays, to write down the end."""
        if not self.watched:
            return process.pid
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        with suppress(OSError, ValueError, IndexError):
            return int(children.read_text().split()[0])
        return process.pid
