"""A pull that waits, over a real socket: whose wait is over when its phone has hung up, and how many a device has."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn

from server.live.exchange import EACH
from tests.server.listening import SOON, on_the_line
from tests.server.test_opening import enrolled
from tests.town import Town, town


@dataclass
class Served:
    town: Town
    url: str
    token: str
    wait: str
    """The path of a pull for which there is no news."""

    @property
    def seats(self) -> int:
        return self.town.house.exchange.seats

    async def seated(self, number: int) -> None:
        async with asyncio.timeout(SOON):
            await until(lambda: self.seats == number)


async def until(true: Callable[[], bool]) -> None:
    while not true():  # noqa: ASYNC110  what is waited for has no event of its own
        await asyncio.sleep(0.001)


class _Server(uvicorn.Server):
    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        task = asyncio.create_task(self._serve())
        await until(lambda: self.started)
        try:
            yield f"http://127.0.0.1:{self.servers[0].sockets[0].getsockname()[1]}"
        finally:
            self.should_exit = True
            await task


@pytest.fixture
async def served(sqlite_database: str, tmp_path: Path) -> AsyncIterator[Served]:
    async with town(sqlite_database, tmp_path) as here:
        server = _Server(uvicorn.Config(here.app, port=0, log_config=None, timeout_graceful_shutdown=1))
        async with server.running() as url:
            token = await enrolled(here, "高橋 健")
            async with on_the_line(url, token, "/sync/v1/pull") as first:
                cursor = (await first.body())["cursor"]
            yield Served(here, url, token, f"/sync/v1/pull?cursor={cursor}&wait=25")


@asynccontextmanager
async def waiting(served: Served, path: str) -> AsyncIterator[asyncio.StreamReader]:
    """A request whose answer nobody reads yet."""
    port = int(served.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {served.token}\r\n\r\n".encode()
        )
        yield reader
    finally:
        writer.close()


async def test_the_wait_ends_when_the_phone_hangs_up(served: Served) -> None:
    async with waiting(served, served.wait):
        await served.seated(1)
    await served.seated(0)
    await until(lambda: not served.town.house.hub.heads())
    assert served.town.house.door.in_flight == 0


async def test_a_device_takes_so_many_seats_and_leaves_the_others_theirs(served: Served) -> None:
    async with AsyncExitStack() as stack:
        for number in range(EACH):
            path = served.wait if number % 2 else "/sync/v1/live"
            await stack.enter_async_context(waiting(served, path))
        await served.seated(EACH)
        for path in (served.wait, "/sync/v1/live"):
            async with on_the_line(served.url, served.token, path) as refused:
                assert (refused.status, (await refused.body())["slug"]) == (503, "lines-full")
        neighbour = await enrolled(served.town, "佐藤 一郎")
        async with on_the_line(served.url, neighbour) as line:
            assert line.status == 200
    await served.seated(0)
