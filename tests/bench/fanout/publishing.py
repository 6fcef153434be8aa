"""A town is written to: the press over HTTP, the first push out, all planned, all handed over; and what a worker weighs.

On SQLite the server that takes the press delivers, too; on PostgreSQL two workers do. Push and mail by turns, to the
same 100,000 people. A push service opens one push in 200.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from statistics import median

import aiohttp

from notices.ids import new_id
from tests import smtp_sink
from tests.bench.fanout import family, judged, press
from tests.bench.fanout.office import Office, office
from tests.bench.fanout.scene import Scene, everybody, mailbox, phones, scene
from tests.bench.fanout.service import service
from tests.bench.fanout.settling import KINDS
from tests.bench.sync import Row, no_more, town
from tests.bench.sync.lab import ROOT, Lab, free_port, process
from tests.h2sink import H2Sink

SENDER = "kairan@example.jp"
_TURNS = {"push": 3, "mail": 1}
_SECONDS = {"push": 20, "mail": 30}


@dataclass(frozen=True, slots=True)
class _Took:
    """Of one press: seconds until each."""

    accepted: float
    first: float
    planned: float
    all: float


async def rows(lab: Lab) -> list[Row]:
    people = 100_000 if lab.big else 2_000
    found: list[Row] = []
    async with service(lab.folder, sample=200) as sink, smtp_sink.sink() as port:
        for kind, name in KINDS:
            ways = everybody(phones(sink), mailbox)
            async with scene(lab, kind, people, ways) as here, _Town.open(here, sink, port) as there:
                took = {
                    channel: [await there.written_to(channel) for _ in range(turns if lab.big else 1)]
                    for channel, turns in _TURNS.items()
                }
                found += _told(here, name, took)
                found.append(no_more(f"memory of a worker, {name}", there.megabytes(), "MB", 256))
        refused = (await sink.report())["refused"]
    assert refused == {}, refused
    return judged(found, big=lab.big)


def _told(here: Scene, name: str, took: dict[str, list[_Took]]) -> list[Row]:
    people = f"{here.made.people:,} people, {name}"
    pushes = took["push"]
    found = [
        no_more(f"press to {people}: accepted, worst", 1000 * max(e.accepted for e in pushes), "ms", 300),
        no_more(f"press to {people}: first push out", 1000 * median(e.first for e in pushes), "ms", 150),
        no_more(f"press to {people}: planned, while it is sent", median(e.planned for e in pushes), "s", 3),
    ]
    return found + [
        no_more(
            f"{people}: all handed over by {channel}", median(e.all for e in each), "s", _SECONDS[channel]
        )
        for channel, each in took.items()
    ]


class _Town:
    """Its server, and on PostgreSQL the workers beside it."""

    def __init__(self, here: Scene, sink: H2Sink, http: aiohttp.ClientSession, pids: Sequence[int]) -> None:
        self._here, self._sink, self._http, self._pids = here, sink, http, pids

    @classmethod
    @asynccontextmanager
    async def open(cls, here: Scene, sink: H2Sink, smtp: int) -> AsyncIterator[_Town]:
        settings = {
            "smtp_url": f"smtp+plain://127.0.0.1:{smtp}",
            "mail_from": SENDER,
            "push_hosts": sink.origin,
        }
        authorities = str(sink.authorities)
        async with AsyncExitStack() as stack:
            enter = stack.enter_async_context
            offices: list[Office] = []
            if here.kind == "postgresql":
                offices = [
                    await enter(office(here.url, here.folder, authorities=authorities, **settings))
                    for _ in range(2)
                ]
            port = free_port()
            pid = await enter(_server(here, port, authorities, settings))
            [token] = await town.enrol(here.db, [here.made.president])
            head = {"Authorization": f"Bearer {token}"}
            http = await enter(aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=head))
            for each in offices:
                await each.ask("work")
            yield cls(here, sink, http, [each.pid for each in offices] or [pid])

    async def written_to(self, channel: str) -> _Took:
        await self._here.only(channel)
        await self._sink.anew()
        before, began = time.time(), time.perf_counter()
        await self._press()
        accepted = time.perf_counter() - began
        await self._here.planned()
        planned = time.perf_counter() - began
        await self._here.settled()
        whole = time.perf_counter() - began
        assert await self._here.all_sent() == self._here.made.people
        first = (await self._sink.report())["first"] / 1000 - before if channel == "push" else 0.0
        return _Took(accepted, first, planned, whole)

    async def _press(self) -> None:
        path = f"/api/v1/associations/{self._here.made.association}/notices"
        said = {
            "kind": "circular",
            "topic": "events",
            "title": press.TITLE,
            "body": press.BODY,
            "publish": True,
        }
        async with self._http.post(path, json=said, headers={"Idempotency-Key": new_id()}) as answer:
            assert answer.status == 201, await answer.text()

    def megabytes(self) -> float:
        """The most that any of those who deliver ever held."""
        return max(family.most_memory(pid) for pid in self._pids)


@asynccontextmanager
async def _server(here: Scene, port: int, authorities: str, settings: dict[str, str]) -> AsyncIterator[int]:
    ours = {"database_url": here.url, "secret_file": str(here.folder / "kairan.secret"), "port": str(port)}
    ours |= {"files_url": str(here.folder / "files"), "origin": f"http://localhost:{port}"}
    ours |= {"worker": "no", "undo_seconds": "0", "device_requests": "0"} | settings
    environment = {f"KAIRAN_{name.upper()}": value for name, value in ours.items()}
    environment = dict(os.environ) | environment | {"PYTHONPATH": str(ROOT), "SSL_CERT_FILE": authorities}
    command = [sys.executable, "-m", "server", "serve"]
    async with process(here.folder, port, command, environment, "/health/ready") as started:
        yield started.pid
