"""Central's time: asked for when the clock is not trusted, believed only as signed over the door's own nonce."""

from collections.abc import Callable
from typing import Final

import pytest

from cardcore.audit import ClockTrust
from cardcore.documents import RootKey
from cardcore.ids import Kid, UnixSeconds
from cardcore.time_document import sign_time
from scanner.door.clock_trust import Ntp
from scanner.errors import LinkDownError, LinkRefusedError
from scanner.sync.time import TimeAsker
from scanner.timekeeping import Timekeeper
from tests.fakes.card_material import DAY, NOW, VENUE, fixed_bytes, public_key_of
from tests.fakes.scanner_clock import FakeClock
from tests.fakes.scanner_ledger import FakeLedger

KEY: Final = fixed_bytes("root")
ROOT: Final = RootKey(kid=Kid(b"root"), public_key=public_key_of(KEY))
NONCE: Final = b"a nonce of 16 by"


class Link:
    """Says it is ``now``, over ``nonce`` or over the one it was asked about."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.now = UnixSeconds(NOW)
        self.nonce: bytes | None = None
        self.key = KEY
        self.takes = 0.0
        self.asked = 0
        self.trouble: Exception | None = None

    def time(self, nonce: bytes) -> bytes:
        self.asked += 1
        if self.trouble is not None:
            raise self.trouble
        self.clock.advance(self.takes)
        return sign_time(self.now, self.nonce or nonce, VENUE, root=ROOT, private_key=self.key)


class Desk:
    def __init__(self) -> None:
        self.clock, self.ledger = FakeClock(), FakeLedger()
        self.link = Link(self.clock)
        self.keeper = Timekeeper(book=self.ledger, ntp=lambda: Ntp.UNSYNCHRONISED)
        self.asker = TimeAsker(
            link=self.link,
            clock=self.clock,
            trust=self.keeper.trust,
            set_clock=self.ledger.set_clock,
            nonce=lambda: NONCE,
            root=lambda: ROOT,
            audience=VENUE,
        )

    def trust(self) -> ClockTrust:
        return self.keeper.trust(self.clock.now())


def test_a_clock_that_agrees_with_central_is_trusted_and_not_asked_about_again() -> None:
    desk = Desk()
    assert desk.trust() is ClockTrust.HOLDOVER
    assert desk.asker.ask_if_needed()
    assert desk.trust() is ClockTrust.TRUSTED
    assert not desk.asker.ask_if_needed()
    assert desk.link.asked == 1


@pytest.mark.parametrize("off", [DAY, -DAY])
def test_a_clock_that_does_not_is_untrusted_until_it_is_set_right(off: int) -> None:
    desk = Desk()
    desk.clock.step(off)
    assert desk.asker.ask_if_needed()
    assert desk.trust() is ClockTrust.UNTRUSTED
    desk.clock.step(-off)
    assert desk.trust() is ClockTrust.TRUSTED


def test_central_lowers_a_floor_that_a_wrong_clock_had_raised() -> None:
    desk = Desk()
    desk.ledger.raise_clock_floor(UnixSeconds(NOW + DAY))
    assert desk.trust() is ClockTrust.UNTRUSTED
    assert desk.asker.ask_if_needed()
    assert desk.trust() is ClockTrust.TRUSTED


def _replayed(link: Link) -> None:
    link.nonce = b"some other nonce"


def _forged(link: Link) -> None:
    link.key = fixed_bytes("somebody else")


def _late(link: Link) -> None:
    link.takes = 11.0


def _refused(link: Link) -> None:
    link.trouble = LinkRefusedError(404, "urn:x", "no such page")


@pytest.mark.parametrize("spoil", [_replayed, _forged, _late, _refused])
def test_what_central_did_not_just_say_teaches_nothing(spoil: Callable[[Link], None]) -> None:
    desk = Desk()
    spoil(desk.link)
    assert not desk.asker.ask_if_needed()
    assert (desk.ledger.floor, desk.ledger.anchor) == (0, None)


def test_a_central_that_is_away_is_a_lost_link() -> None:
    desk = Desk()
    desk.link.trouble = LinkDownError("gone")
    with pytest.raises(LinkDownError):
        desk.asker.ask_if_needed()
