"""A browser in somebody's hand: Chromium with a profile of its own, and a record of everything it complained about."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import BrowserContext, ConsoleMessage, Locator, Page, Playwright, expect

from tests.browser.site import Site

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NO_SIGNAL = re.compile("ERR_INTERNET_DISCONNECTED")
"""Chromium's own line for each request without a network; it says nothing about us."""


PATIENCE_MS = 20_000
"""A machine that does much else at the same time."""
expect.set_options(timeout=PATIENCE_MS)


def chromium() -> str:
    """Its path. A machine without it has not shown anything: fails."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    raise AssertionError("The browser tests need Chromium: run `make browsers`, or install it by hand.")


@dataclass
class Handset:
    context: BrowserContext
    page: Page
    origin: str
    complaints: list[str] = field(default_factory=list)
    """Console errors, uncaught exceptions and policy violations, as they came."""
    expected: list[re.Pattern[str]] = field(default_factory=lambda: [NO_SIGNAL])

    def expect(self, complaint: str) -> None:
        """This line in the console is part of the story."""
        self.expected.append(re.compile(complaint))

    async def open(self, path: str) -> None:
        await self.page.goto(self.origin + path)

    async def enrol(self, code: str) -> None:
        """As with a QR: the code in the fragment, one press. Returns when everything is kept for use without a signal."""
        await self.open(f"/enrol#{code}")
        await self.press("このスマホを登録する")
        await self.sees("として登録しました")
        await self.press("お知らせを見る")
        await self.sees("最新です")
        await self.ready_for_the_cellar()

    async def ready_for_the_cellar(self) -> None:
        """The service worker has everything and answers for this page."""
        # Playwright waits for a promise as long as it takes.
        async with asyncio.timeout(PATIENCE_MS / 1000):
            await self.page.evaluate("""async () => {
                await navigator.serviceWorker.ready;
                if (navigator.serviceWorker.controller) return;
                await new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done, {once: true}));
            }""")

    async def press(self, name: str) -> None:
        """The button or link whose name holds these words."""
        await self.control(name).tap()

    def control(self, name: str) -> Locator:
        button = self.page.get_by_role("button", name=name)
        return button.or_(self.page.get_by_role("link", name=name)).first

    async def sees(self, text: str) -> None:
        await self.page.get_by_text(text).first.wait_for()

    async def does_not_see(self, text: str) -> None:
        """Waits until it is gone."""
        await self.page.get_by_text(text).first.wait_for(state="detached")

    async def until(self, holds: Callable[[], bool]) -> None:
        """Something outside of the browser."""
        async with asyncio.timeout(PATIENCE_MS / 1000):
            while not holds():
                await self.page.wait_for_timeout(50)

    async def lose_signal(self) -> None:
        await self.context.set_offline(True)

    async def find_signal(self) -> None:
        await self.context.set_offline(False)

    def hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complain(f"{message.text} ({message.location.get('url', '')})")

    def complain(self, complaint: str) -> None:
        if not any(each.search(complaint) for each in self.expected):
            self.complaints.append(complaint)


@asynccontextmanager
async def handset(
    playwright: Playwright, profile: Path, here: Site, width: int = 360, height: int = 740
) -> AsyncIterator[Handset]:
    """Switched on until the end of the block; then it must have had nothing to complain about."""
    context = await playwright.chromium.launch_persistent_context(
        profile,
        executable_path=chromium(),
        args=FLAGS + here.flags,
        viewport={"width": width, "height": height},
        has_touch=True,
        locale="ja-JP",
        timezone_id="Asia/Tokyo",
        permissions=["notifications"],
    )
    context.set_default_timeout(PATIENCE_MS)
    held = Handset(context, context.pages[0], here.origin)
    context.on("console", held.hear)
    context.on("weberror", lambda error: held.complain(f"uncaught: {error.error}"))
    try:
        yield held
    finally:
        async with asyncio.timeout(PATIENCE_MS / 1000):
            await context.close()
    assert not held.complaints, "\n".join(held.complaints)
