"""The live tier: what the grid reads in frames that the first decoder could not read, and when that is told.

1. Frames are offered by the thread that decodes; offering never waits for a look. The grid's thread looks at the
   sharpest of the last few, one hypothesis at a time, and keeps to half a core. While it rests from a look, it still
   glances at each new frame, which takes little over 1 ms.
2. A look is given up when the first decoder reads a code that was not known when it began, when the view has changed,
   or after LOOK_MOST.
3. What a look read belongs to the instant of the frame it was read from, and carries it (``seen_at``): keys, expiry and
   status are judged at that instant. It is told with the first later frame in which the code is still seen; where it is
   not seen for UNSEEN_MOST after its frame, it is dropped: nobody holds it any more.
4. It is told again with every frame in which it is still seen, so that a card held in view stays one presentation. A
   code not seen for UNSEEN_MOST has left the view; since that is less than the debounce takes for a new presentation,
   a sight alone never makes one.
5. A payload that the first decoder reads is the first decoder's. Another payload at the same place replaces the old.
6. A view looked over in vain many times is familiar: until it changes, the grid takes it easy.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np

from cardcore.ids import Micros
from scanner.adapters.decoder_grid.candidates import Candidate, Candidates
from scanner.adapters.decoder_grid.familiar import Familiar
from scanner.adapters.decoder_grid.readings import as_door_reading, as_grid_readings
from scanner.adapters.decoder_grid.sight import Sight, Thumb
from scanner.door.frame import Frame, Luma, Reading
from scanner.reading.outcome import Reading as GridReading

LOOK_MOST: Final = Micros(400_000)  # µs; then a fresh frame is worth more
RELOOK: Final = Micros(400_000)  # µs between looks while everything in view may have been read
_THUMBS: Final = 64  # frames kept in small, 25 kB each: more than pass during a look
_STRIDE: Final = 16  # of sixteen pixels one, each way, is compared to see whether the view changed
_STEP: Final = 30  # grey levels that count as a change
_CHANGED: Final = 0.4  # of the view: bands of moiré and a phone that sways change a quarter


class StreamReader(Protocol):
    """The grid as a stream of pictures uses it."""

    def look(
        self,
        luma: Luma,
        *,
        now: int,
        deadline: Callable[[], bool] | None = None,
        known: tuple[GridReading, ...] = (),
    ) -> tuple[GridReading, ...]:
        """The codes of one picture that can be read."""
        ...

    def glance(self, luma: Luma, *, known: tuple[GridReading, ...] = ()) -> tuple[GridReading, ...]:
        """What can be read in little over 1 ms."""
        ...

    def forget(self) -> None:
        """What was held up has left the view."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Job:
    """A frame being looked at, or only glanced at, since ``began``."""

    candidate: Candidate
    began: Micros
    is_glance: bool = False


