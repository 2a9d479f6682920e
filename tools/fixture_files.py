"""The files in fixtures/qr: pictures as a camera packs them, the door's documents, and the manifest over all.

A picture is refused before it is written where it does not read as it must: each of its codes by one plain read of
zxing-cpp, and a picture without a code by none of four tries.
"""

import hashlib
import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Final

import cv2
import msgspec
import numpy as np
import zxingcpp

from cardcore.audit import Outcome
from tools.fixture_keys import DEVICE, door_documents
from tools.fixture_optics import Grey
from tools.fixture_shots import Shot

FOLDER: Final = Path(__file__).resolve().parent.parent / "fixtures" / "qr"
MANIFEST: Final = "manifest.json"
MAX_BYTES: Final = 8_000_000  # all files together
_QUALITY: Final = 72  # JPEG; what a cheap camera's stream has
_ABOUT: Final = (
    "Pictures in the order in which one rehearsal ledger judges them, each at its own instant. "
    "Made by tools/make_qr_fixtures.py under TEST keys; see docs/reference/fixtures.md."
)
_QR_ONLY: Final = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_MAKERS: Final = {"opencv": "opencv-python-headless", "numpy": "numpy", "segno": "segno"}

Progress = Callable[[int, int, str], None]
"""Called with how many are done, of how many, and what is being done."""


class FixtureError(Exception):
    """A picture that does not read as it must, or files that cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """What must come out for one code; no decision where there is no code."""

    decision: Outcome | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One line of the manifest; ``at`` in seconds since 1970, ``expect`` in any order, one a code in view."""

    file: str
    sha256: str
    at: int
    expect: list[Outcomes]
    shows: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """All that is known of fixtures/qr; ``documents`` has the SHA-256 of each by its name."""

    about: str
    door: dict[str, str]
    made_with: dict[str, str]
    documents: dict[str, str]
    pictures: list[Picture] = field(default_factory=list)


def versions_here() -> dict[str, str]:
    """The versions of the packages that a picture's bytes depend on."""
    return {name: version(package) for name, package in _MAKERS.items()}


def sha256_of(data: bytes) -> str:
    """The digest as the manifest has it."""
    return hashlib.sha256(data).hexdigest()


# ── Pictures ────────────────────────────────────────────────────────────────
def picture_of(shot: Shot) -> bytes:
    """The picture as a file.

    Raises:
        FixtureError: it does not read as it must.
    """
    packed, data = cv2.imencode(".jpg", shot.frame(), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not packed:
        msg = f"{shot.name}: cannot be packed"
        raise FixtureError(msg)
    file = bytes(data.tobytes())
    refuse_unlike(shot, file)
    return file


def refuse_unlike(shot: Shot, file: bytes) -> None:
    """Refuse a picture whose codes do not read, or that has a code to read where none must be.

    Raises:
        FixtureError: which, and why.
    """
    grey = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        msg = f"{shot.name}: no picture"
        raise FixtureError(msg)
    luma = np.asarray(grey, dtype=np.uint8)
    wanted = tuple(sorted(text.encode() for text in shot.readable))
    read = _read(luma) if wanted else tuple(code for way in _harder(luma) for code in way)
    if read != wanted:
        msg = f"{shot.name}: {len(read)} codes read as they are, {len(wanted)} must be"
        raise FixtureError(msg)


def _read(luma: Grey) -> tuple[bytes, ...]:
    found = zxingcpp.read_barcodes(luma, formats=_QR_ONLY)
    return tuple(sorted(bytes(code.bytes) for code in found))


def _harder(luma: Grey) -> Iterator[tuple[bytes, ...]]:
    """What a door that tries harder would read: plain, larger, sharper, and by one threshold for all."""
    yield _read(luma)
    yield _read(np.repeat(np.repeat(luma, 2, axis=0), 2, axis=1))
    soft = cv2.GaussianBlur(luma, (0, 0), 2.0)
    yield _read(np.asarray(cv2.addWeighted(luma, 2.0, soft, -1.0, 0), dtype=np.uint8))
    found = zxingcpp.read_barcodes(
        luma,
        formats=_QR_ONLY,
        binarizer=zxingcpp.Binarizer.GlobalHistogram,
    )
    yield tuple(bytes(code.bytes) for code in found)


def pictures_of(shots: Sequence[Shot], progress: Progress, jobs: int) -> Iterator[bytes]:
    """The pictures of ``shots``, in order; one drawn like an earlier one is made once.

    Raises:
        FixtureError: one does not read as it must.
    """
    single = list({shot.drawn_as: shot for shot in reversed(shots)}.values())[::-1]
    made: dict[str, bytes] = {}
    for shot, data in zip(single, _each(single, jobs), strict=True):
        made[shot.drawn_as] = data
        progress(len(made), len(single), "making pictures")
    for shot in shots:
        yield made[shot.drawn_as]


def _each(shots: Sequence[Shot], jobs: int) -> Iterator[bytes]:
    if jobs == 1:
        yield from map(picture_of, shots)
        return
    fresh = multiprocessing.get_context("spawn")  # OpenCV's threads do not survive a fork
    with ProcessPoolExecutor(max_workers=jobs, mp_context=fresh) as pool:
        yield from pool.map(picture_of, shots, chunksize=4)


# ── All files ───────────────────────────────────────────────────────────────
def file_names(shots: Sequence[Shot]) -> list[str]:
    """The pictures' files: sorted by name, they are in the order in which they are judged."""
    return [f"{number:03}-{shot.name}.jpg" for number, shot in enumerate(shots, start=1)]


def manifest_of(shots: Sequence[Shot], pictures: Iterable[bytes]) -> Manifest:
    """What the manifest says of these pictures, made here."""
    return Manifest(
        about=_ABOUT,
        door=dict(DEVICE),
        made_with=versions_here(),
        documents={name: sha256_of(data) for name, data in door_documents().items()},
        pictures=[
            Picture(
                file=name,
                sha256=sha256_of(data),
                at=shot.at,
                expect=[Outcomes(decision=e.decision, reason=e.reason) for e in shot.expect],
                shows=shot.shows,
            )
            for name, shot, data in zip(file_names(shots), shots, pictures, strict=True)
        ],
    )


def write_fixtures(
    shots: Sequence[Shot], folder: Path, progress: Progress, jobs: int
) -> dict[str, int]:
    """Write everything and remove what an earlier run left; the size of each file, in bytes.

    Raises:
        FixtureError: a picture does not read as it must, or all together are too large; nothing is written then.
    """
    pictures = list(pictures_of(shots, progress, jobs))
    files = dict(zip(file_names(shots), pictures, strict=True)) | door_documents()
    listing = msgspec.json.format(msgspec.json.encode(manifest_of(shots, pictures)), indent=1)
    files[MANIFEST] = listing + b"\n"
    total = sum(map(len, files.values()))
    if total > MAX_BYTES:
        msg = f"{total} bytes in all, at most {MAX_BYTES}"
        raise FixtureError(msg)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.jpg"):
        old.unlink()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return {name: len(data) for name, data in files.items()}


def read_manifest(folder: Path) -> Manifest:
    """The manifest in ``folder``.

    Raises:
        FixtureError: there is none, or it has another shape.
    """
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError) as error:
        msg = f"{folder / MANIFEST} cannot be read: {error}"
        raise FixtureError(msg) from error
