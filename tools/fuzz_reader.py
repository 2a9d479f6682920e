"""Mutate pictures and read them: no exception, no wrong text, and no case that takes too long."""

import argparse
import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import cv2
import numpy as np

if __package__ in {None, ""}:  # run as a file: what lies beside tools/ is not on the path yet
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scanner.reading.cascade import read_still
from scanner.reading.geometry import reduced
from tools.fuzz_mutations import LONGEST, MUTATIONS, Chance, Luma, pasted
from tools.fuzz_sources import OWN, Folder, Source

_EXAMPLES: Final = """\
examples:
  python -m tools.fuzz_reader                          500 cases on our own fixtures/qr
  python -m tools.fuzz_reader CORPUS --cases 20000     on a folder of pictures
  python -m tools.fuzz_reader CORPUS --seed 7 --only 4711 --keep out.png
                                                       one case again, its picture kept
CORPUS may have a manifest.json that names each picture's texts; where there is none, what is read
from a picture before it is mutated counts as its texts.
Ctrl-C ends it with the cases so far. exit codes: 0 nothing found, 1 something found, 2 wrong usage
"""
BUDGET: Final = 0.25  # seconds of CPU after which the reader is asked to stop, and ...
OVERRUN: Final = 0.3  # ... how much longer it may take then
_SHOWN_OFTEN: Final = 0.9  # of all pictures are at most 480 pixels long
_SMALLEST, _SHORT, _LONG = 120, 480, 1_280
_PASTED: Final = 0.15
_HOW_MANY: Final = (1, 1, 1, 2, 2, 3, 4)  # mutations of one picture, each as likely
_BAR: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A case in which something went wrong."""

    seed: int
    case: int
    file: str
    done: tuple[str, ...]
    what: str


@dataclass(slots=True, kw_only=True)
class Report:
    """All cases. ``unjudged`` were read where not every text of the picture is known."""

    seed: int
    cases: int = 0
    read: int = 0
    unjudged: int = 0
    by_grid: int = 0
    cpu_ms: list[float] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One mutated picture and where it comes from."""

    number: int
    file: str
    done: tuple[str, ...]
    luma: Luma
    sources: tuple[Source, ...]


def case_of(folder: Folder, seed: int, number: int) -> Case | None:
    """The case of this number; the same for the same seed and folder. None where a file is no picture."""
    chance = np.random.default_rng((seed, number))
    file, other = (folder.files[int(n)] for n in chance.integers(0, len(folder.files), 2))
    source, second = folder.source(file), folder.source(other)
    if source is None or second is None:
        return None
    longest = _SHORT if chance.random() < _SHOWN_OFTEN else _LONG
    luma, _ = reduced(source.luma, int(chance.integers(_SMALLEST, longest + 1)))
    done: list[str] = []
    sources = [source]
    if chance.random() < _PASTED:
        luma = pasted(
            luma, reduced(second.luma, int(chance.integers(_SMALLEST, longest + 1)))[0], chance
        )
        sources.append(second)
        done.append(f"pasted {other}")
    luma = _mutated(luma, chance, done)
    return Case(number=number, file=file, done=tuple(done), luma=luma, sources=tuple(sources))


def _mutated(luma: Luma, chance: Chance, done: list[str]) -> Luma:
    for which in chance.integers(0, len(MUTATIONS), int(chance.choice(_HOW_MANY))):
        mutation = MUTATIONS[int(which)]
        luma, _ = reduced(np.ascontiguousarray(mutation(luma, chance)), LONGEST)
        done.append(mutation.__name__)
    return luma


def judge(case: Case, report: Report, budget: float = BUDGET) -> None:
    """Read one case and add what came out to the report."""
    began = time.process_time()
    try:
        found = read_still(case.luma, deadline=lambda: time.process_time() > began + budget)
    except Exception:  # noqa: BLE001 -- whatever it is, it is what we look for
        _fail(case, report, traceback.format_exc(limit=-4))
        return
    spent = time.process_time() - began
    report.cpu_ms.append(spent * 1000)
    if spent > budget + OVERRUN:
        _fail(case, report, f"took {spent:.2f} s of CPU where {budget} s were given")
    report.read += bool(found)
    for each in found:
        report.by_grid += each.stage.startswith("grid")
        if any(source.holds(each.payload) for source in case.sources):
            continue
        if all(source.is_judged for source in case.sources):
            _fail(case, report, f"wrong text by {each.stage!r}: {each.payload[:80]!r}")
        else:
            report.unjudged += 1


