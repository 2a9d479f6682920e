"""A sound for each kind of verdict: who looks at the guest hears the answer."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from scanner.ui.phrases import Kind

FOLDER: Final = Path(__file__).with_name("sounds")


class Sound(StrEnum):
    """The sounds there are; each is a wav file of that name."""

    ADMIT = "admit"
    REFUSE = "refuse"
    REVIEW = "review"
    ERROR = "error"

    @property
    def path(self) -> Path:
        """The wav file: one channel, 22,050 Hz, 16 bit."""
        return FOLDER / f"{self.value}.wav"


SOUNDS: Final = {
    Kind.ADMIT: Sound.ADMIT,
    Kind.UNCONFIRMED: Sound.ADMIT,
    Kind.GOODBYE: Sound.ADMIT,
    Kind.REFUSE: Sound.REFUSE,
    Kind.REVIEW: Sound.REVIEW,
}


class Sounder(Protocol):
    """Plays sounds. Must return at once and must not raise: a door without a loudspeaker is a door."""

    def play(self, sound: Sound) -> None:
        """Begin to play ``sound``; one still playing may be cut off."""
        ...


class Bell:
    """The terminal's bell, for everything but a plain admission: one tone cannot say two things."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring

    def play(self, sound: Sound) -> None:
        """Ring, unless all is well."""
        if sound is not Sound.ADMIT:
            self._ring()
