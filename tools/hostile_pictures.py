"""Picture files made to hurt a reader: too small, too large, of a rare kind, broken, full of what looks like codes."""

import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Final

import cv2
import numpy as np
import segno
from numpy.typing import NDArray

Luma = NDArray[np.uint8]
TEXT: Final = "MC1:held up to a door"
MOST_BYTES: Final = 2_953  # that a code can hold: version 40, correction L
_LIGHT, _DARK = 220, 40
_HUGE: Final = 20_000  # pixels


def code(text: str | bytes, *, scale: int = 6, version: int | None = None) -> Luma:
    """A code with its quiet zone."""
    drawn = segno.make_qr(text, error="l", version=version, boost_error=False)
    dark = np.pad(np.array([[bool(cell) for cell in row] for row in drawn.matrix]), 4)
    modules = np.where(dark, _DARK, _LIGHT).astype(np.uint8)
    return np.ascontiguousarray(modules.repeat(scale, 0).repeat(scale, 1))


def checkerboard() -> Luma:
    """Squares of nine pixels."""
    rows, columns = np.mgrid[:900, :1200] // 9
    return np.asarray((rows + columns) % 2 * 255, np.uint8)


def brick_wall() -> Luma:
    """Bricks of 60 by 30 pixels."""
    wall = np.full((900, 1200), 90, np.uint8)
    wall[::30] = _LIGHT
    for row in range(30):
        wall[row * 30 : row * 30 + 30, (row % 2) * 30 :: 60] = _LIGHT
    return wall


def wall_of_eyes(module: int = 6, rows: int = 14, columns: int = 18) -> Luma:
    """Nothing but eyes."""
    eye = code("1", version=1, scale=module)[4 * module : 11 * module, 4 * module : 11 * module]
    return np.tile(np.pad(eye, 2 * module, constant_values=_LIGHT), (rows, columns))


def many_codes() -> Luma:
    """Two hundred codes."""
    return np.tile(code("1", version=1, scale=3), (10, 20))


def noise() -> Luma:
    """Every pixel by chance."""
    return np.random.default_rng(3).integers(0, 256, (900, 1_200)).astype(np.uint8)


def specks() -> Luma:
    """Noise as coarse as modules, at the size of a good camera."""
    drawn = np.random.default_rng(3).integers(0, 256, (1_500, 2_000)).astype(np.uint8)
    soft = cv2.GaussianBlur(drawn, (0, 0), 1.0)
    return np.asarray(cv2.normalize(soft, soft.copy(), 0, 255, cv2.NORM_MINMAX), np.uint8)


def encoded(kind: str, picture: cv2.typing.MatLike) -> bytes:
    """The picture as a file of this kind, such as ".png"."""
    _, data = cv2.imencode(kind, picture)
    return data.tobytes()


def huge_png() -> bytes:
    """20,000 × 20,000 pixels of one bit, white, whole."""
    row = b"\0" + b"\xff" * (_HUGE // 8)
    packed = zlib.compress(row * _HUGE, 1)
    head = struct.pack(">IIBBBBB", _HUGE, _HUGE, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def animated(kind: str, picture: Luma) -> bytes:
    """Three frames, of which the first shows the picture."""
    blank = np.full_like(picture, _LIGHT)
    colours = [cv2.cvtColor(each, cv2.COLOR_GRAY2BGRA) for each in (picture, blank, blank)]
    shown = cv2.Animation()
    shown.frames = colours
    shown.durations = [100, 100, 100]
    _, data = cv2.imencodeanimation(kind, shown)
    return np.asarray(data, np.uint8).tobytes()


def cmyk_jpeg(blocks: Luma) -> bytes:
    """A JPEG of four inks, as printers want it: every level of ``blocks`` an area of 8 × 8 pixels, in black alone."""
    height, width = blocks.shape
    quantised = b"\0" + b"\x08" * 64
    frame = struct.pack(">BHHB", 8, height * 8, width * 8, 4)
    frame += b"".join(bytes((ink, 0x11, 0)) for ink in range(1, 5))
    # nine steps with codes of four bits; and of the finer detail only that there is none, one bit
    steps = bytes((0x00, 0, 0, 0, 9, *([0] * 12), *range(9)))
    detail = bytes((0x10, 1, *([0] * 15), 0))
    scan = b"\x04" + b"".join(bytes((ink, 0)) for ink in range(1, 5)) + bytes((0, 63, 0))
    adobe = b"Adobe" + struct.pack(">HHHB", 100, 0, 0, 0)
    parts = (
        (0xEE, adobe),
        (0xDB, quantised),
        (0xC0, frame),
        (0xC4, steps),
        (0xC4, detail),
        (0xDA, scan),
    )
    bits = "".join(_blocks(blocks))
    bits += "1" * (-len(bits) % 8)
    packed = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    segments = b"".join(
        bytes((0xFF, kind)) + struct.pack(">H", len(data) + 2) + data for kind, data in parts
    )
    return b"\xff\xd8" + segments + packed + b"\xff\xd9"


def _blocks(blocks: Luma) -> Iterator[str]:
    """The bits of each area, ink by ink: what its level differs from the one before."""
    before = [0, 0, 0, 0]
    for level in blocks.ravel():
        for ink, value in enumerate((127, 127, 127, int(level) - 128)):
            step = value - before[ink]
            before[ink] = value
            size = abs(step).bit_length()
            plain = step if step > 0 else step + (1 << size) - 1
            yield f"{size:04b}" + (f"{plain:0{size}b}" if size else "") + "0"


PICTURES: Final[dict[str, Callable[[], bytes]]] = {
    "1 × 1": lambda: encoded(".png", np.zeros((1, 1), np.uint8)),
    "20,000 × 20,000": huge_png,
    "16 bit a pixel": lambda: encoded(".png", code(TEXT).astype(np.uint16) * 257),
    "with alpha": lambda: encoded(".png", cv2.cvtColor(code(TEXT), cv2.COLOR_GRAY2BGRA)),
    "CMYK": lambda: cmyk_jpeg(code(TEXT, scale=1)),
    "animated GIF": lambda: animated(".gif", code(TEXT)),
    "animated PNG": lambda: animated(".png", code(TEXT)),
    "animated WebP": lambda: animated(".webp", code(TEXT)),
    "truncated": lambda: encoded(".jpg", code(TEXT))[:600],
    "zero bytes": lambda: b"",
    "a text": lambda: b"MC1: a text named .png",
    "a code of 2,953 bytes": lambda: encoded(".png", code(b"x" * MOST_BYTES, scale=4)),
    "200 codes": lambda: encoded(".png", many_codes()),
    "checkerboard": lambda: encoded(".png", checkerboard()),
    "brick wall": lambda: encoded(".png", brick_wall()),
    "252 eyes": lambda: encoded(".png", wall_of_eyes()),
    "50,000 tiny eyes": lambda: encoded(".png", wall_of_eyes(1, 250, 200)),
    "noise": lambda: encoded(".png", noise()),
    "specks": lambda: encoded(".png", specks()),
}
"""Each file by its name in the tables."""