def _fail(case: Case, report: Report, what: str) -> None:
    report.failures.append(
        Failure(seed=report.seed, case=case.number, file=case.file, done=case.done, what=what)
    )


def run(
    folder: Folder,
    *,
    seed: int,
    numbers: range,
    budget: float = BUDGET,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Report:
    """Every case in ``numbers``, or those until somebody interrupts."""
    report = Report(seed=seed)
    with suppress(KeyboardInterrupt):  # what was done until then is worth telling
        for done, number in enumerate(numbers, 1):
            case = case_of(folder, seed, number)
            if case is not None:
                judge(case, report, budget)
                report.cases += 1
            progress(done, len(numbers))
    return report


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say; the exit code."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    folder = Folder(asked.corpus)
    if not folder.files:
        parser.error(f"no pictures in {asked.corpus}")
    cv2.setNumThreads(1)
    first = asked.first if asked.only is None else asked.only
    numbers = range(first, first + (asked.cases if asked.only is None else 1))
    progress = _bar if sys.stderr.isatty() else _silent
    if asked.keep is not None:
        kept = case_of(folder, asked.seed, numbers[0])
        if kept is not None:
            cv2.imwrite(str(asked.keep), kept.luma)
    report = run(folder, seed=asked.seed, numbers=numbers, budget=asked.budget, progress=progress)
    print(_as_json(report) if asked.json else _as_text(report))
    return 1 if report.failures else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.fuzz_reader",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    given = os.environ.get("GATEPOST_QR_CORPUS")
    parser.add_argument(
        "corpus",
        nargs="?",
        type=Path,
        default=Path(given) if given else OWN,
        help="folder of pictures (default: GATEPOST_QR_CORPUS, else fixtures/qr)",
    )
    parser.add_argument("--cases", type=int, default=500, help="how many (default: 500)")
    parser.add_argument("--seed", type=int, default=1, help="of all chance (default: 1)")
    parser.add_argument(
        "--first", type=int, default=0, help="number of the first case (default: 0)"
    )
    parser.add_argument("--only", type=int, help="this one case alone")
    parser.add_argument(
        "--budget", type=float, default=BUDGET, help=f"seconds of CPU a case (default: {BUDGET})"
    )
    parser.add_argument("--keep", type=Path, help="write the first case's picture to this file")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    return parser


def _times(report: Report) -> dict[str, float]:
    if not report.cpu_ms:
        return {}
    found = np.percentile(report.cpu_ms, (50, 95, 100))
    return {
        name: round(float(n), 1) for name, n in zip(("median", "p95", "max"), found, strict=True)
    }


def _as_json(report: Report) -> str:
    return json.dumps(asdict(report) | {"cpu_ms": _times(report)})


def _as_text(report: Report) -> str:
    lines = [
        f"FAILED seed {each.seed} case {each.case}: {each.file}, {', '.join(each.done)}\n{each.what}"
        for each in report.failures
    ]
    times = ", ".join(f"{name} {value}" for name, value in _times(report).items())
    lines.append(
        f"seed {report.seed}: {report.cases} cases, {report.read} read, {report.by_grid} codes by the"
        f" grid, {report.unjudged} unjudged, {len(report.failures)} failures; ms of CPU: {times}"
    )
    return "\n".join(lines)


def _bar(done: int, of: int) -> None:
    full = _BAR * done // of
    end = "\r\x1b[K" if done == of else ""
    bar = "#" * full + "." * (_BAR - full)
    print(f"\rfuzzing [{bar}] {done}/{of}{end}", end="", file=sys.stderr, flush=True)


def _silent(done: int, of: int) -> None:
    del done, of


if __name__ == "__main__":
    sys.exit(main())
