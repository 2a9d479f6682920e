"""A code on a terminal: what a camera before it reads is what was made."""

import numpy as np
import zxingcpp

from central.cards.qr import terminal_qr

CODE = "AAAAAAAA-BBBBBBBBBBBBBBBB-CCCCCCCCCCCCCCCC"
SCALE = 6
# what each character of a light-on-dark terminal shows, the upper half and the lower
HALVES = {" ": (0, 0), "▀": (255, 0), "▄": (0, 255), "█": (255, 255)}


def test_a_code_on_a_terminal_can_be_read() -> None:
    lines = terminal_qr(CODE).splitlines()
    width = max(len(line) for line in lines)
    rows = [
        [HALVES[character][half] for character in line.ljust(width)]
        for line in lines
        for half in (0, 1)
    ]
    picture = np.kron(np.array(rows, dtype=np.uint8), np.ones((SCALE, SCALE), dtype=np.uint8))
    [found] = zxingcpp.read_barcodes(
        picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    )
    assert found.text == CODE
