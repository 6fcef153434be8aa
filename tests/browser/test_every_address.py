"""Every address there is, on the phone of whom it is for: by keyboard, by thumb, with large text, in the dark."""

import re

import pytest
from playwright.async_api import expect

from server.edge.client import PLACES, WEB
from tests.browser import keyboard, screens
from tests.browser.access import sideways_on_the_smallest, violations
from tests.browser.addresses import CLERK, PRESIDENT, all_of
from tests.browser.conftest import TakeUp
from tests.browser.handset import Handset
from tests.browser.site import Site
from tests.browser.whole_town import Known, whole_town
from tests.journeys import city_hall

pytestmark = pytest.mark.browser

ANY = "A" * 22
"""An id."""


def test_no_address_is_left_out() -> None:
    paths = [address.path for _, theirs in all_of(Known(*[ANY] * 10)) for address in theirs]
    text = (WEB / "router.js").read_text()
    routes = re.findall(r"path: (?:/(\S+)/|RegExp\(`([^`]+)`\)),", text)
    assert len(routes) == text.count("{ path: "), "each route is read"
    patterns = [
        (plain or built).replace("\\/", "/").replace("${ID}", "([A-Za-z0-9_-]{22})")
        for plain, built in routes
    ]
    assert [each for each in patterns if not any(re.match(each, path) for path in paths)] == []
    assert {path.split("/")[1] for path in paths} == {"", *PLACES}


STEPS = (screens.open_a_block, screens.make_slips, screens.check)
"""Of the president, on from where an address leads."""


@pytest.mark.parametrize("here", [{"host": "localhost"}], indirect=True)
async def test_everybody_can_use_every_address(here: Site, take_up: TakeUp) -> None:
    found = []
    for name, theirs in all_of(await whole_town(here)):
        held = await phone_of(name, here, take_up)
        for address in theirs:
            await keyboard.move(held, address.path)
            await held.sees(address.ready)
            # What the bench of the first paint waits for.
            await expect(held.page.locator("#main > *").locator(address.row).first).to_be_visible()
            if not await keyboard.heading_has_focus(held):
                found.append(f"{name} {address.path}: the heading is not focused after a move")
            found += [f"{name} {address.path}: {line}" for line in await faults(held)]
        for step in STEPS if name == PRESIDENT else ():
            await step(held)
            found += [f"{step.__name__}: {line}" for line in await faults(held)]
    assert not found, "\n".join(found)


async def phone_of(name: str, here: Site, take_up: TakeUp) -> Handset:
    if name not in ("", CLERK):
        return await take_up(name)
    held = await take_up()
    await held.open("/enrol")
    if name:
        await held.enrol(await city_hall.slip_for(here.town, name))
    return held


async def faults(held: Handset) -> list[str]:
    found = [*await keyboard.walk(held), *await violations(held.page)]
    if (over := await sideways_on_the_smallest(held.page)) > 0:
        found.append(f"{over} px to the side")
    return found
