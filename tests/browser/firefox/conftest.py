"""Fixtures: a push service, the site that sends through it, and a resident's Firefox with notifications on."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.browser.firefox.fox import Fox, fox
from tests.browser.firefox.push_service import PushService
from tests.browser.site import Site, site
from tests.phone import Phone


@pytest.fixture
async def service() -> AsyncIterator[PushService]:
    service = PushService()
    await service.start()
    yield service
    await service.close()


@pytest.fixture
async def here(sqlite_database: str, tmp_path: Path, service: PushService) -> AsyncIterator[Site]:
    async with site(sqlite_database, tmp_path, push=service.origin) as opened:
        yield opened


@pytest.fixture
async def president(here: Site) -> AsyncIterator[Phone]:
    """Who writes, over a socket."""
    async with httpx.AsyncClient(base_url=here.origin) as http:
        phone = Phone(http, "山田 花子")
        await phone.enrol(await here.town.code_for(phone.name))
        yield phone


@pytest.fixture
async def enrolled(here: Site, service: PushService, tmp_path: Path) -> AsyncIterator[Fox]:
    """In the page, by a slip."""
    async with fox(tmp_path / "profile", here.origin, service.address) as held:
        await held.enrol(await here.town.code_for("伊藤 さち"))
        yield held


@pytest.fixture
async def resident(enrolled: Fox) -> Fox:
    """Has switched notifications on."""
    await enrolled.open("/settings")
    await enrolled.press("知らせを受けとる")
    await enrolled.sees("このスマホに知らせが届きます。")
    return enrolled
