"""What a camera gives, what a decoder finds in it, and what is then put before the door."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from cardcore.audit import Direction
from cardcore.ids import Micros
from scanner.door.moment import Moment

Luma: TypeAlias = NDArray[np.uint8]
"""Grey levels, shape (height, width)."""

Corners: TypeAlias = tuple[
    tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]
]
"""Where a code stands in its frame, in pixels: top left, top right, bottom right, bottom left."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """One picture. ``taken_at`` is read here, once, and is the instant everything later is judged at."""

    luma: Luma
    taken_at: Moment
    still: bool = False

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self.luma.shape[1])

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self.luma.shape[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One code in a frame: its bytes as they are, which decoder found it, where it stands.

    ``seen_at`` is the instant of the earlier frame it was read from, where it took longer than a frame to read;
    the code is in view still. None: read from the frame it is told with.
    """

    payload: bytes
    stage: str
    corners: Corners | None = None
    seen_at: Moment | None = None

    @property
    def text(self) -> str:
        """The bytes one character each (ISO 8859-1), so that any bytes are some text. MC1 is all ASCII."""
        return self.payload.decode("latin-1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentation:
    """A code held before the door once, however many frames it fills; ``attendant`` is who was on duty.

    ``traceparent`` names the trace it belongs to, where there is one (W3C).
    """

    text: str
    at: Moment
    source: str
    direction: Direction = Direction.ENTRY
    decode_us: Micros = Micros(0)
    attendant: str | None = None
    traceparent: str | None = None
