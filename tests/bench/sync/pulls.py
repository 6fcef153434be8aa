"""Pulls of a phone that is nearly up to date, beside a bare Litestar handler that returns the same bytes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from time import perf_counter

import aiohttp

from notices import ids
from sync import Change, ScopeKey, record
from tests.bench.sync import Row, at_least, no_more, told
from tests.bench.sync.lab import Kind, Lab, Site, free_port, process
from tests.bench.sync.load import Load, get, load
from tests.bench.sync.town import TENANT

PHONES = 500
SECONDS = 2.0
ROUNDS = 3
"""Ours and theirs in turn, and the best of each: a neighbour's burst must not decide a ratio."""


async def rows(lab: Lab) -> list[Row]:
    found: list[Row] = []
    kinds: tuple[Kind, ...] = ("sqlite", "postgresql")
    for kind in kinds:
        async with lab.site(kind) as site:
            found += await _deltas(site)
    return found


async def _deltas(site: Site) -> list[Row]:
    """By as many phones as a small town has, one after the other: nobody's answer is in memory by itself."""
    phones = await site.phones(site.town.homes[2].person, PHONES)
    await write_one_each(site)
    before = await cursor_of(site, phones[0])
    await write_eight(site)
    now = await cursor_of(site, phones[0])
    page = await _body(site, phones[0], before)
    deltas = [get(f"/sync/v1/pull?cursor={before}", {"Authorization": f"Bearer {each}"}) for each in phones]
    nothing = [get(f"/sync/v1/pull?cursor={now}", {"Authorization": f"Bearer {each}"}) for each in phones]
    async with bare(site.folder, page) as port:
        eight, plain = await in_turn((site.port, deltas), (port, [get("/page")]))
        none, empty = await in_turn((site.port, nothing), (port, [get("/nothing")]))
        async with writing(site) as commits:
            busy, same = await in_turn((site.port, deltas), (port, [get("/page")]))
    small = await _one_notice(site, phones[0])
    bar = 0.5 if site.kind == "sqlite" else 0.2
    return [
        at_least(
            f"delta of 8 records, 5 scopes, {site.kind} / bare Litestar", eight.rate, plain.rate, "/s", bar
        ),
        told(f"  its p99, {site.kind}", eight.p99, "ms", plain.p99),
        told(f"  while somebody commits 20 times a second, {site.kind}", busy.rate, "/s", same.rate),
        told(
            f"  … as often as they really did, {site.kind}",
            len(commits) / (commits[-1] - commits[0]),
            "commits/s",
        ),
        at_least(f"nothing new (204), {site.kind} / bare Litestar", none.rate, empty.rate, "/s", 0.75),
        no_more(f"nothing new, both directions, {site.kind}", none.sent + none.received, "bytes", 500),
        no_more(f"one new notice, zstd, {site.kind}", small, "bytes", 700),
    ]


@asynccontextmanager
async def writing(site: Site) -> AsyncIterator[list[float]]:
    """Somebody commits all the while, to a scope that none of the readers is in. Gives the times of the commits: where
    a server holds the lock of SQLite for long there are fewer, and pulls look faster than they are."""
    elsewhere, same = ScopeKey("household", site.town.homes[5].household), ids.new_id()
    commits = [perf_counter()]

    async def write() -> None:
        for n in count():
            async with site.db.write() as session:
                record(session, TENANT, Change(elsewhere, "notices", same, {"n": n}))
            commits.append(perf_counter())
            await asyncio.sleep(0.05)

    task = asyncio.create_task(write())
    try:
        yield commits
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _one_notice(site: Site, token: str) -> int:
    """Bytes of the body, for a phone that has everything else."""
    cursor = await cursor_of(site, token)
    async with site.db.write() as session:
        record(session, TENANT, Change(_scopes(site)[1], "notices", ids.new_id(), notice(0)))
    headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "zstd"}
    async with (
        aiohttp.ClientSession(site.url, auto_decompress=False) as http,
        http.get("/sync/v1/pull", params={"cursor": cursor}, headers=headers) as answer,
    ):
        assert answer.headers["Content-Encoding"] == "zstd"
        return len(await answer.read())


async def write_one_each(site: Site) -> None:
    """So that every scope of the reader exists before anything is measured."""
    await _write(site, dict.fromkeys(_scopes(site), 1))


async def write_eight(site: Site) -> None:
    """In all five scopes of a resident, such as notices are."""
    await _write(site, dict(zip(_scopes(site), (2, 2, 2, 1, 1), strict=True)))


def _scopes(site: Site) -> list[ScopeKey]:
    home = site.town.homes[2]
    keys = {"city": site.town.city, "association": site.town.association, "block": home.block}
    keys |= {"household": home.household, "person": home.person}
    return [ScopeKey(kind, key) for kind, key in keys.items()]


async def _write(site: Site, wanted: dict[ScopeKey, int]) -> None:
    """Under ids as notices have them: what phones say they hold is looked up by them."""
    body = {
        "title": "防災訓練のお知らせ",
        "body": "11月29日（日）午前9時から、公園で行います。" * 4,
        "kind": "notice",
    }
    async with site.db.write() as session:
        for scope, number in wanted.items():
            news = (Change(scope, "notices", ids.new_id(), body | {"n": i}) for i in range(number))
            record(session, TENANT, *news)


def notice(n: int) -> dict[str, object]:
    """As long as those of a town: 380 bytes of JSON."""
    return {
        "notice": ids.new_id(),
        "association": ids.new_id(),
        "kind": "circular",
        "topic": "disaster",
        "title": f"第{n + 1}回 防災訓練のお知らせ",
        "body": "11月29日（日）午前9時から、さくら公園で行います。雨のときは集会所です。飲み物をお持ちください。",
        "files": [],
        "deadline": "2026-11-27T14:59:59+00:00",
        "publishedAt": "2026-11-20T10:00:00+09:00",
        "revision": 1,
        "stampRound": 1,
        "from": {"name": "山田 花子", "title": "会長"},
    }


async def cursor_of(site: Site, token: str) -> str:
    async with site.http(token) as http:
        cursor = ""
        while True:
            async with http.get("/sync/v1/pull", params={"cursor": cursor} if cursor else {}) as answer:
                if answer.status == 204:
                    return cursor
                page = await answer.json()
                cursor = page["cursor"]


async def _body(site: Site, token: str, cursor: str) -> bytes:
    async with site.http(token) as http, http.get("/sync/v1/pull", params={"cursor": cursor}) as answer:
        page = await answer.json()
        assert len(page["changes"]) == 8, len(page["changes"])
        return await answer.read()


@asynccontextmanager
async def bare(folder: Path, page: bytes) -> AsyncIterator[int]:
    """The port of a Litestar application of two handlers: `/page` returns these bytes, `/nothing` 204."""
    file = folder / "page"
    file.write_bytes(page)
    port = free_port()
    command = [sys.executable, str(Path(__file__).with_name("bare.py")), str(port), str(file)]
    async with process(folder, port, command, {}, "/page"):
        yield port


async def in_turn(ours: tuple[int, list[bytes]], theirs: tuple[int, list[bytes]]) -> tuple[Load, Load]:
    best: list[Load | None] = [None, None]
    for _ in range(ROUNDS):
        for side, (port, requests) in enumerate((ours, theirs)):
            found = await load(port, requests, seconds=SECONDS)
            if (so_far := best[side]) is None or found.rate > so_far.rate:
                best[side] = found
    assert best[0] is not None
    assert best[1] is not None
    return best[0], best[1]
