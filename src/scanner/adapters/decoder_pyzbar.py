"""pyzbar (ZBar): a second look at stills. It needs Debian's libzbar0; without it, it finds nothing."""

import importlib
from types import ModuleType
from typing import Final

from scanner.door.frame import Frame, Reading

STAGE: Final = "pyzbar"


class PyzbarDecoder:
    """QR codes as ZBar reads them; ``available`` says whether its library is on this machine."""

    def __init__(self) -> None:
        self._pyzbar = _load()

    @property
    def available(self) -> bool:
        """Whether ZBar can be used here."""
        return self._pyzbar is not None

    def decode(self, frame: Frame) -> tuple[Reading, ...]:
        """Every code in view."""
        if self._pyzbar is None or frame.luma.size == 0:
            return ()
        height, width = frame.luma.shape
        found = self._pyzbar.decode(
            (frame.luma.tobytes(), width, height), symbols=[self._pyzbar.ZBarSymbol.QRCODE]
        )
        return tuple(Reading(payload=bytes(code.data), stage=STAGE) for code in found)


def _load() -> ModuleType | None:
    try:
        return importlib.import_module("pyzbar.pyzbar")
    except (ImportError, OSError):  # ImportError: "Unable to find zbar shared library"
        return None
