"""Files made to hurt, from their bytes to an answer: what is in them, or why they are no picture."""

from collections.abc import Iterator
from contextlib import closing
from typing import Final

import pytest

from scanner.adapters.decoder_cascade import DecoderCascade
from scanner.adapters.picture_opencv import PictureFault, decode_picture
from scanner.bootstrap.eyes import make_decoder
from scanner.config import Settings
from scanner.door.frame import Frame
from tests.fakes.card_material import NOW
from tests.fakes.scanner_clock import moment_at
from tools.hostile_pictures import MOST_BYTES, PICTURES, TEXT

CARD: Final = {TEXT.encode()}
ANSWERS: Final[dict[str, set[bytes] | PictureFault]] = {
    "20,000 × 20,000": PictureFault.TOO_LARGE,
    "truncated": PictureFault.UNREADABLE,
    "zero bytes": PictureFault.UNREADABLE,
    "a text": PictureFault.UNREADABLE,
    "16 bit a pixel": CARD,
    "with alpha": CARD,
    "CMYK": CARD,
    "animated GIF": CARD,
    "animated PNG": CARD,
    "animated WebP": CARD,
    "a code of 2,953 bytes": {b"x" * MOST_BYTES},
    "200 codes": {b"1"},
}


@pytest.fixture(scope="module")
def decoder() -> Iterator[DecoderCascade]:
    with closing(make_decoder(Settings())) as made:
        yield made


@pytest.mark.parametrize("name", PICTURES)
def test_every_file_made_to_hurt_has_its_answer(name: str, decoder: DecoderCascade) -> None:
    picture = decode_picture(PICTURES[name]())
    if isinstance(picture, PictureFault):
        assert ANSWERS[name] is picture
        return
    found = decoder.decode(Frame(luma=picture, taken_at=moment_at(NOW), still=True))
    assert {reading.payload for reading in found} == ANSWERS.get(name, set())
    assert len(found) == (200 if name == "200 codes" else len({each.payload for each in found}))
