"""The keyboard alone: where Tab stops, what is seen of it there, and in which order."""

from typing import Final

from playwright.async_api import TimeoutError as TookTooLong

from tests.browser.handset import Handset

_BEGIN: Final = """() => {
  for (const each of document.querySelectorAll("details")) each.open = true;
  const still = new CSSStyleSheet();
  still.replaceSync(".foot, [role=status] { position: static !important }");
  const seen = (at) => at.checkVisibility({ visibilityProperty: true }) && at.getClientRects().length > 0;
  const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")];
  const told = (at) => `${at.localName} ${(at.labels?.[0] ?? at).textContent.trim().slice(0, 30)}`;
  const groups = new Set();
  const due = all.filter((at) => {
    if (at.matches(":disabled") || at.tabIndex < 0 || !seen(at)) return false;
    if (at.type !== "radio") return true;
    const chosen = all.find((other) => other.type === "radio" && other.name === at.name && other.checked);
    if (chosen ? chosen !== at : groups.has(at.name)) return false;
    return groups.add(at.name);
  });
  document.adoptedStyleSheets.push(still);
  const places = new Map(due.map((at) => [at, at.getBoundingClientRect()]));
  document.adoptedStyleSheets.pop();
  const faults = [];
  for (const at of all) {
    if (!seen(at) || at.matches(".skip, .text a")) continue;
    const box = (at.labels?.[0]?.contains(at) ? at.labels[0] : at).getBoundingClientRect();
    const [width, height] = [Math.round(box.width), Math.round(box.height)];
    if (width < 44 || height < 44) faults.push(`a target of ${width} x ${height} px: ${told(at)}`);
  }
  const stops = [];
  const look = () => {
    const at = document.activeElement;
    if (at === document.body || at === document.documentElement || at === stops.at(-1)) return;
    globalThis.round = stops[0] === at;
    stops.push(at);
    if (stops.indexOf(at) < stops.length - 1) return;
    const style = getComputedStyle(at);
    if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) faults.push(`no ring around ${told(at)}`);
    const { left, right, top, bottom } = at.getBoundingClientRect();
    const [above, below] = [Math.max(top, 0), Math.min(bottom, innerHeight)];
    const open = below > above && [[0.5, 0.5], [0.1, 0.1], [0.9, 0.9]].some(([x, y]) => {
      const there = document.elementFromPoint(left + (right - left) * x, above + (below - above) * y);
      return there && (at.contains(there) || there.contains(at));
    });
    if (!open) faults.push(`out of sight at its stop: ${told(at)}`);
  };
  document.addEventListener("keyup", look, true);
  globalThis.round = false;
  globalThis.walked = () => {
    document.activeElement.blur();
    scrollTo(0, 0);
    document.removeEventListener("keyup", look, true);
    const way = stops.filter((at, n) => stops.indexOf(at) === n);
    for (const at of due) if (at.isConnected && !way.includes(at)) faults.push(`Tab does not reach ${told(at)}`);
    const drawn = way.filter((at) => places.has(at) && !at.matches(".skip"));
    drawn.forEach((at, n) => {
      if (n === 0) return;
      const [before, here] = [places.get(drawn[n - 1]), places.get(at)];
      const shared = Math.min(before.bottom, here.bottom) - Math.max(before.top, here.top);
      const beside = shared > Math.min(before.height, here.height) / 2;
      const back = beside ? here.left < before.left - 1 : here.top < before.top - 1;
      if (back) faults.push(`Tab goes back from ${told(drawn[n - 1])} to ${told(at)}`);
    });
    return faults;
  };
  const root = document.documentElement;
  root.tabIndex = -1;
  root.focus({ preventScroll: true });
  root.removeAttribute("tabindex");
  return due.length + 4 * due.filter((at) => /date|time/.test(at.type)).length + 1;
}"""
"""The parts of a date are stops of their own."""
MORE: Final = 20
"""Of what was drawn on the way."""


async def walk(held: Handset) -> list[str]:
    """From the top of the page by Tab to its end. → what is wrong: stops that are missing, out of order, without a ring or
    out of sight; and targets too small for a thumb. Opens everything that can be opened."""
    presses = await held.page.evaluate(_BEGIN)
    for _ in range(presses):
        await held.page.keyboard.press("Tab")
    for _ in range(MORE):
        if await held.page.evaluate("() => globalThis.round"):
            break
        await held.page.keyboard.press("Tab")
    found: list[str] = await held.page.evaluate("() => globalThis.walked()")
    return found


async def tab_to(held: Handset, name: str) -> None:
    """At most sixty stops; each must be seen where it is. Behind the last one the browser's own begin, and then the first."""
    for _ in range(60):
        await held.page.keyboard.press("Tab")
        stop = await held.page.evaluate("""() => {
            const at = document.activeElement;
            const name = (at.labels?.[0] ?? at).textContent.trim();
            return { name, ring: getComputedStyle(at).outlineStyle, outside: at === document.body };
        }""")
        if stop["outside"]:
            continue
        assert stop["ring"] != "none", f"no ring around {stop['name']}"
        if name in stop["name"]:
            return
    raise AssertionError(f"the keyboard does not lead to {name}")


async def on(held: Handset, name: str, key: str = "Enter") -> None:
    """To what has this name by Tab, and this key on it."""
    await tab_to(held, name)
    await held.page.keyboard.press(key)


async def move(held: Handset, path: str) -> None:
    """Inside the app, as a link does."""
    await held.page.evaluate(
        """(path) => {
            history.pushState(null, "", path);
            dispatchEvent(new PopStateEvent("popstate"));
        }""",
        path,
    )


async def heading_has_focus(held: Handset) -> bool:
    """It comes there with the screen, which may still be reading its records."""
    try:
        await held.page.wait_for_function("() => document.activeElement.localName === 'h1'", timeout=5_000)
    except TookTooLong:
        return False
    return True
