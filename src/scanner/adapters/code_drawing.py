"""Draw a text as a QR code: what the door tries its own eyes with."""

from typing import Final

import numpy as np
import zxingcpp

from scanner.door.frame import Luma

SCALE: Final = 4  # pixels a module
BORDER: Final = 4 * SCALE  # pixels of white around it (ISO/IEC 18004 wants 4 modules)
_WHITE: Final = 255


def draw_code(text: str) -> Luma:
    """A grey picture of ``text`` as a QR code, black on white."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    image = zxingcpp.write_barcode_to_image(code, scale=SCALE)
    return np.pad(np.asarray(image, dtype=np.uint8), BORDER, constant_values=_WHITE)
