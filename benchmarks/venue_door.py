"""A real door of the simulated day: a process, a folder for its camera, a file for what it prints."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.fakes.scanner_folder import picture_of
from tests.fakes.scanner_program import GATEPOST

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
    process: "subprocess.Popen[bytes] | None" = None
    shown: int = 0

    @property
    def camera(self) -> Path:
        return self.data.with_name(f"{self.data.name}-camera")

    @property
    def printed(self) -> Path:
        return self.data.with_name(f"{self.data.name}.jsonl")

    def start(self) -> None:
        shutil.rmtree(self.camera, ignore_errors=True)
        self.camera.mkdir()
        source = f"watch:{self.camera}"
        command = [str(GATEPOST), "run", "--json", "--source", source, "--data", str(self.data)]
        with self.printed.open("ab") as out:
            if out.tell() and not self.printed.read_bytes().endswith(b"\n"):
                out.truncate(self.printed.read_bytes().rfind(b"\n") + 1)  # cut by kill -9
            self.process = subprocess.Popen(
                command, stdout=out, stderr=subprocess.DEVNULL, env=os.environ | BRISK
            )

    def stop(self, number: int) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(30)

    def verdicts(self) -> int:
        """How many it has printed."""
        return self.printed.read_bytes().count(b"\n")

    def hold_up(self, text: str) -> None:
        self.shown += 1
        made = picture_of(text, self.data.with_name("made.png"))
        made.replace(self.camera / f"{self.shown:05}.png")
