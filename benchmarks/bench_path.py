"""The path of a card: decode, verify, commit, and all of it together, each beside a bare yardstick."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import zxingcpp

from benchmarks.attempts import attempt_for
from benchmarks.bare_ledger import BareLedger
from benchmarks.conftest import Bench
from benchmarks.figures import Figure
from cardcore.card import Claims, Mode
from cardcore.ids import DeviceId, DoorId, Epoch
from cardcore.keyset import Alg, KeySet
from cardcore.policy import DoorPolicy
from cardcore.verify import VerifiedCard, verify_token
from scanner.adapters.clock_system import RehearsalClock
from scanner.adapters.ledger_sqlite import SqliteLedger
from scanner.adapters.snapshot_sqlite import SqliteStandings
from scanner.bootstrap.eyes import make_decoder
from scanner.config import Settings
from scanner.door.frame import Frame, Luma, Presentation
from scanner.door.identity import DoorIdentity
from scanner.pipeline import ScanPipeline
from scanner.status import StatusChain
from scanner.timekeeping import always_trusted
from tests.fakes.card_material import NOW, VENUE, fixed_bytes, some_claims, the_keys
from tests.fakes.minting import mint
from tests.fakes.vault import VAULT
from tools.camera_view import View, phone_frame, room_frame

DECODE_CARD = Figure(name="decode a 1280x720 frame with a card / bare zxing-cpp", limit=1.3)
DECODE_EMPTY = Figure(name="decode an empty 1280x720 frame / bare zxing-cpp", limit=1.3)
VERIFY_HMAC = Figure(name="verify a token, HMAC", limit=150, unit="µs")
VERIFY_EDDSA = Figure(name="verify a token, Ed25519", limit=300, unit="µs")
COMMIT = Figure(name="ledger commit / three bare statements at FULL", limit=1.5)
WHOLE = Figure(name="frame to committed verdict, offline / decode + bare commit", limit=1.4)
QR_ONLY = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
ROUNDS = 300


def numbered(number: int) -> Claims:
    return some_claims(
        card_id=fixed_bytes(f"card {number}", 16), nonce=fixed_bytes(f"nonce {number}", 8)
    )


def card_frame_of(text: str) -> Luma:
    return phone_frame(text, seed=1, view=View(yaw=8, roll=3))


def bare_read(luma: Luma) -> object:
    return zxingcpp.read_barcodes(luma, formats=QR_ONLY)


def frame_of(luma: Luma) -> Frame:
    return Frame(luma=luma, taken_at=RehearsalClock(NOW).now())


@pytest.fixture(scope="module")
def card() -> Luma:
    return card_frame_of(mint(some_claims(), Alg.HMAC_256_64))


@pytest.fixture(scope="module")
def empty() -> Luma:
    return room_frame(seed=1, view=View())


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    epoch = Epoch(fixed_bytes("epoch", 8))
    path = tmp_path / "ledger.sqlite3"
    with closing(
        SqliteLedger.open(path, VAULT, new_epoch=epoch, now=NOW, rehearsal=True)
    ) as opened:
        yield opened


@pytest.fixture
def pipeline(tmp_path: Path, ledger: SqliteLedger) -> Iterator[ScanPipeline]:
    with closing(SqliteStandings(tmp_path / "standings.sqlite3", VAULT)) as standings:
        yield ScanPipeline(
            identity=identity(),
            clock=RehearsalClock(NOW),
            decoder=make_decoder(Settings()),
            keys=Keys(),
            status=StatusChain(live=None, memory=standings),
            ledger=ledger,
            trust=always_trusted,
        )


def identity() -> DoorIdentity:
    policy = DoorPolicy()
    return DoorIdentity(
        door=DoorId("Bench"),
        device=DeviceId("bench"),
        audiences=frozenset((VENUE,)),
        policy=policy,
        rules=policy.door,
        program="bench",
    )


class Keys:
    """The test keys."""

    def __init__(self) -> None:
        self._keys = the_keys()

    def current(self) -> KeySet:
        return self._keys


def test_decode_card(bench: Bench, card: Luma) -> None:
    decoder, frame = make_decoder(Settings()), frame_of(card)
    assert decoder.decode(frame)
    bench.pair(DECODE_CARD, ours=lambda: decoder.decode(frame), yardstick=lambda: bare_read(card))


def test_decode_empty(bench: Bench, empty: Luma) -> None:
    decoder, frame = make_decoder(Settings()), frame_of(empty)
    assert not decoder.decode(frame)
    bench.pair(DECODE_EMPTY, ours=lambda: decoder.decode(frame), yardstick=lambda: bare_read(empty))


@pytest.mark.parametrize(
    ("figure", "mode", "alg"),
    [(VERIFY_HMAC, Mode.ROTATING, Alg.HMAC_256_64), (VERIFY_EDDSA, Mode.ONLINE, Alg.EDDSA)],
)
def test_verify(bench: Bench, figure: Figure, mode: Mode, alg: Alg) -> None:
    keys, audiences = the_keys(), frozenset((VENUE,))
    text = mint(some_claims(mode=mode), alg)
    assert isinstance(verify_token(text, keys, audiences, NOW), VerifiedCard)
    bench.alone(figure, lambda: verify_token(text, keys, audiences, NOW), rounds=2_000, per=1e6)


def test_commit(bench: Bench, tmp_path: Path, ledger: SqliteLedger) -> None:
    """Only the ledger's own call is timed: everything before it is prepared."""
    attempts = iter([attempt_for(numbered(number)) for number in range(2 * ROUNDS)])
    with closing(BareLedger(tmp_path / "bare.sqlite3")) as bare:
        bench.pair(
            COMMIT,
            ours=lambda: ledger.commit(next(attempts)),
            yardstick=bare.commit,
            rounds=ROUNDS,
        )


def test_whole(bench: Bench, tmp_path: Path, card: Luma, pipeline: ScanPipeline) -> None:
    """Each round decodes the frame, then judges a fresh card of the same size, as a door would."""
    texts = iter([mint(numbered(number), Alg.HMAC_256_64) for number in range(2 * ROUNDS)])
    frame = frame_of(card)
    with closing(BareLedger(tmp_path / "bare.sqlite3")) as bare:

        def read_and_commit() -> None:
            bare_read(card)
            bare.commit()

        def whole() -> None:
            _, took = pipeline.readings(frame)
            shown = Presentation(
                text=next(texts), at=frame.taken_at, source="bench", decode_us=took
            )
            assert pipeline.answer(shown).seq is not None

        bench.pair(WHOLE, ours=whole, yardstick=read_and_commit, rounds=ROUNDS)
