"""What watching costs: tracing off and on beside the path's own processor time in the same run, and /metrics of a thousand doors."""

import itertools
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from contextvars import copy_context
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from benchmarks.bench_path import Keys, card_frame_of, frame_of, identity, numbered
from benchmarks.figures import FIGURES, Figure
from cardcore.audit import ClockTrust
from cardcore.ids import DoorId, Epoch
from cardcore.keyset import Alg
from cardcore.wire import Heartbeat, serialise
from central.bootstrap import wire_app, wire_central
from central.ops.system_clock import SystemClock
from central.ports.happenings import SignOfLife
from central.ports.records import Role
from central.storage.transaction import open_storage
from scanner.adapters.clock_system import RehearsalClock
from scanner.adapters.ledger_sqlite import SqliteLedger
from scanner.adapters.snapshot_sqlite import SqliteStandings
from scanner.bootstrap.eyes import make_decoder
from scanner.config import Settings
from scanner.door.frame import Presentation
from scanner.pipeline import ScanPipeline
from scanner.status import StatusChain
from scanner.timekeeping import always_trusted
from scanner.traced import TracedPipeline
from telemetry.operations import TracingOff, trace_headers
from telemetry.tracing import Tracing
from tests.fakes.card_material import NOW, fixed_bytes, some_claims
from tests.fakes.central_material import MAIN, some_device
from tests.fakes.central_office import operator
from tests.fakes.minting import mint
from tests.fakes.vault import VAULT

pytestmark = [pytest.mark.loopback, pytest.mark.allow_hosts(["127.0.0.1"])]
OFF = Figure(name="tracing off, of the path's processor time", limit=1.0, unit="%")
ON = Figure(name="tracing on at 10 %, of the path's processor time", limit=5.0, unit="%")
METRICS = Figure(name="/metrics with 1,000 doors", limit=20.0, unit="ms")
DOORS = 1_000
BATCH = 50  # presentations; some five of them are recorded
BATCHES = 60


class Lane:
    """A path of its own, traced or not, that judges a fresh card in the same frame each time."""

    def __init__(self, folder: Path, tracing: Tracing | None) -> None:
        folder.mkdir()
        self._texts = (mint(numbered(number), Alg.HMAC_256_64) for number in itertools.count())
        self._frame = frame_of(card_frame_of(mint(some_claims(), Alg.HMAC_256_64)))
        self._ledger = SqliteLedger.open(
            folder / "ledger.sqlite3",
            VAULT,
            new_epoch=Epoch(fixed_bytes("epoch", 8)),
            now=NOW,
            rehearsal=True,
        )
        self._standings = SqliteStandings(folder / "standings.sqlite3", VAULT)
        self._decoder = make_decoder(Settings(decoders=("zxing",)))
        clock, keys = RehearsalClock(NOW), Keys()
        status = StatusChain(live=None, memory=self._standings)
        self._pipeline: ScanPipeline
        if tracing is None:
            self._pipeline = ScanPipeline(
                identity=identity(),
                clock=clock,
                decoder=self._decoder,
                keys=keys,
                status=status,
                ledger=self._ledger,
                trust=always_trusted,
            )
        else:
            self._pipeline = TracedPipeline(
                tracing=tracing,
                identity=identity(),
                clock=clock,
                decoder=self._decoder,
                keys=keys,
                status=status,
                ledger=self._ledger,
                trust=always_trusted,
            )

    def close(self) -> None:
        self._decoder.close()
        self._standings.close()
        self._ledger.close()

    def judge(self) -> None:
        _, took = self._pipeline.readings(self._frame)
        shown = Presentation(
            text=next(self._texts), at=self._frame.taken_at, source="bench", decode_us=took
        )
        assert self._pipeline.answer(shown).seq is not None


def spent_on(work: Callable[[], object], rounds: int = BATCH) -> float:
    """Processor seconds of all threads, for one round."""
    began = time.process_time()
    for _ in range(rounds):
        work()
    return (time.process_time() - began) / rounds


@contextmanager
def a_collector() -> Iterator[str]:
    """A collector in a process of its own: its work is not the door's."""
    program = (
        "import sys\nfrom tests.fakes.collector import collecting\n"
        "with collecting() as it:\n    print(it.url, flush=True)\n    sys.stdin.read()"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


@pytest.fixture
def tracing(tmp_path: Path) -> Iterator[Tracing]:
    with (
        a_collector() as url,
        closing(
            Tracing(
                service="bench",
                url=url,
                share=0.1,
                folder=tmp_path,
                now=time.time_ns,
            )
        ) as made,
    ):
        yield made


def seams() -> None:
    """All that is left of tracing on the path where it is off: a context for the question, headers, an operation of nothing."""
    copy_context().run(trace_headers)
    with TracingOff().operation("sync"):
        pass


def test_tracing(tmp_path: Path, tracing: Tracing) -> None:
    with (
        closing(Lane(tmp_path / "off", None)) as off,
        closing(Lane(tmp_path / "on", tracing)) as on,
    ):
        for lane in (off, on):
            spent_on(lane.judge)  # warm
        plain, traced = [], []
        for _ in range(BATCHES):
            plain.append(spent_on(off.judge))
            traced.append(spent_on(on.judge))
    path = statistics.median(plain)
    FIGURES[OFF] = {"ours": spent_on(seams, 20_000) / path * 100}
    FIGURES[ON] = {"ours": (sum(traced) / sum(plain) - 1) * 100}  # few are recorded: no median


async def test_metrics(tmp_path: Path) -> None:
    storage = open_storage(f"sqlite:///{tmp_path / 'central.sqlite3'}")
    clock = SystemClock()
    told = Heartbeat(
        program="gatepost 0.1.0",
        wall_us=clock.micros(),
        clock=ClockTrust.TRUSTED,
        outbox=3,
        circuit="closed",
        keyset_version=7,
        free_bytes=10**9,
    )
    with storage.write() as tx:
        tx.documents.touch(MAIN)
        for number in range(DOORS):
            device = replace(some_device(f"d-{number}"), door=DoorId(f"Door {number}"))
            tx.devices.add(device)
            sign = SignOfLife(
                device_id=device.device_id,
                received_at=clock.micros(),
                wall=clock.micros(),
                content=serialise(told),
            )
            tx.reports.put_sign(sign)
    header = operator(storage, "prometheus", (Role.READ, MAIN))
    central = wire_central(storage, clock=clock, randomness=bytes)
    transport = httpx.ASGITransport(wire_app(central))
    took: list[float] = []
    async with httpx.AsyncClient(transport=transport, base_url="http://central") as client:
        for _ in range(40):
            began = time.perf_counter()
            answer = await client.get("/metrics", headers=header)
            took.append((time.perf_counter() - began) * 1_000)
            assert answer.text.count("gatepost_door_outbox_entries{") == DOORS
    storage.close()
    FIGURES[METRICS] = {"ours": statistics.median(took[5:])}
