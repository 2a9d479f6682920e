"""What else stands around the path: keys, statuses, a circuit, eyes."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import numpy as np

from cardcore.documents import Document
from cardcore.ids import Audience, CardId, UnixSeconds
from cardcore.keyset import KeySet, key_set_of
from cardcore.keyset_document import key_set_in
from cardcore.membership import Status, UnknownStatus
from scanner.door.frame import Frame, Luma, Reading
from scanner.door.moment import Moment
from scanner.errors import CameraError, LinkDownError, LinkRefusedError
from tests.fakes.card_material import VENUE, the_keys
from tests.fakes.scanner_clock import moment_at

Result = TypeVar("Result")


class FakeKeyRing:
    """A KeyRing. ``keys`` is what is in force; what was put in force lies in ``replaced``."""

    def __init__(self, keys: KeySet | None = None) -> None:
        self.keys = the_keys() if keys is None else keys
        self.replaced: list[bytes] = []
        self.ages: tuple[UnixSeconds, UnixSeconds] | None = None

    @property
    def audience(self) -> Audience:
        return VENUE

    @property
    def version(self) -> int:
        return self.keys.version

    def current(self) -> KeySet:
        return self.keys

    def opened(self, document: Document) -> KeySet:
        return key_set_in(document)

    def replace(self, data: bytes) -> None:
        self.replaced.append(data)
        self.keys = key_set_of(self.keys.keys.values(), version=self.keys.version + 1)


class FakeStatus:
    """A StatusSource that answers what it was told to."""

    def __init__(self, status: Status | None = None) -> None:
        self.status: Status = UnknownStatus() if status is None else status
        self.circuit = "closed"
        self.asked: list[CardId] = []

    def status_of(self, card_id: CardId, at: Moment) -> Status:  # noqa: ARG002 -- the port's signature
        self.asked.append(card_id)
        return self.status


class FakeBreaker:
    """A Breaker without a window: ``failures`` in a row open it, ``mend`` makes it try again."""

    def __init__(self, *, failures: int = 5) -> None:
        self._most = failures
        self._failed = 0
        self.state = "closed"

    def call(self, ask: Callable[[], Result]) -> Result:
        if self.state == "open":
            msg = "the circuit is open"
            raise LinkDownError(msg)
        try:
            result = ask()
        except LinkRefusedError:
            self._good()
            raise
        except Exception:
            self._failed += 1
            if self._failed >= self._most or self.state == "half-open":
                self.state = "open"
            raise
        self._good()
        return result

    def mend(self) -> None:
        self.state = "half-open"

    def _good(self) -> None:
        self._failed = 0
        self.state = "closed"


def a_frame(
    marker: int = 0,
    *,
    at: Moment | None = None,
    shape: tuple[int, int] = (4, 6),
    still: bool = False,
) -> Frame:
    luma: Luma = np.full(shape, marker, dtype=np.uint8)
    return Frame(luma=luma, taken_at=moment_at(0) if at is None else at, still=still)


def a_reading(payload: bytes, stage: str = "fake") -> Reading:
    return Reading(payload=payload, stage=stage)


class FakeDecoder:
    """A QrDecoder that finds what it was told is in view."""

    def __init__(self, *in_view: bytes, stage: str = "fake") -> None:
        self.in_view: tuple[bytes, ...] = in_view
        self.stage = stage
        self.frames = 0

    def decode(self, frame: Frame) -> tuple[Reading, ...]:  # noqa: ARG002 -- the port's signature
        self.frames += 1
        return tuple(a_reading(payload, self.stage) for payload in self.in_view)


class FakeSource:
    """A FrameSource of the frames it was given; ``broken`` once they are used up."""

    def __init__(self, frames: Iterable[Frame], *, broken: bool = False) -> None:
        self._frames = tuple(frames)
        self._broken = broken
        self.name = "camera:fake"
        self.closed = False

    def frames(self) -> Iterator[Frame]:
        for frame in self._frames:
            if self.closed:
                return
            yield frame
        if self._broken:
            msg = "it was unplugged"
            raise CameraError(msg)

    def close(self) -> None:
        self.closed = True
