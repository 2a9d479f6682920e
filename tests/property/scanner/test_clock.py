"""A door's clock under any order of steps, reboots, documents and cards.

What must hold: never TRUSTED below the floor; only documents and entries written while TRUSTED raise the floor, a token's
time never; a clock stepped ahead and back is believed as before, and no floor was raised meanwhile.
"""

from dataclasses import replace

from hypothesis import given, strategies as st

from cardcore.audit import ClockTrust
from cardcore.card import Mode
from cardcore.ids import Micros, UnixSeconds
from cardcore.verify import SKEW
from scanner.door.clock_trust import ClockMemory, Ntp, judge_clock
from scanner.door.moment import MICROS, Moment
from scanner.timekeeping import Timekeeper
from tests.fakes.card_material import DAY, NOW, some_claims
from tests.fakes.scanner_clock import BOOT, FakeClock
from tests.fakes.scanner_door import a_card, a_pipeline, a_presentation
from tests.fakes.scanner_ledger import FakeLedger

SECONDS = st.integers(0, 1 << 33)
BOOTS = st.sampled_from([BOOT, b"another boot 16b", bytes(16)])
MOMENTS = st.builds(
    lambda wall, mono, boot: Moment(
        wall=Micros(wall * MICROS), mono=Micros(mono * MICROS), boot_id=boot
    ),
    SECONDS,
    st.integers(0, 1 << 28),
    BOOTS,
)
MEMORIES = st.builds(
    lambda floor, anchor: ClockMemory(floor=UnixSeconds(floor), anchor=anchor),
    SECONDS,
    st.none() | MOMENTS,
)
NTP = st.sampled_from(Ntp)
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("advance"), st.integers(0, DAY)),
        st.tuples(st.just("step"), st.integers(-2 * DAY, 2 * DAY)),
        st.tuples(st.just("card"), st.integers(-DAY, DAY)),
        st.tuples(st.just("document"), st.integers(-DAY, DAY)),
    ),
    max_size=12,
)


@given(now=MOMENTS, memory=MEMORIES, ntp=NTP)
def test_never_trusted_below_the_floor_and_never_an_exception(
    now: Moment, memory: ClockMemory, ntp: Ntp
) -> None:
    trust = judge_clock(now, memory, ntp)
    if now.seconds < memory.floor - SKEW:
        assert trust is ClockTrust.UNTRUSTED


@given(acts=ACTS, ntp=NTP)
def test_only_documents_and_trusted_entries_teach_the_clock(
    acts: list[tuple[str, int]], ntp: Ntp
) -> None:
    clock, ledger = FakeClock(), FakeLedger()
    keeper = Timekeeper(book=ledger, ntp=lambda: ntp)
    pipeline = a_pipeline(clock=clock, ledger=ledger, trust=keeper.keep)
    for act, amount in acts:
        before = ledger.floor
        if act == "advance":
            clock.advance(amount)
        elif act == "step":
            clock.step(amount)
        elif act == "document":
            ledger.raise_clock_floor(UnixSeconds(NOW + amount))
            assert ledger.floor == max(before, NOW + amount)
        else:
            at = NOW + amount
            card = a_card(some_claims(mode=Mode.ROTATING, issued_at=at, expires_at=at + 30))
            answer = pipeline.answer(a_presentation(card, clock.now()))
            now = answer.presentation.at.seconds
            if answer.clock is ClockTrust.TRUSTED:
                assert now >= before - SKEW
                assert ledger.floor == max(before, now)
            else:
                assert ledger.floor == before


@given(ahead=st.integers(SKEW + 60, 400 * DAY), during=st.integers(0, DAY // 2), ntp=NTP)
def test_a_clock_stepped_ahead_and_back_locks_nobody_out(ahead: int, during: int, ntp: Ntp) -> None:
    clock, ledger = FakeClock(), FakeLedger()
    keeper = Timekeeper(book=ledger, ntp=lambda: ntp)
    ledger.anchor_clock(clock.now())
    pipeline = a_pipeline(clock=clock, ledger=ledger, trust=keeper.keep)
    clock.step(ahead)
    wrong = pipeline.answer(a_presentation("no card", clock.now()))
    assert wrong.clock is ClockTrust.UNTRUSTED
    clock.advance(during)
    clock.step(-ahead)
    right = pipeline.answer(a_presentation("no card", clock.now()))
    assert right.clock is ClockTrust.TRUSTED
    assert ledger.floor == right.presentation.at.seconds


@given(ahead=st.integers(60, 400 * DAY))
def test_a_door_that_booted_ahead_is_right_again_once_its_clock_is(ahead: int) -> None:
    clock, ledger = FakeClock(), FakeLedger()
    ledger.anchor = replace(clock.now(), boot_id=b"the boot before!")
    keeper = Timekeeper(book=ledger, ntp=lambda: Ntp.UNSYNCHRONISED)
    pipeline = a_pipeline(clock=clock, ledger=ledger, trust=keeper.keep)
    clock.step(ahead)
    assert pipeline.answer(a_presentation("x", clock.now())).clock is ClockTrust.HOLDOVER
    clock.step(-ahead)
    assert pipeline.answer(a_presentation("x", clock.now())).clock is ClockTrust.HOLDOVER
    assert ledger.floor == 0
