"""Sounds through ``aplay`` (alsa-utils)."""

import shutil
import subprocess
from pathlib import Path
from typing import Protocol


class Playable(Protocol):
    """A sound that is a wav file."""

    @property
    def path(self) -> Path:
        """The file."""
        ...


class AplaySounder:
    """Plays a wav file; never waits and never raises. A sound cuts off the one before."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._playing: subprocess.Popen[bytes] | None = None

    @classmethod
    def find(cls) -> "AplaySounder | None":
        """A player where ``aplay`` is installed."""
        program = shutil.which("aplay")
        return None if program is None else cls(program)

    def play(self, sound: Playable) -> None:
        """Begin to play ``sound``; a file that cannot be played is not heard."""
        self.close()
        try:
            self._playing = subprocess.Popen(  # noqa: S603 -- a program found by its name, a file of our own
                [self._program, "--quiet", str(sound.path)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        except OSError:
            self._playing = None

    def close(self) -> None:
        """Silence."""
        if self._playing is None:
            return
        self._playing.kill()
        self._playing.wait()  # it was killed: this takes no time, and leaves no zombie
        self._playing = None
