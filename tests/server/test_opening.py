"""What is written while a line opens: between the reading of the heads and the listening nothing is lost."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from server.live.exchange import Exchange
from server.live.lines import Visit
from server.live.opening import visitor
from sync import Change, ScopeKey, record, scopes
from tests.server.listening import SOON
from tests.town import TENANT, Town, town


@dataclass
class Wire(asyncio.Transport):
    """Keeps what is written to it."""

    said: bytes = b""
    closing: bool = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.said += data

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """It never fills up."""

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        self.closing = True


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database_url, tmp_path) as made:
        yield made
        await made.house.exchange.close()


async def enrolled(here: Town, name: str) -> str:
    phone = await here.phone(name)
    return phone.http.headers["Authorization"].removeprefix("Bearer ")


async def first_write(here: Town, block: str) -> int:
    """Into a block that nobody has written to; the id of the scope."""
    key = ScopeKey("block", here.blocks[block])
    async with here.house.db.write() as session:
        assert await scopes.find(session, TENANT, [key]) == {}
        record(session, TENANT, Change(key, "notes", "n1", {"v": 1}))
    async with here.house.db.read() as session:
        return (await scopes.find(session, TENANT, [key]))[key]


def connected(exchange: Exchange, visit: Visit) -> Wire:
    line, wire = exchange.line(visit), Wire()
    line.connection_made(wire)
    exchange.greet(line, [])
    exchange.connect(line, visit)
    return wire


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(SOON):
        while not true():  # noqa: ASYNC110  what is waited for has no event of its own
            await asyncio.sleep(0.001)


async def test_a_scope_that_is_made_while_its_member_opens_a_line_is_heard_of(here: Town) -> None:
    visit = await visitor(here.house, await enrolled(here, "高橋 健"))
    block = await first_write(here, "二班")
    assert block not in visit.heads
    wire = connected(here.house.exchange, visit)
    await until(lambda: b'"%d":1' % block in wire.said)


async def test_who_waits_for_a_scope_of_their_own_is_not_woken_by_others(here: Town) -> None:
    """Who is in a scope without a record listens for new scopes; writes to known ones are none of their business."""
    await first_write(here, "二班")
    visit = await visitor(here.house, await enrolled(here, "佐藤 一郎"))
    async with here.house.hub.listen(TENANT, visit.heads) as ears:
        assert await ears.next(0) is None, "what was made was read"
        async with here.house.db.write() as session:
            record(session, TENANT, Change(ScopeKey("block", here.blocks["二班"]), "notes", "n1", {"v": 2}))
        assert await ears.next(0) is None, "and it was there already when it moved again"
