"""A plan is the same in one chunk and in many, and tells leaders and officers of each chunk as it is made."""

from collections import defaultdict
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices.models import Address, Delivery, Household, Message, NoticeHousehold, Person, Planning, Resident
from notices.planning import counted, plan
from server import keys
from server.db import Database
from server.demo.census import Way
from server.demo.populating import Populated, populate, realistic
from tests.bench.fanout import press
from tests.journeys.story import PRESIDENT, reach
from tests.town import TENANT, town

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
ORIGIN = "https://push.example.jp"


def push(name: str) -> Way:
    return Way.push(ORIGIN, f"{ORIGIN}/push/{name}", "p256dh", "auth")


async def a_town_with_everything(db: Database, folder: Path) -> Populated:
    """Mailboxes that are shared, second homes, digests, quiet hours, topics that are not wanted."""
    made = await populate(db, keys.make(folder / "secret").vault, TENANT, 300, realistic(push), NOW)
    rng = Random(3)
    async with db.write() as session:
        connection = await session.connection()
        people = (await session.scalars(select(Person.id).order_by(Person.number))).all()
        homes = (await session.scalars(select(Household.id).order_by(Household.number))).all()
        lived_in = set((await session.execute(select(Resident.household, Resident.person))).all())
        second = {(rng.choice(homes), person) for person in rng.sample(people, 60)} - lived_in
        rows = [
            {"tenant": TENANT, "household": home, "person": person, "since": NOW} for home, person in second
        ]
        await connection.execute(insert(Resident), rows)
        wishes: list[dict[str, Any]] = [{"digest": "daily"}, {"quiet_from": 60, "quiet_to": 1400}]
        for wish in (*wishes, {"muted": ",events,"}, {"digest": "weekly", "quiet_from": 0, "quiet_to": 600}):
            chosen = rng.sample(people, 50)
            await connection.execute(update(Person).where(Person.id.in_(chosen)).values(wish))
        boxes = update(Address).where(Address.channel == "mail", Address.person.in_(rng.sample(people, 40)))
        await connection.execute(boxes.values(stopped_topics=["events"]))
    return made


async def planned(db: Database, made: Populated) -> tuple[str, int]:
    """A new notice to everybody → its id, and in how many chunks it was planned."""
    async with db.write() as session:
        notice = await press.publish(
            session, NOW, tenant=TENANT, association=made.association, president=made.president
        )
    for chunks in range(1, 1000):
        async with db.write() as session:
            planning = await plan.next_open(session, NOW)
            if planning is None:
                return notice, chunks
            await plan.chunk(session, planning, NOW)
    raise AssertionError("it never ends")


Who = tuple[str, ...]


async def told(session: AsyncSession, notice: str) -> tuple[Collection[Any], Collection[frozenset[Who]]]:
    """(when, how and for whom each delivery is, and those that go as one message)."""
    query = select(Delivery.person, Delivery.address, Delivery.household, Message).join(
        Message, Message.id == Delivery.message
    )
    ways = set()
    together: dict[str, set[Who]] = defaultdict(set)
    for *who, message in await session.execute(query.where(Delivery.notice == notice)):
        ways.add((*who, message.channel, message.lane, message.due_at, message.digest, message.state))
        together[message.id].add(tuple(who))
    return ways, {frozenset(each) for each in together.values()}


async def homes_of(session: AsyncSession, notice: str) -> dict[str, int]:
    query = select(NoticeHousehold.household, NoticeHousehold.planned).where(NoticeHousehold.notice == notice)
    return {home: count for home, count in await session.execute(query)}


async def test_who_is_told_how_is_the_same_in_one_chunk_and_in_many(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = Database(database_url, keys.make(tmp_path / "other").vault)
    made = await a_town_with_everything(db, tmp_path)
    found = []
    for households in (10_000, 7):
        monkeypatch.setattr(plan, "HOUSEHOLDS", households)
        notice, chunks = await planned(db, made)
        async with db.read() as session:
            ways, together = await told(session, notice)
            counted = await homes_of(session, notice)
            shared = await session.scalar(
                select(func.count(Delivery.message.distinct())).where(Delivery.notice == notice)
            )
        assert chunks == (1 if households > made.households else chunks)
        assert len(counted) == made.households
        assert sum(counted.values()) == len(ways)
        assert shared is not None
        assert shared < len(ways), "or nobody shares anything here"
        assert any(digest for *_, digest, _ in ways), "and somebody wishes a digest"
        found.append((ways, together, counted))
    await db.close()
    assert chunks > 10
    assert found[0] == found[1]


async def test_the_press_plans_a_small_audience_whole_and_of_a_large_one_what_leaves_first(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = Database(database_url, keys.make(tmp_path / "other").vault)
    made = await a_town_with_everything(db, tmp_path)
    looked_at = []
    for whole in (made.households + 1, made.households):
        monkeypatch.setattr(plan, "HOUSEHOLDS", whole * plan.BEFORE)
        async with db.write() as session:
            await press.publish(
                session, NOW, tenant=TENANT, association=made.association, president=made.president
            )
            planning = (await session.scalars(select(Planning).order_by(Planning.created_at.desc()))).first()
            assert planning is not None
            looked_at.append((planning.households, planning.closed_at is not None))
            await session.rollback()
    await db.close()
    assert looked_at == [(made.households, True), (made.households * plan.BEFORE // plan.AHEAD, False)]


async def test_the_first_press_has_postgresql_count_what_it_would_guess_at(
    postgresql_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counted, "TIMES", 0)  # a small town's tables would wait for autovacuum
    db = Database(postgresql_database, keys.make(tmp_path / "other").vault)
    made = await a_town_with_everything(db, tmp_path)
    await planned(db, made)
    counts = text("SELECT relname, reltuples FROM pg_class WHERE relname IN ('message', 'delivery')")
    async with db.read() as session:
        known = {table: rows for table, rows in await session.execute(counts)}
    await db.close()
    assert all(rows > 0 for rows in known.values()), known


async def test_leaders_hear_of_every_block_though_it_is_planned_in_a_later_chunk(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "HOUSEHOLDS", 1)
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        notice = await here.post(president)
        await here.work()
        await president.pull()
        records = [each for each in president.all("reach") if each["notice"] == notice["id"]]
        assert {each["block"] for each in records} >= {here.blocks["一班"], here.blocks["二班"]}
        ledger = await reach(president, notice["id"])
        for name in ledger["grades"]:
            assert sum(each["grades"][name] for each in records) == ledger["grades"][name]
        assert ledger["grades"]["noChannel"] == 2, "a home without anything is known when the plan has ended"


async def test_a_notice_is_told_with_its_forecast_once_all_are_planned(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "HOUSEHOLDS", 3)
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        notice = await here.post(president)
        assert notice["forecast"] is None, "whoever presses does not wait for a count of the town"
        await president.pull()
        assert president.records["sent", notice["id"]]["forecast"] is None
        await here.work()
        await president.pull()
        counted = president.records["sent", notice["id"]]["forecast"]
        assert (counted["households"], counted["withChannel"]) == (7, 5)
        assert (await president.http.get(f"/api/v1/notices/{notice['id']}")).json()["forecast"] == counted
