"""What waits for the decide thread: the newest frame, which the next one overwrites, and errands, none of which is lost."""

import threading
from collections import deque
from dataclasses import dataclass
from typing import Final, TypeAlias

from cardcore.ids import Seq
from scanner.door.frame import Frame, Presentation

MAX_ERRANDS: Final = (
    256  # a keyboard scanner reads a few codes a second; beyond this something is broken
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """A frame, and the source it came from."""

    frame: Frame
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The verdict of this entry is on the screen; to be written down."""

    seq: Seq


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The source had no more frames, and all it had were taken."""


Errand: TypeAlias = Presentation | Shown


class Inbox:
    """For any number of givers and one taker."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._frame: Seen | None = None
        self._errands: deque[Errand] = deque(maxlen=MAX_ERRANDS)
        self._has_ended = False
        self._is_closed = False

    def overwrite(self, seen: Seen) -> None:
        """The newest frame; one that nobody took is gone."""
        with self._changed:
            self._frame = seen
            self._changed.notify_all()

    def hand_over(self, seen: Seen) -> None:
        """As :meth:`overwrite`, after the frame before was taken: for pictures of which none may be missed."""
        with self._changed:
            self._changed.wait_for(lambda: self._frame is None or self._is_closed)
            self._frame = seen
            self._changed.notify_all()

    def end(self) -> None:
        """No more frames from this source."""
        with self._changed:
            self._has_ended = True
            self._changed.notify_all()

    def add(self, errand: Errand) -> None:
        """Something to be done in its turn, before any frame."""
        with self._changed:
            self._errands.append(errand)
            self._changed.notify_all()

    def take(self) -> Seen | Errand | Ended | None:
        """The next thing to do, waiting for it; None when closed and no errand is left."""
        with self._changed:
            self._changed.wait_for(self._has_something)
            if self._errands:
                return self._errands.popleft()
            if self._is_closed:
                return None
            if self._frame is None:
                self._has_ended = False
                return Ended()
            taken, self._frame = self._frame, None
            self._changed.notify_all()
            return taken

    def _has_something(self) -> bool:
        return bool(self._errands or self._frame or self._has_ended or self._is_closed)

    def close(self) -> None:
        """No more frames; errands already given are still taken."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
