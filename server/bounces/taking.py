"""What a bringer hands over, read beside the loop and written down in one transaction."""

import asyncio
from datetime import datetime
from typing import Final

from notices.bounces.ingest import Returned, ingest
from notices.bounces.reading import UNDELIVERED, Report, read
from notices.canary import address as canary
from server.canary import arriving
from server.house import House

LARGEST: Final = 1024 * 1024
"""Bytes of a report with the mail it is about. Ours have no attachments; while it comes in it may take twenty times as much."""
PATIENCE: Final = 2.0
"""Seconds for reading one. What it reads is bounded, so this is a second belt."""


async def of_mail(house: House, about: tuple[str, str], raw: bytes) -> str:
    """A mail that came to the return path of the message `about`. Raises BounceTooSoon."""
    try:
        report = await asyncio.wait_for(asyncio.to_thread(read, raw), PATIENCE)
    except TimeoutError:
        return ignored(house, "unreadable")
    return await of_report(house, about, report)


async def of_report(house: House, about: tuple[str, str], report: Report, at: datetime | None = None) -> str:
    """→ what it was. Raises BounceTooSoon."""
    if canary.is_canary(about):
        if report.kind in UNDELIVERED:
            await arriving.came_back(house)
        return ignored(house, "canary")
    async with house.db.write() as session:
        word = await ingest(session, Returned(*about, report, at), house.clock())
    house.came_back[word] += 1
    house.wake.now()
    return word


def ignored(house: House, why: str) -> str:
    house.came_back[why] += 1
    return why
