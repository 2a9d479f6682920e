"""Reading codes alone: any text, nothing judged, nothing kept."""

from dataclasses import dataclass
from pathlib import Path

from scanner.bootstrap.eyes import make_decoder, picture_opener, system_clock
from scanner.config import Settings
from scanner.door.frame import Frame, Reading
from scanner.lane import OpenPicture
from scanner.ports import Clock, QrDecoder


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoding:
    """Decoder and clock, ready."""

    decoder: QrDecoder
    clock: Clock
    open_picture: OpenPicture

    def decode(self, path: Path) -> dict[str, object]:
        """What `gatepost decode --json` prints beside the file; without a picture, the reason stands beside empty texts."""
        began = self.clock.mono()
        picture = self.open_picture(path)
        if isinstance(picture, str):
            return {
                "texts": [],
                "stage": None,
                "reason": str(picture),
                "ms": 0.0,
            }
        found = self.decoder.decode(Frame(luma=picture, taken_at=self.clock.now(), still=True))
        return {
            "texts": [as_text(reading) for reading in found],
            "stage": found[0].stage if found else None,
            "ms": round((self.clock.mono() - began) / 1_000, 3),
        }


def open_decoding(settings: Settings) -> Decoding:
    """Ready to read codes."""
    return Decoding(
        decoder=make_decoder(settings, accepts_model_1=True),
        clock=system_clock(),
        open_picture=picture_opener(),
    )


def as_text(reading: Reading) -> str:
    """The code as text: UTF-8 where it is that, else a character a byte."""
    try:
        return reading.payload.decode("utf-8")
    except UnicodeDecodeError:
        return reading.text
