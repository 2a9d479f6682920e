"""A clean symbol drawn from sampled modules, and the only judge of whether it was read right."""

import numpy as np
import zxingcpp
from numpy.typing import NDArray

from scanner.reading.symbol import fixed_modules, format_places, format_words, side_of

_QUIET_ZONE = 4  # modules of white around the symbol, as the standard asks
# Asked for Model 2 alone, zxing-cpp 3.1.1 reads no pure symbol; of the family only Model 1 could
# have this shape, and says so.
_FAMILY = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_MODEL_1 = "]Q0"
_MIN_FORMAT_AGREEMENT = 0.25  # of 1; keeps canvases without any contrast from being drawn


def judge(grey: NDArray[np.float32], dark: NDArray[np.bool_], version: int) -> bytes | None:
    """The payload, if Reed-Solomon holds; None otherwise.

    Everything the standard fixes is drawn as it should be, the format word as the legal one that
    agrees best, so that only the data modules are taken from the picture.

    Args:
        grey: sampled darkness, side x side, positive is dark; used for the format word.
        dark: the modules to read, side x side.
        version: 1 to 40.
    """
    symbol = cleaned(grey, dark, version)
    if symbol is None:
        return None
    found = zxingcpp.read_barcodes(
        _drawn(symbol),
        formats=_FAMILY,
        binarizer=zxingcpp.Binarizer.FixedThreshold,
        is_pure=True,
        try_rotate=False,
        try_downscale=False,
        try_invert=False,
    )
    sound = [each for each in found if each.valid and each.symbology_identifier != _MODEL_1]
    return bytes(sound[0].bytes) if sound else None


def cleaned(
    grey: NDArray[np.float32], dark: NDArray[np.bool_], version: int
) -> NDArray[np.bool_] | None:
    """The modules with all fixed patterns and the likeliest format word put in, or None."""
    side = side_of(version)
    fixed = fixed_modules(version)
    rows, columns = format_places(side)
    seen = grey[rows, columns].sum(axis=0)
    words = format_words()
    agreement = words @ seen
    best = int(np.argmax(agreement))
    if agreement[best] < _MIN_FORMAT_AGREEMENT * (np.abs(seen).sum() + 1e-6):
        return None
    symbol = np.where(fixed == 0, dark, fixed > 0)
    symbol[rows, columns] = words[best] > 0
    return symbol


def _drawn(symbol: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Grey levels, one pixel a module, dark on white with a quiet zone."""
    return np.where(np.pad(symbol, _QUIET_ZONE), np.uint8(0), np.uint8(255))
