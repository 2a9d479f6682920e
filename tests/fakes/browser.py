"""A real browser before a real central: Chromium of the system, driven by Playwright; every console error is a fault."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

HOW_TO_GET_IT: Final = "Chromium is missing; get it with: apt-get install chromium"
AXE: Final = Path(__file__).parents[1] / "vendored" / "axe" / "axe-4.14.1.min.js"
NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
WAIT_MS: Final = 30_000  # a busy machine gets its time
SIZES: Final = {"desktop": (1280, 900), "phone": (390, 844)}


def chromium() -> str | None:
    """Where the system's Chromium is, or None."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


@contextmanager
def open_browser() -> Iterator[Browser]:
    path = chromium()
    assert path is not None, HOW_TO_GET_IT
    with sync_playwright() as playwright:
        # nobody but the tests' own pages is in it, and root has no sandbox
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@dataclass  # Playwright writes on it
class Screen:
    """One page of one size, and what went wrong on it."""

    page: Page
    faults: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.faults.append(f"{message.type}: {message.text} ({message.location})")

    def check_access(self) -> None:
        """No violation that axe-core knows of; the page's own policy stays in force."""
        # evaluated by the debugger, for which the page's policy counts as little as for a screen reader
        self.page.evaluate(AXE.read_text("utf-8"))
        found = self.page.evaluate(
            "async () => (await axe.run()).violations.map((v) => v.id + ': ' + v.help + ' '"
            " + v.nodes.map((n) => n.html).join(' | '))"
        )
        assert found == [], "\n".join(found)


@contextmanager
def screen(browser: Browser, size: str, url: str) -> Iterator[Screen]:
    """A page of this size; at its end nothing may have gone wrong, and nobody else been asked."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, base_url=url, color_scheme="light"
    )
    context.set_default_timeout(WAIT_MS)
    shown = Screen(context.new_page())
    shown.page.on("console", shown.note)
    shown.page.on("pageerror", lambda error: shown.faults.append(str(error)))
    shown.page.on("request", lambda request: shown.asked.append(request.url))
    yield shown
    assert shown.faults == [], shown.faults
    assert [asked for asked in shown.asked if not asked.startswith((url, "data:"))] == []
    context.close()
