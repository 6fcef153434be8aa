"""What everybody must be able to use: axe's rules, and text twice as large without sideways scrolling."""

from typing import Any, Final, Literal

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_SCHEMES: Final[tuple[tuple[Literal["light", "dark"], dict[str, Any]], ...]] = (
    ("light", {"type": "tag", "values": RULES}),
    # Nothing else depends on the light.
    ("dark", {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}),
)
_RUN: Final = """async (runOnly) => {
    const found = await axe.run({ resultTypes: ["violations"], runOnly });
    return found.violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.target.join(" "))}`);
}"""
_axe: Final = Axe()


async def violations(page: Page) -> list[str]:
    """One line for each, empty when there is none; by daylight and in the dark."""
    if not await page.evaluate("() => 'axe' in globalThis"):
        await page.evaluate(_axe.axe_script)
    found = []
    for scheme, rules in _SCHEMES:
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += [f"{scheme}: {line}" for line in await page.evaluate(_RUN, rules)]
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


async def sideways_on_the_smallest(page: Page) -> int:
    """The same at 320 px."""
    size = page.viewport_size
    assert size is not None
    await page.set_viewport_size({"width": 320, "height": size["height"]})
    over = await sideways_at_double_text(page)
    await page.set_viewport_size(size)
    return over
