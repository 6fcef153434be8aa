"""Lines over a real socket: who is told what, and when a line ends."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.commands import Machine, Serving
from tests.server.listening import SOON, Toy, on_the_line, toy

pytestmark = pytest.mark.slow

HANAKO, ICHIRO, KEN = "山田 花子", "佐藤 一郎", "高橋 健"


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Toy]:
    async with toy(database_url, tmp_path) as server:
        yield server


async def edit(server: Toy, block: str, id: str = "n1", v: Any = 1) -> int:
    """A note in a block, by the server; the id of the scope."""
    key = server.said["blocks"][block]
    await server.do("edit", id=id, v=v, scope={"kind": "block", "key": key})
    return await server.scope("block", key)


async def pull(server: Toy, token: str, cursor: str = "", **more: Any) -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    asked = {"cursor": cursor} | more if cursor else more
    answer = await server.http.get("/sync/v1/pull", params=asked, headers=headers, timeout=40)
    if answer.status_code == 204:
        return {"changes": [], "cursor": answer.headers["x-sync-cursor"]}
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_line_begins_with_the_heads_and_says_what_kind_of_answer_it_is(here: Toy) -> None:
    token = (await here.do("enrol", person=HANAKO))["token"]
    block = await edit(here, "一班")
    async with on_the_line(here.url, token) as line:
        assert line.status == 200
        assert line.headers["content-type"].startswith("text/event-stream")
        assert line.headers["cache-control"] == "no-store"
        assert line.headers["x-accel-buffering"] == "no"
        assert "date" in line.headers
        assert (await line.poke())[block] == 1
        assert 1000 <= line.retry <= 4000


async def test_a_write_pokes_the_members_of_its_scope_and_nobody_else(here: Toy) -> None:
    hanako, ken = [(await here.do("enrol", person=person))["token"] for person in (HANAKO, KEN)]
    first, second = await edit(here, "一班"), await edit(here, "二班", "n2")
    async with on_the_line(here.url, hanako) as one, on_the_line(here.url, ken) as two:
        at_first = await one.poke(), await two.poke()
        assert second not in at_first[0]
        assert first not in at_first[1], "not even that there is such a scope"
        await edit(here, "一班", v=2)
        assert await one.poke() == {first: 2}
        await edit(here, "二班", "n2", v=2)
        assert await two.poke() == {second: 2}


async def test_what_a_poke_told_of_can_be_pulled(here: Toy) -> None:
    token = (await here.do("enrol", person=HANAKO))["token"]
    await edit(here, "一班")
    cursor = (await pull(here, token))["cursor"]
    async with on_the_line(here.url, token) as line:
        await line.poke()
        for turn in range(2, 12):
            await edit(here, "一班", v=turn)
            await line.poke()
            page = await pull(here, token, cursor)
            cursor = page["cursor"]
            assert [change["d"]["v"] for change in page["changes"]] == [turn]


async def test_whoever_moves_hears_of_the_new_block_and_no_more_of_the_old(here: Toy) -> None:
    token = (await here.do("enrol", person=HANAKO))["token"]
    old, new = await edit(here, "一班"), await edit(here, "二班", "n2")
    async with on_the_line(here.url, token) as line:
        assert old in await line.poke()
        await here.do("join", person=HANAKO, block="二班")
        heard: dict[int, int] = {}
        while new not in heard:
            heard = await line.poke()
        assert old not in heard
        await edit(here, "一班", v=2)
        await edit(here, "二班", "n2", v=2)
        assert await line.poke() == {new: 2}


async def test_a_scope_that_is_made_while_its_member_is_on_the_line_is_heard_of(here: Toy) -> None:
    token = (await here.do("enrol", person=HANAKO))["token"]
    key = here.said["blocks"]["一班"]
    scopes = (await here.do("heads"))["scopes"]
    if any(scope["key"] == key and scope["kind"] == "block" for scope in scopes):
        raise AssertionError("nobody has written to the block yet, or this shows nothing")
    async with on_the_line(here.url, token) as line:
        await line.poke()
        block = await edit(here, "一班")
        heard: dict[int, int] = {}
        while block not in heard:
            heard = await line.poke()
        assert heard[block] == 1


async def test_a_revoked_device_is_hung_up_on_and_finds_no_line_any_more(here: Toy) -> None:
    mine, neighbours = [await here.do("enrol", person=person) for person in (HANAKO, ICHIRO)]
    async with (
        on_the_line(here.url, mine["token"]) as line,
        on_the_line(here.url, neighbours["token"]) as other,
    ):
        await line.poke()
        await other.poke()
        await here.do("revoke", device=mine["device"])
        while await line.event() is not None:
            pass
        await edit(here, "一班")
        assert await other.poke()
    async with on_the_line(here.url, mine["token"]) as again:
        assert again.status == 403
        said = await again.body()
        assert (said["slug"], said["wipe"]) == ("device-revoked", True)


async def test_without_a_token_there_is_no_line(here: Toy) -> None:
    async with on_the_line(here.url, "hana_nobody") as line:
        assert line.status == 401
        assert line.headers["content-type"] == "application/problem+json"
        assert (await line.body())["slug"] == "not-signed-in"


async def test_a_pull_that_waits_is_answered_by_the_write(here: Toy) -> None:
    token = (await here.do("enrol", person=HANAKO))["token"]
    await edit(here, "一班")
    cursor = (await pull(here, token))["cursor"]
    waiting = asyncio.create_task(pull(here, token, cursor, wait=25))
    await asyncio.wait([waiting], timeout=0.2)
    assert not waiting.done(), "there is nothing new yet"
    await edit(here, "一班", v=2)
    async with asyncio.timeout(SOON):
        assert [change["d"]["v"] for change in (await waiting)["changes"]] == [2]


async def test_a_pull_that_waits_for_nothing_ends_with_nothing(here: Toy) -> None:
    token = (await here.do("enrol", person=HANAKO))["token"]
    cursor = (await pull(here, token))["cursor"]
    page = await pull(here, token, cursor, wait=1)
    assert page["changes"] == []
    cursor = page["cursor"]
    assert (await pull(here, token, cursor))["changes"] == []


@pytest.mark.slow
def test_a_process_holds_so_many_lines_and_whoever_hangs_up_makes_room(machine: Machine) -> None:
    machine.settings["live_connections"] = "2"
    code = machine.init()["code"]
    with machine.serving() as serving:
        asyncio.run(_fill_up(serving.url, code))


async def _fill_up(url: str, code: str) -> None:
    token = await enrol(url, code)
    async with on_the_line(url, token), on_the_line(url, token) as second:
        async with on_the_line(url, token) as third:
            assert third.status == 503
            assert int(third.headers["retry-after"]) >= 20
            assert (await third.body())["slug"] == "lines-full"
        assert await status(url, token, "/sync/v1/pull") == 200, "and everything else works"
        second.hang_up()
        async with asyncio.timeout(SOON):
            while await status(url, token, "/sync/v1/live") != 200:
                pass


@pytest.mark.slow
def test_sigterm_ends_lines_and_waiting_pulls_at_once(machine: Machine) -> None:
    code = machine.init()["code"]
    with machine.serving() as serving:
        asyncio.run(_end_while_people_wait(serving, code))


async def _end_while_people_wait(serving: Serving, code: str) -> None:
    token = await enrol(serving.url, code)
    async with on_the_line(serving.url, token) as line:
        await line.poke()
        async with on_the_line(serving.url, token, "/sync/v1/pull") as pulled:
            cursor = (await pulled.body())["cursor"]
        waiting = asyncio.create_task(status(serving.url, token, f"/sync/v1/pull?cursor={cursor}&wait=25"))
        await asyncio.wait([waiting], timeout=0.5)
        assert not waiting.done()
        serving.process.send_signal(signal.SIGTERM)
        code_of_exit = await asyncio.to_thread(serving.process.wait, 10)
        assert code_of_exit == 0, "nobody waited for the end of 55 or 25 seconds"
        assert await line.event() is None
        assert await waiting == 204


async def status(url: str, token: str, path: str) -> int:
    async with on_the_line(url, token, path) as line:
        return line.status


async def enrol(url: str, code: str) -> str:
    async with httpx.AsyncClient(base_url=url) as phone:
        came = await phone.post("/api/v1/enrol", json={"ticket": code, "deviceName": "電話"})
        token: str = came.json()["token"]
        return token
