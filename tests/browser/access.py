"""What everybody must be able to use: axe's rules, and text twice as large without sideways scrolling."""

from typing import Literal

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_OPTIONS = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": RULES}}
_axe = Axe()


async def violations(page: Page) -> list[str]:
    """One line for each, empty when there is none; by daylight and in the dark."""
    found = []
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        results = await _axe.run(page, options=_OPTIONS)
        for each in results.response["violations"]:
            where = [" ".join(node["target"]) for node in each["nodes"]]
            found.append(f"{scheme}: {each['id']}: {each['help']}: {where}")
    await page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    return found


async def sideways_at_double_text(page: Page) -> int:
    """By how many pixels the page is wider than the screen with the phone's text at 200 %."""
    over: int = await page.evaluate("""() => {
        const root = document.documentElement;
        root.style.fontSize = "225%";
        const over = root.scrollWidth - root.clientWidth;
        root.style.fontSize = "";
        return over;
    }""")
    return over
