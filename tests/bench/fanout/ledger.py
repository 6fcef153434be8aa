"""End to end with the ledger: planned rows are the start, the last settled row is the end; beside peers without one.

Workers are processes with everything that a worker does. Rounds are interleaved; medians are told. Before each round
all messages are made due again. A sample is opened by the sinks; of mail, each sender's is read beforehand.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from statistics import median

from cryptography.hazmat.primitives.asymmetric import ec

from server.sinks.mail import MailSink
from tests import smtp_sink
from tests.bench.fanout import mail, press, push
from tests.bench.fanout.office import Office, office
from tests.bench.fanout.scene import Scene, everybody, mailbox, phones, scene
from tests.bench.fanout.service import service
from tests.bench.sync import Row, at_least, told
from tests.bench.sync.lab import Kind, Lab
from tests.h2sink import H2Sink

SENDER = "kairan@example.jp"
STARTED = 1.0
"""Seconds in which a worker that has begun finds nothing to do: what a start costs is not what a message costs."""
Turn = Callable[[], Awaitable[float]]
"""One round; messages per second."""


async def rows(lab: Lab) -> list[Row]:
    return [*await _pushes(lab), *await _mails(lab)]


async def in_turn(turns: dict[str, Turn], rounds: int) -> dict[str, float]:
    found: dict[str, list[float]] = {name: [] for name in turns}
    for _ in range(rounds):
        for name, turn in turns.items():
            found[name].append(await turn())
    return {name: median(rates) for name, rates in found.items()}


async def _pushes(lab: Lab) -> list[Row]:
    people, few, rounds = (20_000, 3_000, 3) if lab.big else (2_000, 1_000, 2)
    key = ec.generate_private_key(ec.SECP256R1())
    async with AsyncExitStack() as stack:
        sink = await stack.enter_async_context(service(lab.folder, sample=100))
        batch = [push.message(sink, number) for number in range(few)]
        embedded = await stack.enter_async_context(_Case.open(lab, "sqlite", people, sink, workers=1))
        many = await stack.enter_async_context(_Case.open(lab, "postgresql", people, sink, workers=2))

        async def theirs() -> float:
            return (await push.theirs(sink, key, batch)).clock

        turns: dict[str, Turn] = {
            "webpush_async": theirs,
            "sqlite": embedded.turn,
            "ahead": embedded.emergency,
            "postgresql": many.turn,
            "web-push": await push.npm_web_push(lab.folder, sink, few),
        }
        rates = await in_turn(turns, rounds)
        refused = (await sink.report())["refused"]
    assert refused == {}, refused
    peer, ours = rates["webpush_async"], "end to end / webpush_async"
    return [
        at_least(f"web push, SQLite, {ours}", rates["sqlite"], peer, "/s", 2.5),
        at_least(f"web push, PostgreSQL, two workers, {ours}", rates["postgresql"], peer, "/s", 3.5),
        at_least(f"web push, keys made ahead, SQLite, {ours}", rates["ahead"], peer, "/s", 7),
        told("web push, SQLite, end to end / npm web-push", rates["sqlite"], "/s", rates["web-push"]),
        told("… settled per second of the worker's CPU", embedded.by_cpu, "/s of CPU"),
        told("… keys made ahead, per second of the worker's CPU", embedded.urgent_by_cpu, "/s of CPU"),
    ]


class _Case:
    """A town with its messages planned, and the workers that carry them again and again."""

    def __init__(self, here: Scene, offices: Sequence[Office]) -> None:
        self._here, self._offices = here, offices
        self.by_cpu = self.urgent_by_cpu = 0.0

    @classmethod
    @asynccontextmanager
    async def open(
        cls, lab: Lab, kind: Kind, people: int, sink: H2Sink, *, workers: int
    ) -> AsyncIterator[_Case]:
        settings = {"push_hosts": sink.origin, "mail_from": SENDER, "authorities": str(sink.authorities)}
        async with AsyncExitStack() as stack:
            here = await stack.enter_async_context(scene(lab, kind, people, everybody(phones(sink))))
            await here.publish()
            await here.plan_all()
            offices = [
                await stack.enter_async_context(office(here.url, here.folder, **settings))
                for _ in range(workers)
            ]
            yield cls(here, offices)

    async def turn(self) -> float:
        rate, self.by_cpu = await self._carried()
        return rate

    async def emergency(self) -> float:
        """The same messages as an emergency, with keys that were made before it."""
        await self._here.call_it("emergency")
        for each in self._offices:
            await each.ask("ahead", addresses=self._here.made.people)
        rate, self.urgent_by_cpu = await self._carried()
        await self._here.call_it("ordinary")
        return rate

    async def _carried(self) -> tuple[float, float]:
        await self._here.none_due()
        for each in self._offices:
            await each.ask("work")
        await asyncio.sleep(STARTED)
        before = sum([await each.cpu() for each in self._offices])
        await self._here.again()
        began = time.perf_counter()
        for each in self._offices:
            await each.ask("tap")
        await self._here.settled()
        took = time.perf_counter() - began
        cpu = sum([await each.cpu() for each in self._offices]) - before
        await asyncio.gather(*(each.ask("rest") for each in self._offices))
        sent = await self._here.all_sent()
        return sent / took, sent / cpu


async def _mails(lab: Lab) -> list[Row]:
    people, few, rounds = (20_000, 1_500, 3) if lab.big else (2_000, 300, 2)
    peer = await mail.nodemailer(lab.folder)
    await read_a_sample(lab)
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        grouped, plain = await enter(smtp_sink.sink()), await enter(smtp_sink.sink("-p"))
        here = await enter(scene(lab, "sqlite", people, everybody(mailbox)))
        there = await enter(scene(lab, "postgresql", people, everybody(mailbox)))
        for each in (here, there):
            await each.publish()
            await each.plan_all()

        async def carried(town: Scene, port: int, workers: int) -> _Case:
            settings = {"smtp_url": f"smtp+plain://127.0.0.1:{port}", "mail_from": SENDER}
            return _Case(
                town, [await enter(office(town.url, town.folder, **settings)) for _ in range(workers)]
            )

        async def theirs() -> float:
            return few / await peer(grouped, few)

        slow = await carried(here, plain, 1)
        turns: dict[str, Turn] = {
            "nodemailer": theirs,
            "pipelined": (fast := await carried(here, grouped, 1)).turn,
            "plain": slow.turn,
            "postgresql": (await carried(there, grouped, 2)).turn,
        }
        rates = await in_turn(turns, rounds)
    peer_rate = rates["nodemailer"]
    ours = "end to end / nodemailer, pool of 8"
    return [
        at_least(f"mail, PIPELINING, SQLite, {ours}", rates["pipelined"], peer_rate, "/s", 7),
        at_least(f"mail, without PIPELINING, SQLite, {ours}", rates["plain"], peer_rate, "/s", 2.5),
        at_least(
            f"mail, PIPELINING, PostgreSQL, two workers, {ours}", rates["postgresql"], peer_rate, "/s", 7
        ),
        told("… settled per second of the worker's CPU, SQLite", fast.by_cpu, "/s of CPU"),
    ]


async def read_a_sample(lab: Lab) -> None:
    """A small town's mails, end to end, to a sink that keeps them: read by the standard library's parser."""
    sink = MailSink()
    await sink.start()
    async with scene(lab, "sqlite", 40, everybody(mailbox)) as here:
        await here.publish()
        await here.plan_all()
        async with office(here.url, here.folder, smtp_url=sink.url, mail_from=SENDER) as worker:
            await worker.ask("work")
            await here.settled()
            await worker.ask("rest")
        sent = await here.all_sent()
    kept = sink.messages()
    assert len({each.recipients for each in kept}) == len(kept) == sent
    for each in kept:
        assert press.TITLE in str(each.parsed["Subject"]), each.parsed["Subject"]
        assert "10時" in each.body("plain"), "the text"
        assert "10時" in each.body("html"), "the text"
        assert str(each.parsed["To"]) == each.recipients[0], "to one recipient"
        assert "/u/events/" in each.parsed["List-Unsubscribe"], "its own link"
    await sink.close()
