"""Make the sounds of the door: ``python -m tools.make_sounds``; with ``--check``, say whether they are current.

Each is told from the others without looking, and on a bad loudspeaker: admit rises, refuse is two low blows, review a
question of two tones, error falls three times. Sums of sines with soft ends, 22,050 Hz, 16 bit, one channel. Samples are
rounded to steps far above what one machine's sine differs from another's, so that the bytes are the same on both.
"""

import argparse
import io
import math
import sys
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from scanner.ui.sounds import Sound

RATE: Final = 22_050  # samples a second
LOUD: Final = 0.6  # of full scale
SOFT_S: Final = 0.008  # seconds a tone takes to rise; without it every tone begins with a click
SETTLE: Final = 64  # samples are rounded to this: well above what libms differ by

Tone = tuple[float, float, tuple[float, ...]]
"""Frequency in Hz (0: silence), seconds, and the strength of each overtone."""

BELL: Final = (1.0, 0.35, 0.12)
BUZZ: Final = (1.0, 0.7, 0.6, 0.45, 0.3)
PLAIN: Final = (1.0, 0.15)

TUNES: Final[dict[Sound, tuple[Tone, ...]]] = {
    Sound.ADMIT: ((660, 0.10, BELL), (990, 0.22, BELL)),
    Sound.REFUSE: ((165, 0.20, BUZZ), (0, 0.07, PLAIN), (165, 0.32, BUZZ)),
    Sound.REVIEW: ((523, 0.14, PLAIN), (0, 0.04, PLAIN), (523, 0.10, PLAIN), (698, 0.24, PLAIN)),
    Sound.ERROR: ((880, 0.11, BUZZ), (622, 0.11, BUZZ), (440, 0.11, BUZZ), (311, 0.3, BUZZ)),
}


def samples(tune: Sequence[Tone]) -> list[int]:
    """The sound of ``tune``, one number a sample."""
    found: list[int] = []
    for frequency, seconds, overtones in tune:
        count = round(seconds * RATE)
        whole = sum(overtones)
        for place in range(count):
            angle = 2 * math.pi * frequency * place / RATE
            level = sum(s * math.sin(angle * n) for n, s in enumerate(overtones, 1)) / whole
            found.append(_rounded(level * _envelope(place, count)))
    return found


def _envelope(place: int, count: int) -> float:
    soft = SOFT_S * RATE
    return min(1.0, place / soft, (count - place) / soft) * (1 - 0.5 * place / count)


def _rounded(level: float) -> int:
    return round(level * LOUD * 32_767 / SETTLE) * SETTLE


def wav(sound: Sound) -> bytes:
    """The file of ``sound``."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(
            b"".join(n.to_bytes(2, "little", signed=True) for n in samples(TUNES[sound]))
        )
    return out.getvalue()


def stale() -> list[Path]:
    """The files that are missing, or not what this program makes."""
    return [
        sound.path
        for sound in Sound
        if not sound.path.is_file() or sound.path.read_bytes() != wav(sound)
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files, or check them."""
    parser = argparse.ArgumentParser(description="Make the sounds of the door.")
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if a file is stale")
    check: bool = parser.parse_args(arguments).check
    if not check:
        for sound in Sound:
            sound.path.parent.mkdir(exist_ok=True)
            sound.path.write_bytes(wav(sound))
    for path in stale():
        print(f"stale: {path.name}; run: python -m tools.make_sounds", file=sys.stderr)
    return 1 if stale() else 0


if __name__ == "__main__":
    sys.exit(main())
