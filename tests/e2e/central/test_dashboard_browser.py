"""The dashboard in a real browser, at a desktop's and at a phone's width; a console error fails every one of these."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from cardcore import wire
from cardcore.audit import (
    GENESIS,
    AuditEntry,
    ClockTrust,
    Direction,
    Outcome,
    entry_hash,
    serialise_entry,
)
from central.bootstrap import open_central
from central.config import load_settings
from central.ops.system_clock import SystemClock
from tests.fakes.browser import (
    HOW_TO_GET_IT,
    SIZES,
    WAIT_MS,
    Screen,
    chromium,
    open_browser,
    screen,
)
from tests.fakes.central_process import LOOPBACK, door, row, serving

pytestmark = [
    pytest.mark.loopback,
    pytest.mark.allow_hosts(LOOPBACK),
    pytest.mark.skipif(chromium() is None, reason=HOW_TO_GET_IT),
]
MARKUP = '<b onclick="alert(1)">Door</b>'
CARD = b"a card that nobody issued"[:16]
EPOCH = bytes(range(8))
PAGES = (
    "",
    "/entries",
    "/doors",
    "/incidents",
    "/alerts",
    "/cards",
    "/members",
    "/letters",
    "/system",
)


@dataclass(slots=True)
class Venue:
    """A serving central with a door, whose log goes on."""

    data: Path
    url: str
    token: str
    device: str
    client: httpx.Client
    entries: list[bytes] = field(default_factory=list)

    def scan(self, decision: Outcome, reason: str, card_id: bytes | None = None) -> None:
        """Somebody shows a card, and the door hands it in."""
        entry = AuditEntry(
            door=MARKUP,
            device=self.device,
            epoch=EPOCH,
            seq=len(self.entries) + 1,
            previous=entry_hash(self.entries[-1]) if self.entries else GENESIS,
            wall=SystemClock().micros(),
            mono=len(self.entries),
            boot_id=bytes(16),
            clock=ClockTrust.TRUSTED,
            source="camera",
            direction=Direction.ENTRY,
            decision=decision,
            reason=reason,
            kid=b"kid1",
            card_id=card_id,
            stages={"verify": 900, "decide": 300},
        )
        self.entries.append(serialise_entry(entry))
        first = len(self.entries)
        batch = wire.AuditBatch(epoch=EPOCH.hex(), first=first, entries=self.entries[-1:])
        self._post("/devices/me/audit/batches", batch)

    def beat(self, outbox: int) -> None:
        """The door says how it fares, and central looks at its rules."""
        heartbeat = wire.Heartbeat(
            program="gatepost/1",
            wall_us=SystemClock().micros(),
            clock=ClockTrust.TRUSTED,
            outbox=outbox,
            circuit="closed",
        )
        self._post("/devices/me/heartbeat", heartbeat)
        with open_central(load_settings(data=str(self.data))) as central:
            central.tower.alerts.evaluate()

    def _post(self, path: str, message: object) -> None:
        headers = {"Content-Type": "application/json"}
        answer = self.client.post(path, content=wire.serialise(message), headers=headers)
        assert answer.status_code == 200, answer.text


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venue]:
    data = tmp_path_factory.mktemp("central")
    token = str(row(data, "operator", "add", "kim")["token"])
    with serving(data) as server, door(data, server.url, MARKUP) as (enrolled, client):
        venue = Venue(data, server.url, token, enrolled.device_id, client)
        venue.scan(Outcome.ADMIT, "ok")
        venue.scan(Outcome.REFUSE, "expired")
        yield venue
        server.stop()  # with a stream of events open, too


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


@pytest.fixture(params=SIZES)
def shown(request: pytest.FixtureRequest, browser: Browser, venue: Venue) -> Iterator[Screen]:
    """A screen on which kim has logged in."""
    with screen(browser, request.param, venue.url) as shown:
        shown.page.goto("/dashboard")
        expect(shown.page).to_have_url(re.compile("/dashboard/login$"))
        shown.check_access()
        shown.page.get_by_label("Your operator token").fill(venue.token)
        shown.page.get_by_role("button", name="Log in").click()
        expect(shown.page.get_by_role("heading", name="Now")).to_be_visible()
        yield shown


def number(page: Page, label: str) -> int:
    """What a figure says."""
    return int(figure(page, label).inner_text().replace(",", ""))


def figure(page: Page, label: str) -> Locator:
    exactly = page.locator("dt").filter(has_text=re.compile(f"^{label}$"))
    return page.locator("div").filter(has=exactly).locator("dd a").first


def test_a_scan_arrives_live_and_its_number_leads_to_its_rows(shown: Screen, venue: Venue) -> None:
    page = shown.page
    expect(page.locator("#pulse")).to_have_text("live")
    before = number(page, "Admissions today")
    page.get_by_text("Scans in the last 24 hours, as a table").click()
    venue.scan(Outcome.ADMIT, "ok")
    expect(figure(page, "Admissions today")).to_have_text(str(before + 1), timeout=WAIT_MS)
    expect(page.locator("#t-hours")).to_be_visible()  # what was open stays open
    expect(page.locator(".chart canvas").first).to_be_visible()
    figure(page, "Admissions today").click()
    expect(page.locator("#t-entries tbody tr")).to_have_count(before + 1)
    expect(page.locator("#t-entries")).to_contain_text(MARKUP)  # as text
    figure_row = page.locator("#t-entries tbody tr").first
    figure_row.get_by_role("link", name=MARKUP).click()
    expect(page.get_by_role("heading", name=MARKUP).first).to_be_visible()


def test_an_alert_is_acknowledged(shown: Screen, venue: Venue) -> None:
    page = shown.page
    venue.beat(outbox=0)
    venue.beat(outbox=5_000)
    page.get_by_role("link", name="Alerts", exact=True).click()
    button = page.get_by_role("button", name=re.compile("^Acknowledge: .*1,000 entries"))
    button.click()
    expect(button).to_have_count(0)
    expect(page.locator("#t-alerts")).to_contain_text(", kim")
    venue.beat(outbox=0)
    page.reload()
    expect(page.locator("#t-alerts")).to_contain_text("resolved")


def test_an_incident_is_marked_handled(shown: Screen, venue: Venue) -> None:
    page = shown.page
    venue.scan(Outcome.ADMIT, "ok", card_id=CARD)
    page.get_by_role("link", name="Incidents", exact=True).click()
    buttons = page.get_by_role("button", name=re.compile("^Mark handled: never_issued"))
    left = buttons.count()
    assert left > 0
    buttons.first.click()
    expect(page.get_by_role("button", name=re.compile("^Mark handled"))).to_have_count(left - 1)
    page.get_by_role("link", name="handled", exact=True).click()
    expect(page.locator("#t-incidents")).to_contain_text(", kim")


def test_the_theme_is_switched_and_kept(shown: Screen) -> None:
    page = shown.page
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    button = page.get_by_role("button", name="Theme:")
    for name in ("light", "dark"):
        button.click()
        expect(button).to_have_text(f"Theme: {name}")
    assert page.evaluate(ground) == "rgb(20, 23, 27)"
    page.reload()
    assert page.evaluate(ground) == "rgb(20, 23, 27)"
    shown.check_access()
    button.click()
    expect(button).to_have_text("Theme: as the system")


def test_every_page_is_fit_for_everybody(shown: Screen) -> None:
    page = shown.page
    for path in PAGES:
        page.goto(f"/dashboard{path}")
        expect(page.locator("h1")).to_be_visible()
        shown.check_access()
        # nothing but a table's own region is wider than the screen
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_a_keyboard_is_enough(shown: Screen) -> None:
    page = shown.page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the figures")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#t-entries")).to_be_visible()


def test_who_logs_out_is_out(shown: Screen) -> None:
    shown.page.get_by_role("button", name="Log out kim").click()
    expect(shown.page.get_by_label("Your operator token")).to_be_visible()
    shown.page.go_back()
    shown.page.goto("/dashboard/doors")
    expect(shown.page).to_have_url(re.compile("/dashboard/login$"))
