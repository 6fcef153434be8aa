"""Firefox in somebody's hand: a process with a profile of its own that can be switched off and on again."""

import asyncio
import shutil
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from tests.browser.firefox.marionette import Marionette, session

PATIENCE_S = 60.0
"""For everything that a person would wait for; a machine that does much else at the same time is slow."""

PREFERENCES: dict[str, str | bool | int] = {
    "dom.push.connection.enabled": True,
    "dom.push.testing.allowInsecureServerURL": True,
    # Asked again soon after a line was cut.
    "dom.push.retryBaseInterval": 100,
    "permissions.default.desktop-notification": 1,
    # Its own notifications: windows that can be looked at and pressed, where there is no desktop.
    "alerts.useSystemBackend": False,
    # Notifications close at the press, without a show.
    "ui.prefersReducedMotion": 1,
    "browser.shell.checkDefaultBrowser": False,
    "browser.sessionstore.resume_from_crash": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "dom.ipc.processPrelaunch.enabled": False,
    "intl.accept_languages": "ja",
    "marionette.port": 0,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
}


def firefox() -> str:
    """Its path. A machine without it has not shown anything: fails."""
    for name in ("firefox-esr", "firefox"):
        if found := shutil.which(name):
            return found
    raise AssertionError("The push tests need Firefox: run `make browsers`, or install it by hand.")


class Fox:
    def __init__(self, profile: Path, origin: str, push_address: str) -> None:
        self._profile, self.origin = profile, origin
        profile.mkdir()
        preferences = PREFERENCES | {"dom.push.serverURL": push_address}
        (profile / "user.js").write_text("".join(_line(*each) for each in preferences.items()))
        self._process: Process | None = None
        self._open = AsyncExitStack()
        self.driver: Marionette

    async def switch_on(self) -> None:
        active = self._profile / "MarionetteActivePort"
        active.unlink(missing_ok=True)
        self._process = await asyncio.create_subprocess_exec(
            firefox(),
            "--headless",
            "--no-remote",
            "--profile",
            self._profile,
            "--marionette",
            "--remote-allow-system-access",
            stdout=DEVNULL,
            stderr=DEVNULL,
        )
        port = int(await until(lambda: _text(active)))
        self.driver = await self._open.enter_async_context(session(port, int(PATIENCE_S * 1000)))

    async def switch_off(self) -> None:
        """As from its menu: it keeps what it knows."""
        if self._process is None:
            return
        process, self._process = self._process, None
        try:
            await self.driver.call("Marionette:Quit", flags=["eForceQuit"])
            async with asyncio.timeout(PATIENCE_S):
                await process.wait()
        finally:
            await self._open.aclose()
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def open(self, path: str) -> None:
        await self.go(self.origin + path)

    async def go(self, url: str) -> None:
        await self.driver.call("Marionette:SetContext", value="content")
        await self.driver.call("WebDriver:Navigate", url=url)

    async def sees(self, words: str) -> None:
        await self.driver.find(f"//body//*[text()[contains(., '{words}')]]")

    async def press(self, words: str) -> None:
        await self.driver.click(f"//body//*[self::button or self::a][contains(., '{words}')]")

    async def enrol(self, code: str) -> None:
        """As with a QR: the code in the fragment, one press. Returns when the service worker answers for the page."""
        await self.open(f"/enrol#{code}")
        await self.press("このスマホを登録する")
        await self.press("お知らせを見る")
        await self.sees("最新です")
        await self.driver.run(
            """
            await navigator.serviceWorker.ready;
            if (navigator.serviceWorker.controller) return;
            await new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done, {once: true}));
            """
        )

    async def in_the_newest_tab(self) -> None:
        """Once one has been opened beside the first."""

        async def opened() -> str | None:
            tabs = await self.driver.tabs()
            return tabs[-1] if len(tabs) > 1 else None

        await self.driver.call("WebDriver:SwitchToWindow", handle=await until(opened))

    async def keeps(self, kind: str, id_: str) -> bool:
        """Whether the record lies in the phone's own store, looked up from outside: no page of ours need be open."""
        return bool(await self.driver.run(_KEEPS, self.origin, kind, id_, context="chrome"))


_KEEPS = """
const [origin, kind, id] = arguments;
const owner = Services.scriptSecurityManager.createContentPrincipalFromOrigin(origin);
const answer = (request) => new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
});
const store = await answer(indexedDB.openForPrincipal(owner, "kairan"));
try {
    return Boolean(await answer(store.transaction("records").objectStore("records").get([kind, id])));
} finally {
    store.close();
}
"""

_COMPLAINTS = """
const [origin, cutOff] = arguments;
const ours = (said) => said instanceof Ci.nsIScriptError && !(said.flags & Ci.nsIScriptError.warningFlag)
    && (said.sourceName.startsWith(origin) || said.category.startsWith("CSP")) && !said.errorMessage.includes(cutOff);
return Services.console.getMessageArray().filter(ours).map(String);
"""
"""Errors of our scripts, and violations of our policy."""
_CUT_OFF = "A ServiceWorker intercepted the request and encountered an unexpected error"
"""Firefox's own line for what a page was still fetching when its person went on to the next."""


@asynccontextmanager
async def fox(profile: Path, origin: str, push_address: str) -> AsyncIterator[Fox]:
    """Switched on until the end of the block; then it must have had nothing to complain about."""
    held = Fox(profile, origin, push_address)
    try:
        await held.switch_on()
        yield held
        complaints = await held.driver.run(_COMPLAINTS, origin, _CUT_OFF, context="chrome")
        assert not complaints, "\n".join(complaints)
    finally:
        await held.switch_off()


async def until(holds: Callable[[], Awaitable[Any]] | Callable[[], Any]) -> Any:
    """What it answers, once that is something."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            answer = holds()
            if asyncio.iscoroutine(answer):
                answer = await answer
            if answer:
                return answer
            await asyncio.sleep(0.05)


def _text(file: Path) -> str:
    return file.read_text() if file.exists() else ""


def _line(name: str, value: str | bool | int) -> str:
    said = str(value).lower() if isinstance(value, bool) else repr(value)
    return f'user_pref("{name}", {said});\n'
