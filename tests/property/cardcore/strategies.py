"""What the card core's properties are tried on."""

from typing import Final, TypeVar

from hypothesis import strategies as st

from cardcore.audit import AuditEntry, ClockTrust, Direction, Outcome
from cardcore.card import INSTANT_LIMIT, Claims, Mode
from cardcore.ids import Audience, CardId, Nonce, UnixSeconds
from cardcore.keyset import Alg
from tests.fakes.card_material import ALLOWED
from tests.fakes.plain_cbor import Plain

INTEGERS: Final = st.integers(-(1 << 64), (1 << 64) - 1)
UTF8: Final = st.characters(exclude_categories=["Cs"])
PLAIN: Final = st.characters(exclude_categories=["C"])
NO_CONTROL: Final = st.characters(exclude_categories=["Cs", "Cc"])
LARGEST_COUNT: Final = (1 << 63) - 1
T = TypeVar("T")


def cbor_values(depth: int = 4, entries: int = 8) -> st.SearchStrategy[Plain]:
    """Values that have a form, nested at most ``depth`` deep."""
    leaves: st.SearchStrategy[Plain] = (
        INTEGERS | st.binary(max_size=300) | st.text(UTF8, max_size=40)
    )
    if depth == 0:
        return leaves
    inner = cbor_values(depth - 1, entries)
    return (
        leaves
        | st.lists(inner, max_size=entries).map(tuple)
        | st.dictionaries(INTEGERS, inner, max_size=entries)
    )


@st.composite
def claims(draw: st.DrawFn, mode: Mode) -> Claims:
    """Claims within their bounds, of any life that the mode allows."""
    issued_at = draw(st.integers(0, INSTANT_LIMIT - 1 - mode.longest_life))
    return Claims(
        audience=Audience(draw(st.text(PLAIN, min_size=1, max_size=20))),
        expires_at=UnixSeconds(issued_at + draw(st.integers(1, mode.longest_life))),
        issued_at=UnixSeconds(issued_at),
        nonce=Nonce(draw(st.binary(min_size=8, max_size=16))),
        mode=mode,
        card_id=CardId(draw(st.binary(min_size=16, max_size=16))),
        generation=draw(st.integers(0, 65_535)),
        member=draw(st.none() | st.text(PLAIN, min_size=1, max_size=24)),
    )


@st.composite
def cards(draw: st.DrawFn) -> tuple[Claims, Alg]:
    """Claims, and an algorithm that may carry them."""
    mode, alg = draw(st.sampled_from(ALLOWED))
    return draw(claims(mode)), alg


@st.composite
def mutated(draw: st.DrawFn, good: bytes) -> bytes:
    """``good`` after one to three changes: a bit, a cut, a swap, a doubling, a piece of CBOR put in."""
    data = bytearray(good)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        match draw(st.sampled_from(("flip", "cut", "head", "swap", "twice", "insert", "replace"))):
            case "flip" if data:
                data[at] ^= 1 << draw(st.integers(0, 7))
            case "cut":
                del data[at:]
            case "head":
                del data[:at]
            case "swap" if data:
                other = draw(st.integers(0, len(data) - 1))
                data[at], data[other] = data[other], data[at]
            case "twice":
                data[at:at] = data[at : at + draw(st.integers(1, 12))]
            case "insert":
                data[at:at] = draw(SMALL_CBOR)
            case _:
                data[at : at + 1] = draw(SMALL_CBOR)
    return bytes(data)


# Whole items, heads without their content, and what the format has no form for.
SMALL_CBOR: Final = st.sampled_from(
    [
        bytes.fromhex(item)
        for item in [
            "00",
            "01",
            "17",
            "18",
            "1800",
            "1818",
            "190000",
            "1a00000000",
            "1b0000000000000000",
            "1bffffffffffffffff",
            "20",
            "3800",
            "40",
            "4100",
            "5800",
            "580100",
            "5b7fffffffffffffff",
            "60",
            "6161",
            "7800",
            "61ff",
            "7f",
            "80",
            "8100",
            "9800",
            "9bffffffffffffffff",
            "a0",
            "a10000",
            "a20000",
            "b800",
            "bf",
            "bfff",
            "c0",
            "c100",
            "c24101",
            "d1",
            "d2",
            "d823",
            "d9d9f7",
            "f4",
            "f5",
            "f6",
            "f7",
            "f800",
            "f820",
            "f90000",
            "fa00000000",
            "fb0000000000000000",
            "fe",
            "ff",
        ]
    ]
)


def _word(size: int = 64) -> st.SearchStrategy[str]:
    return st.text(NO_CONTROL, min_size=1, max_size=size)


def _maybe(strategy: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    return st.none() | strategy


COUNTS: Final = st.integers(0, LARGEST_COUNT)
STAGES: Final = st.dictionaries(
    st.sampled_from(("decode", "verify", "replay", "status", "decide")), COUNTS
)
# What differs from line to line of a log, and little else: a chain takes several of them.
LINES: Final = st.builds(
    AuditEntry,
    door=st.just("Front door"),
    device=st.just("dev-1"),
    epoch=st.just(bytes(8)),
    seq=st.just(1),
    previous=st.just(bytes(32)),
    wall=COUNTS,
    mono=st.just(0),
    boot_id=st.just(b""),
    clock=st.just(ClockTrust.TRUSTED),
    source=st.just("camera:0"),
    direction=st.just(Direction.ENTRY),
    decision=st.sampled_from(Outcome),
    reason=_word(8),
    nonce=_maybe(st.binary(min_size=8, max_size=16)),
    unknown=st.dictionaries(st.integers(31, 33), INTEGERS, max_size=1),
)
ENTRIES: Final = st.builds(
    AuditEntry,
    door=_word(),
    device=_word(),
    epoch=st.binary(min_size=8, max_size=8),
    seq=COUNTS,
    previous=st.binary(min_size=32, max_size=32),
    wall=COUNTS,
    mono=COUNTS,
    boot_id=st.binary(max_size=16),
    clock=st.sampled_from(ClockTrust),
    source=_word(),
    direction=st.sampled_from(Direction),
    decision=st.sampled_from(Outcome),
    reason=_word(),
    kid=_maybe(st.binary(min_size=4, max_size=4)),
    mode=_maybe(st.integers(0, 255)),
    card_id=_maybe(st.binary(min_size=16, max_size=16)),
    generation=_maybe(st.integers(0, 65_535)),
    nonce=_maybe(st.binary(min_size=8, max_size=16)),
    status=_maybe(_word()),
    status_age_s=_maybe(COUNTS),
    keyset_version=_maybe(COUNTS),
    attendant=_maybe(_word()),
    stages=STAGES,
    program=_maybe(_word()),
    extensions=st.dictionaries(INTEGERS, cbor_values(1, 2), max_size=2),
    unknown=st.dictionaries(
        st.integers(31, 100) | st.integers(-100, -1), cbor_values(1, 2), max_size=2
    ),
)
