"""The clerk: one transaction for what all lanes cross and settle, a bad paper alone with its trouble, leases kept."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select

from notices import deliver
from notices.deliver import Claim
from notices.models import Message
from notices.outcomes import Later, Outcome, Sent
from server.work.clerk import SLOWER, Clerk
from tests.town import Town, town

pytestmark = pytest.mark.everyday


@asynccontextmanager
async def scene(database_url: str, folder: Path) -> AsyncIterator[tuple[Town, list[Claim]]]:
    """A circular to two mail domains, all of it claimed."""
    async with town(database_url, folder) as here, asyncio.timeout(60):
        await here.post(await here.phone("山田 花子"))
        house = here.house
        claims: list[Claim] = []
        for lane in ("example.jp", "docomo.example.jp"):
            async with house.db.write() as session:
                now = deliver.Moment(here.clock(), await house.db.now(session, house.clock))
                claims += await deliver.claim(session, house.office, "mail", lane, now)
        yield here, claims


async def rows(here: Town) -> dict[str, Message]:
    async with here.house.db.read() as session:
        return {row.id: row for row in await session.scalars(select(Message))}


@asynccontextmanager
async def commits(here: Town) -> AsyncIterator[asyncio.Queue[Any]]:
    """A piece for each commit that begins."""
    engine = here.house.db._engines[0].sync_engine
    seen: asyncio.Queue[Any] = asyncio.Queue()
    note = seen.put_nowait
    event.listen(engine, "commit", note)
    yield seen
    event.remove(engine, "commit", note)


async def test_what_all_lanes_cross_and_settle_meanwhile_is_one_transaction(
    database_url: str, tmp_path: Path
) -> None:
    async with scene(database_url, tmp_path) as (here, claims):
        clerk = Clerk(here.house)
        first, rest = claims[:1], claims[1:]
        async with commits(here) as seen:
            crossed, *more = await asyncio.gather(*(clerk.cross([claim]) for claim in claims))
            assert seen.qsize() == 1
            assert [*crossed, *(id for ids in more for id in ids)] == [claim.id for claim in claims]
            await asyncio.gather(clerk.cross(rest), clerk.settle([(claim, Sent(250)) for claim in first]))
            assert seen.qsize() == 2
        states = {id: row.state for id, row in (await rows(here)).items()}
        assert states == {claim.id: "sending" for claim in rest} | {first[0].id: "sent"}


@pytest.mark.parametrize("apart", [True, False])
async def test_an_outcome_that_cannot_be_written_keeps_nobody_elses_from_being_written(
    database_url: str, tmp_path: Path, apart: bool
) -> None:
    async with scene(database_url, tmp_path) as (here, claims):
        clerk = Clerk(here.house)
        naive = Later(451, "mailbox-busy")
        object.__setattr__(naive, "reason", object())  # which no database knows how to write
        outcomes: list[Outcome] = [Sent(250), naive, *(Sent(250) for _ in claims[2:])]
        given = list(zip(claims, outcomes, strict=True))
        if apart:
            left = await asyncio.gather(*(clerk.settle([each]) for each in given))
        else:
            left = [await clerk.settle(given)]
        assert [each for those in left for each in those] == [given[1]]
        states = {id: row.state for id, row in (await rows(here)).items()}
        assert states == {claim.id: "sent" for claim in claims} | {claims[1].id: "sending"}


async def test_the_last_of_two_batches_that_are_settled_ends_in_peace(
    database_url: str, tmp_path: Path
) -> None:
    async with scene(database_url, tmp_path) as (here, claims):
        clerk = Clerk(here.house)
        with clerk.holding(claims[:1]), clerk.holding(claims[1:]):
            await asyncio.gather(*(clerk.settle([(claim, Sent(250))]) for claim in claims))


async def test_leases_are_kept_while_a_batch_is_held_of_emergencies_at_every_beat(
    database_url: str, tmp_path: Path
) -> None:
    async with scene(database_url, tmp_path) as (here, claims):
        urgent = claims[0].id
        held = [claims[0]._replace(urgency="emergency"), *claims[1:]]
        before = leases(await rows(here))
        here.clock.pass_(seconds=1)
        async with commits(here) as seen:
            with Clerk(here.house, beat=0.02).holding(held):
                for _ in range(2):  # when the second begins, the first is over
                    await seen.get()
                assert leases(await rows(here))[urgent] != before[urgent]
                for _ in range(SLOWER):
                    await seen.get()
                now = leases(await rows(here))
                assert [id for id in before if now[id] == before[id]] == []


def leases(messages: dict[str, Message]) -> dict[str, datetime | None]:
    return {id: row.lease_until for id, row in messages.items()}
