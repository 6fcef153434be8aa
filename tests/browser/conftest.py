"""Fixtures: the site on SQLite, and handsets for it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Playwright, async_playwright

from tests.browser.handset import Handset, handset
from tests.browser.site import Site, site

TakeUp = Callable[..., Awaitable[Handset]]
"""`take_up(name=None, …)`: a handset; with a person's name it is enrolled by that person's slip."""


@pytest.fixture
async def playwright() -> AsyncIterator[Playwright]:
    async with async_playwright() as started:
        yield started


@pytest.fixture
async def here(sqlite_database: str, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    """The site. Notices go out at once, unless the test is parametrized indirectly with seconds for taking back; with a
    name instead, it has a town's address; with a dict, these settings."""
    wanted = getattr(request, "param", 0)
    how = {"name": wanted} if isinstance(wanted, str) else {"undo_seconds": wanted}
    if isinstance(wanted, dict):
        how = wanted
    async with site(sqlite_database, tmp_path, **how) as opened:
        yield opened


@pytest.fixture
async def take_up(playwright: Playwright, here: Site, tmp_path: Path) -> AsyncIterator[TakeUp]:
    async with AsyncExitStack() as stack:
        taken = 0

        async def take_up(name: str | None = None, **size: int) -> Handset:
            nonlocal taken
            taken += 1
            held = await stack.enter_async_context(
                handset(playwright, tmp_path / f"profile-{taken}", here, **size)
            )
            if name is not None:
                await held.enrol(await here.town.code_for(name))
            return held

        yield take_up