class LiveTier:
    """``offer`` is for the thread that decodes; ``take`` or ``take_glance``, ``look`` and ``tell`` for the grid's, in this order."""

    def __init__(self, reader: StreamReader, mono: Callable[[], Micros]) -> None:
        self._reader = reader
        self._mono = mono
        self._lock = threading.Lock()
        self._candidates = Candidates()
        self._newest: Candidate | None = None
        self._sights: list[Sight] = []
        self._thumbs: deque[Thumb] = deque(maxlen=_THUMBS)
        self._familiar = Familiar()
        self._known: tuple[Candidate, bool] | None = None  # the frame last compared with it
        self._job: Job | None = None
        self._glanced: Candidate | None = None
        self._is_abandoned = False
        self._is_closed = False
        self._looked_at: Micros | None = None
        self.abandoned = 0

    def offer(self, frame: Frame, read: tuple[Reading, ...]) -> tuple[Reading, ...]:
        """A frame, and what the first decoder read in it; what the grid has for it besides."""
        candidate = Candidate(frame=frame, read=read)
        payloads = {reading.payload for reading in read}
        at = frame.taken_at.mono
        thumb = Thumb.of(frame) if self._follows(read) else None
        with self._lock:
            self._candidates.add(candidate)
            if thumb is not None:
                self._thumbs.append(thumb)
            self._newest = candidate
            if self._job is not None and payloads - _payloads(self._job.candidate):
                self._is_abandoned = True
            self._sights = [
                each
                for each in self._sights
                if each.reading.payload not in payloads and not each.is_over(at)
            ]
            late = [
                _told(sight, frame)
                for sight in self._sights
                if thumb is not None and sight.is_seen_in(thumb)
            ]
            self._sights = [each for each in self._sights if not each.is_forgotten(at)]
        return tuple(late)

    @property
    def has_work(self) -> bool:
        """Whether it is worth to wake who looks: a card being read by the first decoder costs nobody anything."""
        newest = self._newest
        return newest is not None and not (newest.read and self._may_wait(newest))

    @property
    def is_familiar(self) -> bool:
        """Whether the newest frame shows what was looked over in vain; for the thread that looks."""
        newest = self._newest
        if newest is None:
            return False
        if self._known is None or self._known[0] is not newest:
            self._known = newest, self._familiar.knows(newest.frame.luma)
        return self._known[1]

    def take_glance(self) -> Job | None:
        """The newest frame, once, where nothing was read in it; None where there is none."""
        with self._lock:
            newest = self._newest
            if newest is None or newest is self._glanced or newest.read or self._sights:
                return None
            self._glanced = newest
            return Job(candidate=newest, began=self._mono(), is_glance=True)

    def take(self) -> Job | None:
        """What to look at now; None where nothing waits, or a look would not pay yet."""
        with self._lock:
            newest = self._candidates.newest
            if newest is None or self._may_wait(newest):
                return None
            candidate = self._candidates.take()
            if candidate is None:
                return None
            self._follow(candidate.frame)
            self._looked_at = newest.frame.taken_at.mono
            self._is_abandoned = False
            self._job = Job(candidate=candidate, began=self._mono())
            return self._job

    def look(self, job: Job) -> tuple[GridReading, ...]:
        """Read what can be read, until it is not worth it any more."""
        frame = job.candidate.frame
        if job.is_glance:
            return self._reader.glance(frame.luma)
        found = self._reader.look(
            frame.luma,
            now=frame.taken_at.mono,
            deadline=lambda: self._is_over(job),
            known=as_grid_readings(job.candidate.read),
        )
        if self._is_abandoned:
            self.abandoned += 1
            self._reader.forget()
        return found

    def tell(self, job: Job, found: tuple[GridReading, ...]) -> None:
        """Keep what was read, to be told with the frames it is still in view for."""
        frame = job.candidate.frame
        known = _payloads(job.candidate)
        self._known = None
        if found:
            self._familiar.forget()
        elif not (known or job.is_glance or self._is_abandoned):
            self._familiar.looked_in_vain(frame.luma)
        with self._lock:
            self._job = None
            read_now = known if self._newest is None else known | _payloads(self._newest)
            for each in found:
                if each.payload not in read_now:
                    self._keep(as_door_reading(each), frame)

    def _keep(self, reading: Reading, frame: Frame) -> None:
        if reading.corners is None:
            return
        corners = reading.corners
        self._sights = [
            each
            for each in self._sights
            if each.reading.payload != reading.payload and not each.covers(corners)
        ]
        now = frame.taken_at.mono
        thumbs = [thumb for thumb in self._thumbs if thumb.at >= now]
        if thumbs and thumbs[0].at == now:
            sight = Sight(reading, corners, frame.taken_at, thumbs[0])
            for thumb in thumbs[1:]:
                sight.is_seen_in(thumb)
            self._sights.append(sight)

    def _follows(self, read: tuple[Reading, ...]) -> bool:
        """Whether a frame is needed in small: it takes 0.1 ms, and where the first decoder reads, mostly nobody asks."""
        return not read or bool(self._sights) or self._job is not None

    def _follow(self, frame: Frame) -> None:
        """Have the frame about to be looked at in small, so that what is read in it can be followed."""
        at = frame.taken_at.mono
        if all(thumb.at != at for thumb in self._thumbs):
            self._thumbs.append(Thumb.of(frame))
            self._thumbs = deque(sorted(self._thumbs, key=lambda thumb: thumb.at), maxlen=_THUMBS)

    def _may_wait(self, newest: Candidate) -> bool:
        if self._looked_at is None or not (newest.read or self._sights):
            return False
        return newest.frame.taken_at.mono - self._looked_at < RELOOK

    def _is_over(self, job: Job) -> bool:
        if self._mono() - job.began > LOOK_MOST:
            return True
        newest = self._newest
        if newest is not None and _has_changed(job.candidate.frame.luma, newest.frame.luma):
            self._is_abandoned = True
        return self._is_abandoned or self._is_closed

    def close(self) -> None:
        """Give up the look under way, and any that would begin."""
        self._is_closed = True


def _told(sight: Sight, frame: Frame) -> Reading:
    at = sight.read_at
    seen_at = None if at.mono == frame.taken_at.mono else at
    return replace(sight.reading, corners=sight.corners, seen_at=seen_at)


def _payloads(candidate: Candidate) -> set[bytes]:
    return {reading.payload for reading in candidate.read}


def _has_changed(one: Luma, other: Luma) -> bool:
    """Whether so much of the view is another that what was held up must be gone."""
    if one is other:
        return False
    if one.shape != other.shape:
        return True
    before = one[::_STRIDE, ::_STRIDE].astype(np.int16)
    steps = np.abs(before - other[::_STRIDE, ::_STRIDE])
    return float((steps > _STEP).mean()) > _CHANGED
