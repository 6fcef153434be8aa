"""A big town's first copy: large scopes in one piece each, and in pages where a piece cannot be had."""

import asyncio
from typing import Any

import pytest

from notices.records import audience
from sync import Change, record
from tests.browser.conftest import TakeUp
from tests.browser.gate import Refusal
from tests.browser.handset import PATIENCE_MS, Handset
from tests.browser.site import Site
from tests.browser.test_repair import asked, in_store, names, settled
from tests.town import TENANT

pytestmark = pytest.mark.browser

PULL, SEGMENT, MANIFEST = "/sync/v1/pull", "/sync/v1/seg/", "/sync/v1/manifest"


async def note(here: Site, *ids: str, body: Any) -> None:
    """Of a kind that no screen shows."""
    scope = audience.association_scope(here.town.sakura)
    async with here.town.house.db.write() as session:
        record(session, TENANT, *(Change(scope, "notes", id, body) for id in ids))


@pytest.fixture
async def large(here: Site) -> Site:
    """Years of an association, a segment of them, and what has changed since."""
    await note(here, *(f"n{n}" for n in range(600)), body={"v": "before"})
    await here.town.work()
    await note(here, "n1", body={"v": "since"})
    await note(here, "n2", body=None)
    return here


async def notes(held: Handset) -> dict[str, Any]:
    await settled(held)
    rows = await in_store(held, "records", "(store) => store.getAll()")
    return {row["id"]: row["d"]["v"] for row in rows if row["t"] == "notes"}


WHOLE = {f"n{n}": "before" for n in range(600) if n != 2} | {"n1": "since"}


async def test_a_large_scope_comes_in_one_piece_and_what_changed_since_lies_over_it(
    large: Site, take_up: TakeUp
) -> None:
    resident = await take_up("伊藤 さち")
    assert await notes(resident) == WHOLE
    routes = await asked(large)
    assert [path.startswith(SEGMENT) for path in routes].count(True) == 1
    assert routes.count(MANIFEST) == 0, "it adds up"
    assert routes.count(PULL) < 4


async def test_without_its_segment_the_first_copy_comes_in_pages(large: Site, take_up: TakeUp) -> None:
    large.gate.refusal = Refusal(SEGMENT, 404, slug="not-found")
    resident = await take_up()
    resident.expect("404")
    await resident.enrol(await large.town.code_for("伊藤 さち"))
    assert await notes(resident) == WHOLE


async def test_a_scope_that_ended_on_an_earlier_page_is_checked_too(here: Site, take_up: TakeUp) -> None:
    here.gate.small_pages = 2
    resident = await take_up("伊藤 さち")
    await settled(resident)
    whole = await names(resident)
    scopes = {row["s"] for row in await in_store(resident, "records", "(store) => store.getAll()")}
    sums = await in_store(resident, "meta", "(store) => store.get('sums')")
    assert {int(scope) for scope in sums} == scopes
    [mine] = [key for key in whole if key[0] == "memberships"]
    await in_store(resident, "records", f"(store) => store.delete({mine})")
    await resident.page.reload()
    # What the page shows at first is how it was when it was left: its run may not have begun.
    async with asyncio.timeout(PATIENCE_MS / 1000):
        while await names(resident) != whole:
            await settled(resident)
