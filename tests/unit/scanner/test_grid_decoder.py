"""The grid behind its port: a thread that never delays a frame and ends cleanly, stills at once, the settings."""

import threading
from contextlib import closing

import numpy as np
import pytest

from scanner.adapters.decoder_cascade import DecoderCascade
from scanner.adapters.decoder_grid import GridDecoder
from scanner.bootstrap.eyes import make_decoder, system_clock
from scanner.config import DECODERS, Settings
from scanner.door.frame import Frame, Reading
from tests.fakes.scanner_grid import CODE, SIDE, TEXT, FakeReader
from tests.fakes.scanner_parts import FakeDecoder
from tests.fakes.scanner_views import shown, view_of, with_lamp


class TestThread:
    def test_offering_never_waits_and_closing_ends_the_look(self) -> None:
        reader = FakeReader()
        hold = threading.Event()
        reader.step, reader.steps = lambda: hold.wait(0.01), 1_000
        decoder = GridDecoder(clock=system_clock(), reader=reader)
        for number in range(5):
            assert decoder.late(shown(view_of(), number), ()) == ()
        assert reader.is_looking.wait(5)
        decoder.close()
        assert reader.given_up.is_set()
        assert "grid" not in {thread.name for thread in threading.enumerate()}
        assert decoder.late(shown(view_of(), 9), ()) == ()
        decoder.close()

    def test_it_reads_what_the_first_could_not(self) -> None:
        view = with_lamp(view_of((CODE, (100, 60))), (100 + SIDE - 40, 60 + 40), 16)
        decoder = DecoderCascade(live=FakeDecoder(), beside=GridDecoder(clock=system_clock()))
        clock, pause = system_clock(), threading.Event()
        found: tuple[Reading, ...] = ()
        for _ in range(1_000):
            found = decoder.decode(Frame(luma=view, taken_at=clock.now()))
            if found:
                break
            pause.wait(0.02)
        decoder.close()
        assert [each.text for each in found] == [TEXT]
        assert sum(decoder.found_by.values()) == 1

    def test_a_reader_that_fails_stops_nothing(self, caplog: pytest.LogCaptureFixture) -> None:
        reader, failed = FakeReader(), threading.Event()

        def fail() -> None:
            failed.set()
            msg = "unforeseen"
            raise ValueError(msg)

        reader.step = fail
        decoder = GridDecoder(clock=system_clock(), reader=reader)
        decoder.late(shown(view_of(), 0), ())
        assert failed.wait(5)
        decoder.late(shown(view_of(), 1), ())
        decoder.close()
        assert "nobody foresaw" in caplog.text

    def test_a_still_is_read_at_once_and_begins_no_thread(self) -> None:
        decoder = GridDecoder(clock=system_clock())
        found = decoder.decode(shown(view_of((CODE, (100, 60))), 0, still=True))
        assert [each.text for each in found] == [TEXT]
        assert decoder._thread is None
        assert decoder.decode(shown(np.zeros((0, 0), np.uint8), 0)) == ()


@pytest.mark.parametrize(
    "names", [("zxing", "grid"), ("grid",), ("cv2",), ("zxing", "grid", "cv2")]
)
def test_the_settings_name_the_grid_and_opencv(names: tuple[str, ...]) -> None:
    view = view_of((CODE, (100, 60)))
    with closing(make_decoder(Settings(decoders=names))) as decoder:
        found = decoder.decode(shown(view, 0, still=True))
        decoder.decode(shown(view, 1))
    assert [each.text for each in found] == [TEXT]
    assert "grid" not in {thread.name for thread in threading.enumerate()}


def test_by_default_the_grid_reads_behind_zxing() -> None:
    assert Settings().decoders == ("zxing", "grid")
    assert set(Settings().decoders) < set(DECODERS)
