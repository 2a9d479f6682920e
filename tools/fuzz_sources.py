"""The pictures that are mutated, and every text that may rightly be read from each."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from scanner.reading.cascade import read_still
from scanner.reading.geometry import reduced

Luma = NDArray[np.uint8]
OWN: Final = Path(__file__).resolve().parent.parent / "fixtures" / "qr"
_KINDS: Final = frozenset((".jpg", ".jpeg", ".png", ".webp", ".bmp"))
_ENCODINGS: Final = ("utf-8", "shift_jis", "gb18030", "latin-1")
_KEPT: Final = 1_600  # pixels; larger pictures are reduced when opened
_ANY: Final = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One picture before anything was done to it.

    Attributes:
        luma: grey levels, height x width.
        payloads: the bytes read from it as it is.
        texts: what its manifest says it holds.
        is_judged: whether all its texts are known, so that any other read is a wrong one.
    """

    luma: Luma
    payloads: frozenset[bytes]
    texts: frozenset[str]
    is_judged: bool

    def holds(self, payload: bytes) -> bool:
        """Whether this may rightly be read from it."""
        return payload in self.payloads or bool(self.texts & _as_texts(payload))


class Folder:
    """A folder of pictures, with or without a manifest.json; each is opened when first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._entries = _manifest(folder)
        self.files = sorted(
            path.relative_to(folder).as_posix()
            for path in folder.rglob("*")
            if path.suffix.lower() in _KINDS
        )

    @lru_cache(maxsize=700)  # noqa: B019 -- one folder lives as long as the program
    def source(self, file: str) -> Source | None:
        """The picture, or None where it is none."""
        opened = cv2.imread(str(self._folder / file), cv2.IMREAD_GRAYSCALE)
        if opened is None:
            return None
        luma, _ = reduced(np.asarray(opened, np.uint8), _KEPT)
        entry = self._entries.get(file, {})
        told = entry.get("text")
        texts = [told] if isinstance(told, str) else told if isinstance(told, list) else []
        payloads: frozenset[bytes] = frozenset() if entry.get("kind") == "empty" else _read(luma)
        codes = entry.get("codes")
        seen = max(len(set(texts)), len(payloads))
        return Source(
            luma=luma,
            payloads=payloads,
            texts=frozenset(_even(str(text)) for text in texts),
            is_judged=entry.get("kind") == "empty"
            or seen >= (codes if isinstance(codes, int) else 1),
        )


def _manifest(folder: Path) -> dict[str, dict[str, object]]:
    path = folder / "manifest.json"
    content = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    if isinstance(content, dict):  # our own: which decision must come out, not which text
        return {
            each["file"]: {"kind": "empty" if "no_code" in json.dumps(each["expect"]) else "code"}
            for each in content["pictures"]
        }
    return {each["file"]: each for each in content}


def _read(luma: Luma) -> frozenset[bytes]:
    """By zxing-cpp alone and by the whole reader; some texts were written down wrong."""
    plain = {bytes(each.bytes) for each in zxingcpp.read_barcodes(luma, formats=_ANY) if each.valid}
    steps = iter(range(60))
    ours = read_still(luma, deadline=lambda: next(steps, None) is None)
    return frozenset(plain | {each.payload for each in ours})


def _as_texts(payload: bytes) -> set[str]:
    found = set()
    for encoding in _ENCODINGS:
        try:
            found.add(_even(payload.decode(encoding)))
        except UnicodeDecodeError:
            continue
    return found


def _even(text: str) -> str:
    return text.replace("\r\n", "\n").rstrip("\n")
