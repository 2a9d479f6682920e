"""How many real QR pictures each decoder reads, and what it costs, side by side.

    python benchmarks/bench_corpus.py CORPUS        or GATEPOST_QR_CORPUS=CORPUS

CORPUS is a folder with a manifest.json: one entry a picture with file, kind ("code" or "empty"),
category, and text (a string, a list of strings, or null where nobody wrote it down). Without one
the benchmark says that it was skipped. Prints three tables: read by category and half (A and B are
alternate files by name), time in milliseconds on code and on empty pictures, and what each stage read. A read counts as
right when one payload equals a known text, or any payload where none is known; as false when the
picture holds no code. The corpus holds two codes of Model 1: Gatepost is asked for those as well, as
zxing-cpp is, though no card has that form.
"""

import argparse
import json
import os
import platform
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from scanner.reading.cascade import STILL_BUDGET_SECONDS, read_still
from scanner.reading.geometry import reduced
from scanner.reading.reader import WORKING_SIZE

try:
    from pyzbar import pyzbar
except ImportError:  # the libzbar0 library is missing
    pyzbar = None

Luma = NDArray[np.uint8]
Decode = Callable[[Luma], list[bytes]]
Stages = dict[str, dict[str, list[float]]]  # by stage, then by half of the photographs: ms of CPU

ENCODINGS = ("utf-8", "shift_jis", "gb18030", "latin-1")
# Where every decoder agrees against the manifest, the manifest is wrong.
KNOWN_WRONG_TEXTS = ("zxing/qrcode-2/7b2491-13", "dgc/GR/f142d0-3")
# Not counted among the photographs: drawn by programs, read by everyone.
DRAWN = ("code/dgc/", "code/boofcv3/decoding/")


QR_FAMILY = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


@dataclass(slots=True)
class Tally:
    read: list[bool] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)
    wrong: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    file: str
    is_code: bool
    group: str
    texts: tuple[str, ...]
    half: str


class Ours:
    """Gatepost's stills. ``stage``: what read the last picture, and ``cpu_ms`` how long all of it took."""

    def __init__(self) -> None:
        self.stage = "unread"
        self.cpu_ms = 0.0

    def __call__(self, luma: Luma) -> list[bytes]:
        end = time.perf_counter() + STILL_BUDGET_SECONDS
        began = time.thread_time()
        found = read_still(luma, deadline=lambda: time.perf_counter() > end, accepts_model_1=True)
        self.cpu_ms = (time.thread_time() - began) * 1000
        self.stage = found[0].stage if found else "unread"
        return [each.payload for each in found]


def bare_zxing(luma: Luma) -> list[bytes]:
    small, _ = reduced(luma, WORKING_SIZE)
    found = zxingcpp.read_barcodes(small, formats=QR_FAMILY)
    return [bytes(each.bytes) for each in found]


def bare_pyzbar(luma: Luma) -> list[bytes]:
    small, _ = reduced(luma, WORKING_SIZE)
    try:
        return [each.data for each in pyzbar.decode(small, symbols=[pyzbar.ZBarSymbol.QRCODE])]
    except ValueError:  # pyzbar 0.1.9 knows no orientation "unknown" and raises
        return []


def bare_cv2(luma: Luma) -> list[bytes]:
    small, _ = reduced(luma, WORKING_SIZE)
    try:
        _, texts, _, _ = cv2.QRCodeDetector().detectAndDecodeMulti(small)
    except (cv2.error, UnicodeDecodeError):
        return []
    return [text.encode() for text in texts if text]


def pyzbar_then_cv2(luma: Luma) -> list[bytes]:
    return bare_pyzbar(luma) or bare_cv2(luma)


def decoders() -> dict[str, Decode]:
    chosen: dict[str, Decode] = {"gatepost": Ours(), "zxing-cpp": bare_zxing}
    if pyzbar is None:
        print("pyzbar left out: its library libzbar0 is not installed\n")
        return chosen | {"cv2": bare_cv2}
    return chosen | {"pyzbar": bare_pyzbar, "cv2": bare_cv2, "pyzbar>cv2": pyzbar_then_cv2}


def entries(corpus: Path) -> list[Entry]:
    manifest = json.loads((corpus / "manifest.json").read_text())
    manifest.sort(key=lambda entry: entry["file"])
    seen: dict[str, int] = defaultdict(int)
    result = []
    for entry in manifest:
        kind = "photo" if is_photograph(entry["file"], entry["kind"]) else entry["kind"]
        half = "AB"[seen[kind] % 2]
        seen[kind] += 1
        text = entry["text"]
        texts = () if text is None else (text,) if isinstance(text, str) else tuple(text)
        result.append(
            Entry(
                file=entry["file"],
                is_code=entry["kind"] == "code",
                group=Path(entry["file"]).parent.as_posix(),
                texts=texts,
                half=half,
            )
        )
    return result


def is_photograph(file: str, kind: str) -> bool:
    return kind == "code" and not file.startswith(DRAWN)


