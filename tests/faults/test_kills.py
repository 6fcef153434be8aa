"""kill -9 of the worker at its worst moments, then a restart. Nobody is left out in silence, and nobody gets two."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import uniform

import pytest
from sqlalchemy import select

from notices import roster
from notices.models import Person
from notices.roster import sheet
from notices.tokyo import today
from server.house import utc_now
from server.sinks.mail import MailSink
from server.sinks.push import PushSink
from tests.faults import ledger
from tests.forked import Forked
from tests.phone import Phone
from tests.town import TENANT, Town, town

HOMES = 40
PHONES = 12
IN_FLIGHT_MAIL = 8
IN_FLIGHT_PUSH = 1_000


@dataclass
class Scene:
    """A published circular, two sinks that outlive every worker, and the way to start one."""

    database_url: str
    folder: Path
    mail: MailSink
    push: PushSink
    environment: dict[str, str]

    def start(self, point: str, after: int = 0) -> Forked:
        return Forked("tests.faults.dying_worker", point, str(after), environment=self.environment)

    async def run(self, point: str, after: int = 0) -> int:
        return await asyncio.wait_for(self.start(point, after).wait(), 60)

    async def restart_until_done(self) -> ledger.Books:
        """Workers come back, as an init system brings them back, until nothing is open."""
        for _ in range(4):
            await ledger.time_passes(self.database_url)
            assert await self.run("never") == 0
            books = await ledger.read(self.database_url)
            if books.open == 0:
                return books
        raise AssertionError("the backlog is not gone after four quiet runs")

    def insist_nobody_is_lost(self, books: ledger.Books) -> None:
        """Everybody entitled has it, or the ledger says why not."""
        mails, pushes = ledger.mail_copies(self.mail), ledger.push_copies(self.push)
        without = {0, *range(PHONES + 1, HOMES)}  # phones are given from home 1 on
        assert {f"home{n}@example.jp" for n in without} <= mails.keys()
        assert {f"phone{n}" for n in range(PHONES)} <= pushes.keys()
        assert books.states.keys() <= {"sent", "unknown"}
        assert books.handed_over == books.households == HOMES

    def insist_copies_are_bounded(self, kills: int) -> None:
        """Copies beyond the first are at most what was in flight at each kill, with the same identity."""
        mails, pushes = ledger.mail_copies(self.mail), ledger.push_copies(self.push)
        assert ledger.beyond_the_first(mails) <= kills * IN_FLIGHT_MAIL
        assert ledger.beyond_the_first(pushes) <= kills * IN_FLIGHT_PUSH
        for recipient, copies in mails.items():
            if copies > 1:
                ids = {letter.parsed["Message-ID"] for letter in self.mail.messages(recipient)}
                assert len(ids) == 1, "a second copy must be seen as the first one"


def homes() -> bytes:
    """A roster of as many homes as the scene needs, a mailbox each."""
    lines = ["班,巡回順,世帯番号,世帯名,住民番号,氏名,メール,役職,任期開始"]
    for n in range(HOMES):
        seat = "会長,2026-04-01" if n == 0 else ","
        lines.append(f"一班,{n + 1},{n + 1},家{n},{n + 1000},人 {n},home{n}@example.jp,{seat}")
    return "\n".join(lines).encode()


async def settle_in(here: Town) -> None:
    async with here.house.db.write() as session:
        now = here.clock()
        parsed = sheet.parse(homes(), today(now))
        vault = here.house.keys.vault
        await roster.apply(session, vault, TENANT, here.sakura, parsed, None, now, really=True)
    async with here.house.db.read() as session:
        here.people |= {row.name: row.id for row in await session.scalars(select(Person))}


async def subscribe(phone: Phone, push: PushSink, name: str) -> None:
    answer = await phone.http.put("/api/v1/me/push-subscription", json=push.subscribe(name).as_json())
    assert answer.status_code == 200, answer.text


@asynccontextmanager
async def scene(database_url: str, folder: Path) -> AsyncIterator[Scene]:
    async with office(database_url, folder) as (it, _, publish):
        await publish()
        yield it


Publish = Callable[[], Awaitable[None]]


@asynccontextmanager
async def office(database_url: str, folder: Path) -> AsyncIterator[tuple[Scene, Town, Publish]]:
    """A scene, its town, and how its president publishes one more circular."""
    mail, push = MailSink(), PushSink()
    await mail.start()
    await push.start()
    try:
        environment = {
            "KAIRAN_DATABASE_URL": database_url,
            "KAIRAN_SECRET_FILE": str(folder / "kairan.secret"),
            "KAIRAN_FILES_URL": str(folder / "files"),
            "KAIRAN_SMTP_URL": mail.url,
            "KAIRAN_MAIL_FROM": "kairan@example.jp",
            "KAIRAN_PUSH_HOSTS": push.origin,
        }
        async with town(database_url, folder, push_hosts=push.origin) as here:
            here.clock.at = utc_now()
            await settle_in(here)
            president = await here.phone("人 0")
            for n in range(PHONES):
                await subscribe(await here.phone(f"人 {n + 1}"), push, f"phone{n}")

            async def publish() -> None:
                here.clock.at = utc_now()
                await here.post(president, deadline=None)

            yield Scene(database_url, folder, mail, push, environment), here, publish
    finally:
        await mail.close()
        await push.close()


@pytest.mark.slow
async def test_a_worker_killed_after_planning_loses_and_doubles_nobody(
    database_url: str, tmp_path: Path
) -> None:
    async with scene(database_url, tmp_path) as it:
        assert await it.run("planned") == -signal.SIGKILL
        books = await it.restart_until_done()
        it.insist_nobody_is_lost(books)
        it.insist_copies_are_bounded(kills=0)


@pytest.mark.slow
@pytest.mark.parametrize("point", ["claimed", "crossed", "sent"])
async def test_a_worker_killed_in_delivery_loses_nobody_and_doubles_only_what_was_in_flight(
    database_url: str, tmp_path: Path, point: str
) -> None:
    async with scene(database_url, tmp_path) as it:
        after = {"claimed": 0, "crossed": 5, "sent": 10}[point]
        assert await it.run(point, after) == -signal.SIGKILL
        # Before the final dot of anything, nothing can have arrived twice.
        books = await it.restart_until_done()
        it.insist_nobody_is_lost(books)
        it.insist_copies_are_bounded(kills=0 if point == "claimed" else 1)


@pytest.mark.slow
async def test_workers_killed_at_any_moment_lose_nobody(database_url: str, tmp_path: Path) -> None:
    async with scene(database_url, tmp_path) as it:
        it.mail.pause = 0.1  # what is left to do outlives each of them
        kills = 0
        # Two deaths: what is in hand at a third is taken for their cause and set aside (test_lanes.py).
        for moment in sorted(uniform(0.1, 0.6) for _ in range(2)):
            process = it.start("never")
            await asyncio.sleep(moment)
            if process.returncode is None:
                process.send_signal(signal.SIGKILL)
                kills += 1
            await asyncio.wait_for(process.wait(), 60)
            await ledger.time_passes(database_url)
        assert kills, "somebody died"
        it.mail.pause = 0.0
        books = await it.restart_until_done()
        it.insist_nobody_is_lost(books)
        it.insist_copies_are_bounded(kills)


@pytest.mark.slow
@pytest.mark.parametrize("arrived", [1, HOMES // 4, HOMES // 2])
async def test_a_worker_told_to_stop_ends_what_is_in_hand_and_doubles_nobody(
    database_url: str, tmp_path: Path, arrived: int
) -> None:
    """SIGTERM, as at each deployment, with mail in flight."""
    async with scene(database_url, tmp_path) as it:
        it.mail.pause = 0.05  # there is always something in flight, and something left
        process = it.start("stays")
        async with asyncio.timeout(60):
            while len(it.mail.recipients()) < arrived:  # noqa: ASYNC110 - another process sends
                await asyncio.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 60) == 0
        assert arrived <= len(it.mail.recipients()) < HOMES - PHONES, "it stopped in the middle"
        assert (await ledger.read(it.database_url)).states.keys() <= {"due", "later", "sent"}, (
            "nothing is in doubt"
        )
        it.mail.pause = 0.0
        books = await it.restart_until_done()
        it.insist_nobody_is_lost(books)
        it.insist_copies_are_bounded(kills=0)
