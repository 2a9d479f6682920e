"""Make the pictures in fixtures/qr, or check that they are as made and that the door decides on them as it must."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

if __package__ in {None, ""}:  # run as a file: what lies beside tools/ is not on the path yet
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.fixture_evening import evening
from tools.fixture_files import FOLDER, FixtureError, Progress, read_manifest, write_fixtures

_EXAMPLES: Final = """\
examples:
  python -m tools.make_qr_fixtures              make fixtures/qr anew
  python -m tools.make_qr_fixtures --check      files, making and verdicts; 1 if anything is otherwise
  python -m tools.make_qr_fixtures --folder /tmp/qr --jobs 1
                                                make them elsewhere, in one process

The pictures, the keys and what each shows: docs/reference/fixtures.md.
"""
_BAR: Final = 30  # characters


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say; the exit code: 0 as it must be, 1 not, 2 wrong usage."""
    asked = _parser().parse_args(arguments)
    progress = _bar if sys.stderr.isatty() else _silent
    try:
        if asked.check:
            return _check(asked.folder, progress, asked.jobs)
        return _make(asked.folder, progress, asked.jobs)
    except FixtureError as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.make_qr_fixtures",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--check", action="store_true", help="write nothing, look at what is there")
    parser.add_argument(
        "--folder", type=Path, default=FOLDER, help="where the files are (default: fixtures/qr)"
    )
    parser.add_argument(
        "--jobs",
        type=_positive,
        default=os.cpu_count() or 1,
        help="processes that make pictures (default: one a core)",
    )
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        msg = f"{number} is not at least 1"
        raise argparse.ArgumentTypeError(msg)
    return number


def _make(folder: Path, progress: Progress, jobs: int) -> int:
    sizes = write_fixtures(evening(), folder, progress, jobs)
    pictures = sum(name.endswith(".jpg") for name in sizes)
    print(
        f"{pictures} pictures, {len(sizes)} files, {sum(sizes.values()) / 1e6:.1f} MB in {folder}"
    )
    return 0


def _check(folder: Path, progress: Progress, jobs: int) -> int:
    from tools.fixture_check import check_fixtures  # brings the whole door with it

    report = check_fixtures(read_manifest(folder), evening(), folder, progress, jobs)
    for line in (*report.notes, *report.faults):
        print(line)
    print(f"{report.pictures} pictures, {report.right} as expected")
    return 1 if report.faults else 0


def _bar(done: int, of: int, doing: str) -> None:
    full = _BAR * done // of
    bar = "#" * full + "." * (_BAR - full)
    end = "\r\x1b[K" if done == of else ""
    print(f"\r{doing:<16} [{bar}] {done}/{of}{end}", end="", file=sys.stderr, flush=True)


def _silent(done: int, of: int, doing: str) -> None:
    del done, of, doing


if __name__ == "__main__":
    sys.exit(main())