def is_right(payload: bytes, texts: tuple[str, ...]) -> bool:
    """Whether it is one of the texts, in any encoding; line ends and the last line's apart."""
    wanted = {text.replace("\r\n", "\n").rstrip("\n") for text in texts}
    for encoding in ENCODINGS:
        try:
            text = payload.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text.replace("\r\n", "\n").rstrip("\n") in wanted:
            return True
    return False


def mark(entry: Entry, payloads: list[bytes]) -> tuple[bool, bool]:
    """Whether the picture was read, and whether something wrong was."""
    if not payloads:
        return False, False
    if not entry.is_code:
        return False, True
    if not entry.texts or any(name in entry.file for name in KNOWN_WRONG_TEXTS):
        return True, False
    right = any(is_right(payload, entry.texts) for payload in payloads)
    return right, not right


def run(corpus: Path, chosen: dict[str, Decode], stages: Stages) -> dict[str, dict[str, Tally]]:
    tallies: dict[str, dict[str, Tally]] = {name: defaultdict(Tally) for name in chosen}
    for entry in entries(corpus):
        luma = cv2.imread(str(corpus / entry.file), cv2.IMREAD_GRAYSCALE)
        if luma is None:
            print(f"not a picture: {entry.file}")
            continue
        for name, decode in chosen.items():
            before = time.perf_counter()
            payloads = decode(np.asarray(luma, np.uint8))
            spent = (time.perf_counter() - before) * 1000
            right, wrong = mark(entry, payloads)
            if isinstance(decode, Ours) and entry.is_code:
                stages[decode.stage][photograph_half(entry)].append(decode.cpu_ms)
            for group in groups(entry):
                tally = tallies[name][group]
                tally.read.append(right)
                tally.milliseconds.append(spent)
                tally.wrong += wrong
    return tallies


def photograph_half(entry: Entry) -> str:
    return entry.half if is_photograph(entry.file, "code") else "drawn"


def groups(entry: Entry) -> tuple[str, ...]:
    if not entry.is_code:
        return (entry.group, "all empty")
    if not is_photograph(entry.file, "code"):
        group = "code/dgc" if entry.file.startswith("code/dgc/") else entry.group
        return (group, "all code")
    return (entry.group, "all photographs", f"photographs, half {entry.half}", "all code")


def print_rates(tallies: dict[str, dict[str, Tally]]) -> None:
    names = list(tallies)
    print(f"{'read':34}{'n':>5}" + "".join(f"{name:>14}" for name in names))
    for group in sorted(tallies[names[0]]):
        count = len(tallies[names[0]][group].read)
        row = f"{group:34}{count:5}"
        for name in names:
            tally = tallies[name][group]
            share = 100 * sum(tally.read) / count
            row += f"{f'{sum(tally.read)} {share:5.1f} %':>14}"
        print(row)
    print(f"{'wrong or false reads':39}" + "".join(f"{wrong(tallies[name]):>14}" for name in names))


def wrong(tally: dict[str, Tally]) -> int:
    return sum(tally[group].wrong for group in ("all code", "all empty") if group in tally)


def print_times(tallies: dict[str, dict[str, Tally]]) -> None:
    for group in ("all photographs", "all code", "all empty"):
        print(f"\nms, {group:30}{'median':>10}{'p95':>10}{'max':>10}")
        for name, tally in tallies.items():
            if group in tally:
                spent = np.percentile(tally[group].milliseconds, (50, 95, 100))
                print(f"    {name:30}" + "".join(f"{value:10.2f}" for value in spent))


def print_stages(stages: Stages) -> None:
    print(
        f"\n{'pictures with a code, by stage':34}{'A':>6}{'B':>6}{'drawn':>7}{'ms, median':>12}{'max':>9}"
    )
    for stage, halves in sorted(stages.items(), key=lambda each: -sum(map(len, each[1].values()))):
        counts = [len(halves[half]) for half in ("A", "B", "drawn")]
        spent = np.percentile([ms for each in halves.values() for ms in each], (50, 100))
        print(
            f"    {stage:30}{counts[0]:6}{counts[1]:6}{counts[2]:7}{spent[0]:12.1f}{spent[1]:9.1f}"
        )
    print("a door, which reads no Model 1, goes without what that stage read")


def print_versions() -> None:
    packages = ("zxing-cpp", "pyzbar", "opencv-python-headless", "numpy")
    known = ", ".join(f"{package} {installed(package)}" for package in packages)
    today = datetime.now(tz=UTC)
    print(f"{today:%Y-%m-%d}, {platform.machine()}, Python {platform.python_version()}")
    print(f"{known}; one thread\n")


def installed(package: str) -> str:
    try:
        return version(package)
    except ModuleNotFoundError:
        return "(not installed)"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given = os.environ.get("GATEPOST_QR_CORPUS")
    parser.add_argument("corpus", nargs="?", default=given)
    corpus = parser.parse_args().corpus
    if corpus is None or not (Path(corpus) / "manifest.json").is_file():
        print(f"skipped: no corpus with a manifest.json at {corpus or 'any given place'}")
        return 0
    cv2.setNumThreads(1)
    print_versions()
    stages: Stages = defaultdict(lambda: defaultdict(list))
    tallies = run(Path(corpus), decoders(), stages)
    print_rates(tallies)
    print_times(tallies)
    print_stages(stages)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
