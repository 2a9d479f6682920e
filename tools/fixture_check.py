"""Whether fixtures/qr is what it says: its files, its making, and what the door decides on them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tools.fixture_files import (
    MANIFEST,
    FixtureError,
    Manifest,
    Outcomes,
    Picture,
    Progress,
    file_names,
    manifest_of,
    pictures_of,
    sha256_of,
    versions_here,
)
from tools.fixture_judge import judge
from tools.fixture_keys import door_documents
from tools.fixture_shots import Shot


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is wrong, a line each in ``faults``; ``notes`` what could not be looked at; ``right`` as expected."""

    pictures: int
    right: int
    faults: tuple[str, ...]
    notes: tuple[str, ...] = ()


def check_fixtures(
    manifest: Manifest, shots: Sequence[Shot], folder: Path, progress: Progress, jobs: int
) -> Report:
    """Look at everything in ``folder`` against ``manifest``, and at the manifest against ``shots``."""
    faults = [*_wrong_files(manifest, folder), *_wrong_listing(manifest, shots)]
    made, notes = _remade(manifest, shots, progress, jobs)
    try:
        wrong = tuple(_wrong_verdicts(manifest, folder, progress))
        right = len(manifest.pictures) - len(wrong)
    except FixtureError as error:
        wrong, right = (str(error),), 0
    return Report(
        pictures=len(manifest.pictures),
        right=right,
        faults=(*faults, *made, *wrong),
        notes=notes,
    )


def _wrong_files(manifest: Manifest, folder: Path) -> Iterator[str]:
    known = {picture.file: picture.sha256 for picture in manifest.pictures} | manifest.documents
    for name, digest in known.items():
        path = folder / name
        if not path.is_file():
            yield f"{name}: missing"
        elif sha256_of(path.read_bytes()) != digest:
            yield f"{name}: not the file the manifest names"
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    yield from (
        f"{name}: not in the manifest" for name in sorted(there - known.keys() - {MANIFEST})
    )


def _wrong_listing(manifest: Manifest, shots: Sequence[Shot]) -> Iterator[str]:
    """What the manifest says otherwise than it would if made now, the pictures' bytes apart."""
    now = manifest_of(shots, (b"" for _ in shots))
    for name, data in door_documents().items():
        if manifest.documents.get(name) != sha256_of(data):
            yield f"{name}: would be made otherwise now"
    blank = [replace(picture, sha256=sha256_of(b"")) for picture in manifest.pictures]
    if blank != now.pictures or manifest.door != now.door or manifest.about != now.about:
        yield f"{MANIFEST}: would be made otherwise now; run `make fixtures`"


def _remade(
    manifest: Manifest, shots: Sequence[Shot], progress: Progress, jobs: int
) -> tuple[list[str], tuple[str, ...]]:
    """The pictures that come out otherwise when made again, where the same packages are here."""
    here = versions_here()
    if here != manifest.made_with:
        made, have = _words(manifest.made_with), _words(here)
        return [], (f"pictures not made again: they were made with {made}, here is {have}",)
    digests = {picture.file: picture.sha256 for picture in manifest.pictures}
    pairs = zip(file_names(shots), pictures_of(shots, progress, jobs), strict=True)
    return [
        f"{name}: made again, it is another picture"
        for name, data in pairs
        if digests.get(name) != sha256_of(data)
    ], ()


def _words(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in versions.items())


def _wrong_verdicts(manifest: Manifest, folder: Path, progress: Progress) -> Iterator[str]:
    judged = judge(folder, manifest.pictures)
    for number, (picture, came_out) in enumerate(judged, start=1):
        progress(number, len(manifest.pictures), "judging pictures")
        if not _alike(picture, came_out):
            yield f"{picture.file}: {_said(came_out)}, must be {_said(picture.expect)}"


def _alike(picture: Picture, came_out: list[Outcomes]) -> bool:
    return sorted(map(str, came_out)) == sorted(map(str, picture.expect))


def _said(outcomes: list[Outcomes]) -> str:
    return " + ".join(sorted(f"{one.decision or 'no verdict'} {one.reason}" for one in outcomes))
