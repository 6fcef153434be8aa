"""What Firefox shows on the screen: its notifications, as windows of its own and as the page is told of them."""

from typing import Any

from tests.browser.firefox.fox import Fox, until

_SHOWN = """
const shown = [];
for (const win of Services.wm.getEnumerator("alert:alert")) {
    if (!win.gIsActive) continue;
    // It would close by itself after 20 seconds, which a busy machine may need.
    for (let timer = win.setTimeout(() => {}, 0); timer > 0; timer--) win.clearTimeout(timer);
    const text = (id) => win.document.getElementById(id);
    shown.push([text("alertTitleLabel").getAttribute("value"), text("alertTextLabel").textContent]);
}
return shown;
"""

_PRESS = """
for (const win of Services.wm.getEnumerator("alert:alert")) {
    const label = win.document.getElementById("alertTitleLabel");
    if (!win.gIsActive || label.getAttribute("value") !== arguments[0]) continue;
    win.document.getElementById("alertTextLabel").click();
    return true;
}
return false;
"""

_KEPT = """
const registration = await navigator.serviceWorker.ready;
const kept = await registration.getNotifications();
return kept.map(({ title, body, tag }) => ({ title, body, tag }));
"""


async def on_the_screen(held: Fox, title: str) -> str:
    """The text of the notification with this title, once it is there."""

    async def there() -> str | None:
        return dict(await held.driver.run(_SHOWN, context="chrome")).get(title)

    text: str = await until(there)
    return text


async def press(held: Fox, title: str) -> None:
    """On the notification itself, where Firefox hears it."""
    await until(lambda: held.driver.run(_PRESS, title, context="chrome"))


async def told_to_the_page(held: Fox) -> list[dict[str, Any]]:
    """`registration.getNotifications()` in the page that is open."""
    kept: list[dict[str, Any]] = await held.driver.run(_KEPT)
    return kept
