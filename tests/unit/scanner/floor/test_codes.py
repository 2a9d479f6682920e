import queue
import threading
from collections.abc import Iterator

from scanner.errors import DeviceError
from scanner.floor.codes import CodeWatch

WITHIN = 10.0


class FakeReader:
    name = "wedge:fake"

    def __init__(self, *texts: str, breaks: bool = False) -> None:
        self._texts = texts
        self._breaks = breaks
        self.closed = threading.Event()

    def texts(self) -> Iterator[str]:
        yield from self._texts
        if self._breaks:
            msg = "it was unplugged"
            raise DeviceError(msg)
        self.closed.wait(WITHIN)

    def close(self) -> None:
        self.closed.set()


def test_codes_go_on_after_the_scanner_was_unplugged_and_is_back() -> None:
    readers = [FakeReader("one", breaks=True), FakeReader("two")]
    came: queue.Queue[tuple[str, str]] = queue.Queue()
    watch = CodeWatch(lambda: readers.pop(0), lambda text, source: came.put((text, source)))
    watch.start()
    assert came.get(timeout=WITHIN) == ("one", "wedge:fake")
    assert came.get(timeout=WITHIN) == ("two", "wedge:fake")
    assert watch.trouble == ""
    watch.stop()
    assert watch.trouble == "the scanner ended"


def test_a_scanner_that_is_not_there_is_told() -> None:
    asked = threading.Event()

    def missing() -> FakeReader:
        asked.set()
        msg = "no such device"
        raise DeviceError(msg)

    watch = CodeWatch(missing, lambda _text, _source: None)
    watch.start()
    assert asked.wait(WITHIN)
    watch.stop()
    assert watch.trouble == "no such device"


def test_a_watch_that_never_began_stops() -> None:
    CodeWatch(FakeReader, lambda _text, _source: None).stop()
