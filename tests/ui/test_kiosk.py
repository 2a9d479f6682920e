import pytest

from scanner.desk import FaultKind
from scanner.ui.lines import FAULTS
from scanner.ui.screens.kiosk import SERVICE_KEYS
from scanner.ui.stage import Timing
from tests.fakes.answers import admitted, expired, fault, left, reviewed
from tests.fakes.desk import FakeDesk
from tests.ui.doors import door

# long enough to be seen by a busy machine
SHOWN = Timing(kiosk_verdict=1.0, kiosk_refusal=1.0, service_idle=1.0)


async def test_a_kiosk_invites() -> None:
    async with door(kiosk=True) as it:
        assert "Hold your card" in it.text()
        assert "list 18:02" in it.text()
        assert "F1" not in it.text()


@pytest.mark.parametrize("make", [admitted, expired, reviewed, left])
async def test_a_verdict_clears_itself(make: object) -> None:
    assert callable(make)
    async with door(kiosk=True, timing=SHOWN) as it:
        it.desk.answer(make())
        await it.rest()
        assert it.at == "VerdictScreen"
        await it.rest(1.8)
        assert it.at == "AttractScreen"


async def test_the_next_verdict_is_shown_for_its_own_time() -> None:
    async with door(kiosk=True, timing=SHOWN) as it:
        it.desk.answer(admitted(1))
        await it.rest(0.6)
        it.desk.answer(expired(2))
        await it.rest(0.6)
        assert it.at == "VerdictScreen"
        assert "Membership expired" in it.text()


def test_a_verdict_stays_three_to_four_seconds() -> None:
    timing = Timing()
    assert 3 <= timing.kiosk_verdict <= 4
    assert 3 <= timing.kiosk_refusal <= 4


async def test_a_review_sends_to_staff() -> None:
    async with door(kiosk=True) as it:
        it.desk.answer(reviewed())
        await it.rest()
        assert "Please see staff" in it.text()


@pytest.mark.parametrize("kind", FaultKind)
async def test_each_fault_says_what_is_wrong_since_when_and_goes_by_itself(kind: FaultKind) -> None:
    async with door(kiosk=True) as it:
        it.desk.break_with(fault(kind))
        await it.rest()
        assert it.at == "FaultScreen"
        text = it.text()
        assert FAULTS[kind].what in text
        assert "since 18:12" in text
        assert FAULTS[kind].remedy in text
        it.desk.break_with()
        await it.rest()
        assert it.at == "AttractScreen"


def test_every_fault_has_its_words() -> None:
    assert set(FAULTS) == set(FaultKind)


async def test_a_fault_there_from_the_start_is_shown() -> None:
    async with door(FakeDesk(faults=(fault(FaultKind.NO_KEYS),)), kiosk=True) as it:
        await it.rest()
        assert it.at == "FaultScreen"


async def test_the_worst_fault_is_shown_and_then_the_next() -> None:
    async with door(kiosk=True) as it:
        camera, ledger = fault(FaultKind.CAMERA_LOST), fault(FaultKind.LEDGER_UNWRITABLE)
        it.desk.break_with(camera, ledger)
        await it.rest()
        assert FAULTS[ledger.kind].what in it.text()
        it.desk.break_with(camera)
        await it.rest()
        assert FAULTS[camera.kind].what in it.text()


async def test_a_fault_during_a_verdict_waits_until_it_was_read() -> None:
    async with door(kiosk=True, timing=SHOWN) as it:
        it.desk.answer(admitted())
        await it.rest()
        it.desk.break_with(fault(FaultKind.CAMERA_LOST))
        await it.rest()
        assert it.at == "VerdictScreen"
        await it.rest(1.8)
        assert it.at == "FaultScreen"


async def test_a_forgotten_service_page_closes() -> None:
    async with door(kiosk=True, timing=SHOWN) as it:
        await it.press(*SERVICE_KEYS)
        assert it.at == "PinScreen"
        await it.rest(1.8)
        assert it.at == "AttractScreen"


async def test_a_card_goes_before_an_open_service_page() -> None:
    async with door(kiosk=True) as it:
        await it.press(*SERVICE_KEYS)
        it.desk.answer(admitted())
        await it.rest()
        assert it.at == "VerdictScreen"
