"""Any file as a picture: the picture, or the word for why there is none."""

import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import pytest

from scanner.adapters.picture_opencv import (
    ENOUGH,
    MAX_FILE_BYTES,
    PictureFault,
    decode_picture,
    open_picture,
)

RNG: Final = np.random.default_rng(7)


def _encoded(kind: str, picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes:
    good, data = cv2.imencode(kind, picture)
    assert good
    return data.tobytes()


def _grey(height: int, width: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.full((height, width), 200, dtype=np.uint8)


@pytest.mark.parametrize("kind", [".png", ".jpg", ".bmp", ".tiff", ".webp", ".pgm", ".gif"])
def test_every_kind_that_opencv_reads_is_a_grey_picture(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"x{kind}"
    colours = np.full((30, 40, 3), (200, 200, 200), dtype=np.uint8)
    path.write_bytes(_encoded(kind, colours if kind == ".gif" else _grey(30, 40)))
    found = open_picture(path)
    assert not isinstance(found, str)
    assert (found.shape, found.dtype.name) == ((30, 40), "uint8")
    assert abs(int(found[5, 5]) - 200) < 30


def test_a_picture_of_one_pixel_is_a_picture() -> None:
    found = decode_picture(_encoded(".png", _grey(1, 1)))
    assert not isinstance(found, str)
    assert found.shape == (1, 1)


def test_sixteen_bits_and_transparency_become_grey() -> None:
    deep = np.full((20, 20), 50_000, dtype=np.uint16)
    _, data = cv2.imencode(".png", deep)
    clear = np.full((20, 20, 4), (10, 10, 10, 0), dtype=np.uint8)
    for bytes_of_it in (data.tobytes(), _encoded(".png", clear)):
        found = decode_picture(bytes_of_it)
        assert not isinstance(found, str)
        assert (found.shape, found.dtype.name) == ((20, 20), "uint8")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00",
        b"a text named .png",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a" + bytes(20),
        b"<svg width='10' height='10'></svg>",
        b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><svg>&b;</svg>",
        b"%PDF-1.7",
        bytes(5_000),
        b"\xff" * 5_000,
    ],
)
def test_what_is_no_picture_is_unreadable(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(content)
    assert open_picture(path) is PictureFault.UNREADABLE


@pytest.mark.parametrize("kind", [".png", ".jpg", ".bmp", ".tiff", ".webp"])
def test_a_picture_cut_anywhere_is_a_picture_or_unreadable(kind: str) -> None:
    noise = RNG.integers(0, 255, (60, 80), dtype=np.uint8)
    data = _encoded(kind, noise)
    for cut in range(0, len(data), max(1, len(data) // 40)):
        found = decode_picture(data[:cut])
        assert found is PictureFault.UNREADABLE or not isinstance(found, str)


@pytest.mark.parametrize("kind", [".png", ".jpg", ".bmp", ".tiff", ".webp"])
def test_a_picture_with_a_bit_turned_is_a_picture_or_a_reason(kind: str) -> None:
    data = bytearray(_encoded(kind, RNG.integers(0, 255, (24, 24), dtype=np.uint8)))
    for at in range(min(len(data), 120)):
        data[at] ^= 0x55
        found = decode_picture(bytes(data))
        assert isinstance(found, PictureFault | np.ndarray)
        data[at] ^= 0x55


@pytest.mark.parametrize("name", ["nothing.png", "a" * 300, "a\0b", "deep/er/x.png"])
def test_a_file_that_is_not_there_is_unreadable(name: str, tmp_path: Path) -> None:
    assert open_picture(tmp_path / name) is PictureFault.UNREADABLE


def test_what_is_no_file_is_unreadable(tmp_path: Path) -> None:
    assert open_picture(tmp_path) is PictureFault.UNREADABLE
    assert open_picture(Path("/dev/zero")) is PictureFault.UNREADABLE


def test_a_file_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    with path.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    assert open_picture(path) is PictureFault.UNREADABLE


def _png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


def _jpeg(width: int, height: int) -> bytes:
    data = bytearray(_encoded(".jpg", _grey(16, 16)))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def _bmp(width: int, height: int) -> bytes:
    data = bytearray(_encoded(".bmp", _grey(16, 16)))
    data[18:26] = struct.pack("<ii", width, height)
    return bytes(data)


def _tiff(width: int, height: int) -> bytes:
    data = _encoded(".tiff", _grey(16, 16))
    order = "<" if data[:2] == b"II" else ">"
    changed = bytearray(data)
    (entries_at,) = struct.unpack_from(order + "I", data, 4)
    (count,) = struct.unpack_from(order + "H", data, entries_at)
    for number in range(count):
        at = entries_at + 2 + 12 * number
        tag = struct.unpack_from(order + "H", data, at)[0]
        if tag in {256, 257}:  # width, height
            value = width if tag == 256 else height
            struct.pack_into(order + "HHII", changed, at, tag, 4, 1, value)
    return bytes(changed)


def _webp(width: int, height: int) -> bytes:
    flags = bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    chunk = b"VP8X" + struct.pack("<I", len(flags)) + flags
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


MAKERS: Final[dict[str, Callable[[int, int], bytes]]] = {
    "png": _png,
    "jpeg": _jpeg,
    "bmp": _bmp,
    "tiff": _tiff,
    "webp": _webp,
}


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("size", [(4_001, 4_000), (16_000, 16_000), (1_000, 16_001)])
def test_a_picture_over_sixteen_megapixels_by_its_header_is_not_unpacked(
    kind: str, size: tuple[int, int]
) -> None:
    assert decode_picture(MAKERS[kind](*size)) is PictureFault.TOO_LARGE


@pytest.mark.parametrize("kind", ["png", "bmp", "tiff"])
def test_a_picture_without_width_or_height_is_unreadable(kind: str) -> None:
    assert decode_picture(MAKERS[kind](0, 10)) is PictureFault.UNREADABLE


def test_a_kind_whose_header_is_not_known_is_bounded_by_opencv_itself() -> None:
    """In a process of its own: OpenCV reads its bound once, when it is first imported."""
    script = (
        "import sys\n"
        "from scanner.config import guard_opencv\n"
        "guard_opencv()\n"
        "from scanner.adapters import picture_opencv as it\n"
        "it._size = lambda _data: (-1, -1)\n"
        "print(it.decode_picture(sys.stdin.buffer.read()))\n"
    )
    large = b"P5\n5000 5000\n255\n" + bytes(25_000_000)
    run = subprocess.run(
        [sys.executable, "-c", script], input=large, capture_output=True, check=True, timeout=60
    )
    assert run.stdout.decode().strip() == "picture_too_large"


def test_a_large_picture_is_unpacked_reduced() -> None:
    half = decode_picture(_encoded(".jpg", _grey(100, 2 * ENOUGH + 2)))
    quarter = decode_picture(_encoded(".jpg", _grey(100, 4 * ENOUGH + 4)))
    assert not isinstance(half, str)
    assert not isinstance(quarter, str)
    assert half.shape == (50, ENOUGH + 1)
    assert quarter.shape == (25, ENOUGH + 1)
