"""The clock's judgement, state by state; what keeps the anchor; and what the machine says of its clock."""

from dataclasses import replace

import pytest

from cardcore.audit import ClockTrust
from cardcore.ids import UnixSeconds
from cardcore.verify import SKEW
from scanner.adapters.ntp_adjtimex import ntp_state, state_of
from scanner.door.clock_trust import (
    ANCHOR_EVERY,
    ANCHOR_LASTS,
    ClockMemory,
    Ntp,
    judge_clock,
    wants_anchor,
)
from scanner.door.moment import MICROS
from scanner.timekeeping import Timekeeper, always_trusted
from tests.fakes.card_material import DAY, NOW
from tests.fakes.scanner_clock import FakeClock, moment_at
from tests.fakes.scanner_ledger import FakeLedger

FREE = (Ntp.UNSYNCHRONISED, Ntp.UNKNOWN)


@pytest.mark.parametrize("ntp", FREE)
def test_a_clock_nobody_vouches_for_is_in_holdover(ntp: Ntp) -> None:
    assert judge_clock(moment_at(NOW), ClockMemory(), ntp) is ClockTrust.HOLDOVER


def test_a_clock_that_ntp_keeps_is_trusted_unless_it_reads_what_has_passed() -> None:
    memory = ClockMemory(floor=UnixSeconds(NOW))
    assert judge_clock(moment_at(NOW), memory, Ntp.SYNCHRONISED) is ClockTrust.TRUSTED
    behind = moment_at(NOW - SKEW - 1)
    assert judge_clock(behind, memory, Ntp.SYNCHRONISED) is ClockTrust.UNTRUSTED


def test_an_anchor_of_this_boot_is_good_for_a_day() -> None:
    clock = FakeClock()
    memory = ClockMemory(anchor=clock.now())
    clock.advance(ANCHOR_LASTS / MICROS - 1)
    assert judge_clock(clock.now(), memory, Ntp.UNKNOWN) is ClockTrust.TRUSTED
    clock.advance(2)
    assert judge_clock(clock.now(), memory, Ntp.UNKNOWN) is ClockTrust.HOLDOVER
    assert judge_clock(clock.now(), memory, Ntp.SYNCHRONISED) is ClockTrust.TRUSTED


@pytest.mark.parametrize("step", [SKEW + 1, -SKEW - 1, DAY, -DAY])
@pytest.mark.parametrize("ntp", Ntp)
def test_a_clock_that_was_set_is_untrusted_until_it_is_set_back(step: int, ntp: Ntp) -> None:
    clock = FakeClock()
    memory = ClockMemory(anchor=clock.now())
    clock.step(step)
    assert judge_clock(clock.now(), memory, ntp) is ClockTrust.UNTRUSTED
    clock.step(-step)
    assert judge_clock(clock.now(), memory, ntp) is ClockTrust.TRUSTED


def test_an_anchor_of_another_boot_or_of_an_unknown_one_says_nothing() -> None:
    anchor = moment_at(NOW - DAY, mono=5)
    now = moment_at(NOW, mono=9)
    for before, after in (
        (replace(anchor, boot_id=b"another boot 16b"), now),
        (replace(anchor, boot_id=bytes(16)), replace(now, boot_id=bytes(16))),
    ):
        memory = ClockMemory(anchor=before)
        assert judge_clock(after, memory, Ntp.UNKNOWN) is ClockTrust.HOLDOVER


def test_the_anchor_is_kept_up_by_ntp_alone_and_not_at_every_look() -> None:
    clock, ledger = FakeClock(), FakeLedger()
    free = Timekeeper(book=ledger, ntp=lambda: Ntp.UNSYNCHRONISED)
    assert free.keep(clock.now()) is ClockTrust.HOLDOVER
    assert ledger.anchor is None
    kept = Timekeeper(book=ledger, ntp=lambda: Ntp.SYNCHRONISED)
    assert kept.trust(clock.now()) is ClockTrust.TRUSTED
    assert ledger.anchor is None
    kept.keep(clock.now())
    first = ledger.anchor
    clock.advance(ANCHOR_EVERY / MICROS / 2)
    kept.keep(clock.now())
    assert ledger.anchor == first
    clock.advance(ANCHOR_EVERY / MICROS / 2)
    kept.keep(clock.now())
    assert ledger.anchor != first


def test_a_clock_that_was_set_is_no_anchor_whatever_ntp_says() -> None:
    clock, ledger = FakeClock(), FakeLedger()
    keeper = Timekeeper(book=ledger, ntp=lambda: Ntp.SYNCHRONISED)
    keeper.keep(clock.now())
    first = ledger.anchor
    clock.advance(ANCHOR_EVERY / MICROS)
    clock.step(DAY)
    assert keeper.keep(clock.now()) is ClockTrust.UNTRUSTED
    assert ledger.anchor == first
    assert not wants_anchor(clock.now(), ClockMemory(anchor=first), Ntp.SYNCHRONISED)


def test_a_rehearsal_believes_any_instant() -> None:
    assert always_trusted(moment_at(0)) is ClockTrust.TRUSTED


def test_what_the_kernel_says_becomes_a_state() -> None:
    assert ntp_state() in set(Ntp)
    assert ntp_state("no-such-library.so") is Ntp.UNKNOWN
    assert state_of(-1, 0) is Ntp.UNKNOWN
    assert state_of(0, 0x2001) is Ntp.SYNCHRONISED
    assert state_of(5, 0x40) is Ntp.UNSYNCHRONISED
