"""One picture to be: what is held up, how it is seen, when, and what the door must say."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from cardcore.audit import Outcome
from cardcore.reasons import Reason
from tools.camera_view import HD, Carrier, Held, Size, View, held_frame
from tools.fixture_keys import T0
from tools.fixture_optics import Grey

NO_CODE: Final = "no_code"
SMALL: Final = (960, 540)  # what a cheap camera gives
STEP_S: Final = 2  # between two pictures; all that needs a fresh snapshot is over within 300 s

PHONE_VIEWS: Final = {
    "straight": View(distance=24, roll=3),
    "perspective": View(distance=24, yaw=32, pitch=-14, roll=-8),
    "blur": View(distance=23, blur=1.9, pitch=6),
    "motion": View(distance=22, motion=5, motion_angle=20, yaw=-6),
    "glare": View(distance=23, glare=0.7, yaw=10),
    "low-light": View(distance=24, light=0.12, noise=3.0, blur=0.9, roll=-5),
    "noise": View(distance=24, noise=4.5, light=0.6, pitch=8),
}
CARD_VIEWS: Final = {
    "straight": View(distance=20, roll=-4),
    "perspective": View(distance=19, yaw=-28, pitch=12, roll=9),
    "blur": View(distance=18, blur=1.6, roll=5),
    "motion": View(distance=17, motion=4, motion_angle=-15, yaw=5),
    "glare": View(distance=19, glare=0.6, pitch=10),
    "low-light": View(distance=18, light=0.22, noise=2.5, blur=0.8, roll=3),
    "noise": View(distance=18, noise=4.0, light=0.55, yaw=-7),
}
PAIR: Final = View(distance=30, yaw=5)
VIEWS: Final = tuple(PHONE_VIEWS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What must come out for one code: None is no verdict, since there was no code."""

    decision: Outcome | None
    reason: str


ADMIT: Final = Expected(decision=Outcome.ADMIT, reason=Reason.OK_SNAPSHOT)
ADMIT_UNSEEN: Final = Expected(decision=Outcome.ADMIT, reason=Reason.OK_FALLBACK)
NOTHING: Final = Expected(decision=None, reason=NO_CODE)


def refused(reason: Reason) -> Expected:
    """A refusal with this reason."""
    return Expected(decision=Outcome.REFUSE, reason=reason.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One picture: ``at`` is when it is judged, in seconds since 1970; ``drawn_as`` names what it looks like.

    Two shots of the same ``drawn_as`` and things are the same picture, byte for byte.
    """

    name: str
    drawn_as: str
    at: int
    held: tuple[Held, ...]
    view: View
    size: Size
    expect: tuple[Expected, ...]
    shows: str

    @property
    def readable(self) -> tuple[str, ...]:
        """The texts that must be read in the picture, sorted; none where it has no code."""
        if self.expect == (NOTHING,):
            return ()
        return tuple(sorted(thing.text for thing in self.held if thing.text is not None))

    def frame(self) -> Grey:
        """The picture, before the camera packs it."""
        seed = zlib.crc32(self.drawn_as.encode())
        return held_frame(self.held, size=self.size, seed=seed, view=self.view)


class Reel:
    """The pictures of an evening, in the order they are taken; ``at`` is when the next one will be, ``size`` how large."""

    def __init__(self) -> None:
        self.at = T0
        self.size: Size = HD
        self.shots: list[Shot] = []

    def wait(self, seconds: int) -> None:
        """Let time pass before the next picture."""
        self.at += seconds

    def phone(self, text: str | None, view: str, expect: Expected, shows: str) -> None:
        """A phone that shows ``text``, in one of ``PHONE_VIEWS``."""
        self.add([Held(text=text)], PHONE_VIEWS[view], [expect], shows)

    def card(self, text: str | None, view: str, expect: Expected, shows: str) -> None:
        """A printed card that carries ``text``, in one of ``CARD_VIEWS``."""
        held = Held(text=text, carrier=Carrier.CARD)
        self.add([held], CARD_VIEWS[view], [expect], shows)

    def add(self, held: Sequence[Held], view: View, expect: Sequence[Expected], shows: str) -> None:
        """Anything held up."""
        name = _file_name(shows)
        self.shots.append(
            Shot(
                name=name,
                drawn_as=name,
                at=self.at,
                held=tuple(held),
                view=view,
                size=self.size,
                expect=tuple(expect),
                shows=shows,
            )
        )
        self.at += STEP_S

    def again(self, earlier: Shot, expect: Sequence[Expected], shows: str) -> None:
        """The very same picture once more."""
        shot = replace(
            earlier, name=_file_name(shows), at=self.at, expect=tuple(expect), shows=shows
        )
        self.shots.append(shot)
        self.at += STEP_S

    @property
    def last(self) -> Shot:
        """The picture just taken."""
        return self.shots[-1]


def _file_name(shows: str) -> str:
    """The words of ``shows`` before its first colon or comma, as a file's name."""
    head = shows.replace(",", ":").partition(":")[0]
    return "-".join("".join(c if c.isalnum() else " " for c in head.lower()).split())
