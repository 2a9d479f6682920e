"""A snapshot of a million cards, taken in beside a door that answers: its memory, its time, and how long verdicts wait."""

import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final

import pytest

from benchmarks.bench_path import Keys, identity
from benchmarks.figures import FIGURES, Figure
from benchmarks.snapshot_central import KNOWN, known_card
from cardcore.ids import Epoch, Micros
from cardcore.keyset import Alg
from cardcore.snapshot_manifest import bits_for
from scanner.adapters.central_httpx import HttpCentral
from scanner.adapters.clock_system import RehearsalClock, SystemClock
from scanner.adapters.ledger_sqlite import SqliteLedger
from scanner.adapters.snapshot_sqlite import SqliteStandings
from scanner.bootstrap.eyes import make_decoder
from scanner.config import Settings
from scanner.door.frame import Presentation
from scanner.pipeline import ScanPipeline
from scanner.status import StatusChain
from scanner.sync.snapshot import SnapshotTaker
from scanner.timekeeping import always_trusted
from tests.fakes.card_material import NOW, fixed_bytes, some_claims
from tests.fakes.minting import mint
from tests.fakes.scanner_trust import a_gate
from tests.fakes.vault import VAULT

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]

CARDS: Final = 1_000_000
BITS: Final = bits_for(CARDS)
MEMORY: Final = Figure(name="a snapshot of 1M cards applied, extra memory", limit=60, unit="MB")
WAIT: Final = Figure(name="verdict while 1M cards are applied / idle, median", limit=2)
WAIT_95: Final = Figure(name="verdict while 1M cards are applied / idle, 95 %", limit=2)
APPLIED: Final = Figure(name="a snapshot of 1M cards applied, every chunk new", limit=60, unit="s")
ONE_CARD: Final = Figure(
    name="a snapshot of 1M cards after one change, fetched", limit=100, unit="kB"
)
LOOK_UP: Final = Figure(name="a card among 1M in the snapshot", limit=500, unit="µs")
EVERY_S: Final = 0.02  # between two cards: more than any door sees
IDLE: Final = 500


@dataclass(slots=True)
class Door:
    """A door of the venue, and what it was sent."""

    taker: SnapshotTaker
    standings: SqliteStandings
    answer: Callable[[], float]
    url: str
    bytes_read: list[int] = field(default_factory=list)
    is_paced: bool = True

    def tell(self, path: str) -> None:
        """Central changes something."""
        with urllib.request.urlopen(self.url + path) as answer:  # noqa: S310 -- our own, on loopback
            answer.read()


@contextmanager
def central_of(cards: int) -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.snapshot_central", str(cards)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("door")
    with ExitStack() as stack:
        url = stack.enter_context(central_of(CARDS))
        yield stack.enter_context(a_door(folder, url))


@contextmanager
def a_door(folder: Path, url: str) -> Iterator[Door]:
    """As `gatepost run` has it: those who answer and the sync have the file open each for itself."""
    standings_file = folder / "standings.sqlite3"
    with ExitStack() as stack:
        answering, taking = (
            stack.enter_context(closing(SqliteStandings(standings_file, VAULT))) for _ in range(2)
        )
        epoch = Epoch(fixed_bytes("epoch", 8))
        ledger = SqliteLedger.open(
            folder / "ledger.sqlite3", VAULT, new_epoch=epoch, now=NOW, rehearsal=True
        )
        stack.enter_context(closing(ledger))
        link = stack.enter_context(HttpCentral(url, "token", SystemClock().mono))
        in_turn = threading.Event()

        def pause(seconds: float) -> bool:
            return made.is_paced and in_turn.wait(seconds)

        made = Door(
            taker=SnapshotTaker(link=link, gate=a_gate(), store=taking, pause=pause),
            standings=answering,
            answer=_answering(ledger, answering),
            url=url,
        )
        chunk = link.chunk

        def counted(digest: bytes) -> bytes:
            data = chunk(digest)
            made.bytes_read.append(len(data))
            return data

        link.chunk = counted  # type: ignore[method-assign]
        yield made


def _answering(ledger: SqliteLedger, standings: SqliteStandings) -> Callable[[], float]:
    pipeline = ScanPipeline(
        identity=identity(),
        clock=RehearsalClock(NOW),
        decoder=make_decoder(Settings()),
        keys=Keys(),
        status=StatusChain(live=None, memory=standings),
        ledger=ledger,
        trust=always_trusted,
    )
    at = RehearsalClock(NOW).now()
    cards = (known_card(no, number, BITS) for number in range(KNOWN) for no in range(1 << BITS))
    nonces = (number.to_bytes(8, "big") for number in range(1 << 32))

    def answer() -> float:
        """One verdict on a card that was not there before; seconds."""
        text = mint(some_claims(card_id=next(cards), nonce=next(nonces)), Alg.HMAC_256_64)
        shown = Presentation(text=text, at=at, source="bench", decode_us=Micros(1))
        began = time.perf_counter()
        assert pipeline.answer(shown).seq is not None
        return time.perf_counter() - began

    return answer


def _memory(line: str) -> float:
    """A line of this process's status, in MB."""
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(each.split()[1]) for each in status if each.startswith(line)) / 1_024


def _high(took: list[float]) -> float:
    return sorted(took)[len(took) * 95 // 100]


def test_a_million_cards_are_applied_while_the_door_answers(door: Door) -> None:
    door.is_paced = False
    assert door.taker.take()
    door.is_paced = True
    assert door.standings.snapshot_cards == CARDS
    idle: list[float] = []
    for _ in range(IDLE):
        idle.append(door.answer())
        time.sleep(EVERY_S)
    door.tell("/generation/2")
    applying = threading.Thread(target=door.taker.take)
    before = _memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the highest mark is now
    began = time.perf_counter()
    applying.start()
    busy: list[float] = []
    while applying.is_alive():
        busy.append(door.answer())
        time.sleep(EVERY_S)
    took = time.perf_counter() - began
    applying.join()
    assert door.standings.snapshot_version == 2
    found = door.standings.in_snapshot(known_card(7, 7, BITS))
    assert found is not None
    assert found.generation == 2
    FIGURES[MEMORY] = {"ours": max(0.0, _memory("VmHWM") - before)}
    FIGURES[WAIT] = {"ours": median(busy), "yardstick": median(idle)}
    FIGURES[WAIT_95] = {"ours": _high(busy), "yardstick": _high(idle)}
    FIGURES[APPLIED] = {"ours": took}


def test_one_card_changes(door: Door) -> None:
    door.taker.take()
    door.tell("/revoke/1")
    door.bytes_read.clear()
    door.taker.take()
    assert len(door.bytes_read) == 1
    manifest = 32 << BITS
    FIGURES[ONE_CARD] = {"ours": (manifest + sum(door.bytes_read)) / 1_000}


def test_a_card_is_looked_up(door: Door) -> None:
    cards = [known_card(no, number, BITS) for no in range(1 << BITS) for number in range(2)]
    took: list[float] = []
    for card in cards:
        began = time.perf_counter()
        assert door.standings.in_snapshot(card) is not None
        took.append(time.perf_counter() - began)
    FIGURES[LOOK_UP] = {"ours": median(took) * 1e6}
