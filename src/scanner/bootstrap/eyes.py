"""Decoders, pictures and cameras. OpenCV is imported here and nowhere earlier: it takes 0.2 s."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from scanner.adapters.clock_system import SystemClock
from scanner.adapters.decoder_cascade import DecoderCascade, LateDecoder
from scanner.config import Settings, guard_opencv
from scanner.errors import ConfigError
from scanner.lane import OpenPicture
from scanner.ports import Clock, FrameSource, QrDecoder

SLOWEST = 3_600.0  # seconds between two frames
SOURCE_HINT = (
    "use camera:0, camera:/dev/v4l/by-id/NAME, video:FILE, folder:DIR, folder:DIR@FPS, "
    "watch:DIR or watch:DIR@FPS"
)
PassedOver = Callable[[Path, str], object]


def make_decoder(
    settings: Settings,
    *,
    clock: Clock | None = None,
    accepts_model_1: bool = False,
    tell: Callable[[Mapping[str, int]], None] = lambda _found_by: None,
) -> DecoderCascade:
    """The decoders of the settings, in their order: the first on every frame, the rest behind it on stills.

    The grid reads live frames beside the first; whoever asked for it closes the cascade. ``tell`` hears what found
    each code. ``accepts_model_1`` reads the forerunner of today's code too, which no door does.
    """
    guard_opencv()
    import cv2

    cv2.setNumThreads(1)  # the grid keeps to half a core, and a door has two
    clock = SystemClock() if clock is None else clock
    names = settings.decoders
    made = [_decoder(name, clock, names, accepts_model_1=accepts_model_1) for name in names]
    late = [each for each in made[1:] if isinstance(each, LateDecoder)]
    return DecoderCascade(
        live=made[0], behind=made[1:], beside=late[0] if late else None, tell=tell
    )


def _decoder(
    name: str, clock: Clock, names: tuple[str, ...], *, accepts_model_1: bool
) -> QrDecoder:
    """The decoder of this name among those of the settings; only its own libraries are loaded."""
    match name:
        case "grid":
            from scanner.adapters.decoder_grid import GridDecoder

            return GridDecoder(clock=clock, accepts_model_1=accepts_model_1)
        case "pyzbar":
            from scanner.adapters.decoder_pyzbar import PyzbarDecoder

            return PyzbarDecoder()
        case "cv2":
            from scanner.adapters.decoder_cv2 import Cv2Decoder

            return Cv2Decoder()
        case _:
            from scanner.adapters.decoder_zxing import ZxingDecoder

            in_full = "grid" not in names
            return ZxingDecoder(accepts_model_1=accepts_model_1, in_full=in_full)


def picture_opener() -> OpenPicture:
    """What opens picture files."""
    guard_opencv()
    from scanner.adapters.picture_opencv import open_picture

    return open_picture


def make_source(
    text: str,
    clock: Clock,
    *,
    follow: bool = False,
    passed_over: PassedOver = lambda _path, _why: None,
) -> FrameSource:
    """The source that ``text`` names; ``follow`` keeps a folder going as if it were watched.

    ``passed_over`` is told of each file of a folder that is no frame, and why.

    Raises:
        ConfigError: it names none.
    """
    guard_opencv()
    kind, _, rest = text.partition(":")
    if kind in {"camera", "video"} and rest:
        from scanner.adapters.camera_opencv import OpenCvCamera

        device = int(rest) if kind == "camera" and rest.isdecimal() else rest
        return OpenCvCamera(device, clock=clock, live=kind == "camera")
    if kind in {"folder", "watch"} and rest:
        watched = follow or kind == "watch"
        return _folder_source(rest, clock, follow=watched, passed_over=passed_over)
    raise ConfigError(field="source", value=text, hint=SOURCE_HINT)


def system_clock() -> SystemClock:
    """The machine's clocks."""
    return SystemClock()


def _folder_source(
    rest: str, clock: Clock, *, follow: bool, passed_over: PassedOver
) -> FrameSource:
    from scanner.adapters.frames_folder import FolderFrames

    folder, at, rate = rest.rpartition("@")
    pause = _pause(rest, rate) if at else 0.0
    closed = threading.Event()
    return FolderFrames(
        Path(folder if at else rest),
        clock=clock,
        open_picture=picture_opener(),
        wait=closed.wait,
        pause=pause,
        wake=closed.set,
        follow=follow,
        passed_over=passed_over,
    )


def _pause(rest: str, rate: str) -> float:
    try:
        pause = 1 / float(rate)
    except (ValueError, ZeroDivisionError):
        pause = -1.0
    if not 0 <= pause <= SLOWEST:  # not a number is on neither side
        hint = "frames a second is a number over 0, and a frame comes at least once an hour"
        raise ConfigError(field="source", value=rest, hint=hint)
    return pause
