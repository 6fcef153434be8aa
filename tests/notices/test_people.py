"""What an officer does to one household."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from notices import ids
from notices.errors import BlockForeign
from notices.life import moving
from notices.life.scene import Scene
from notices.models import Audit, Due
from notices.tokyo import midnight
from notices.town import people
from notices.town.people_errors import HouseholdUnknown, WalkWrong
from sync.models import SyncRecord, SyncScope
from tests.notices.rosters import LEADER, NOW, TENANT, VAULT, Ground, home, one


@pytest.fixture
async def ground(database_url: str) -> AsyncIterator[Ground]:
    ground = Ground(database_url)
    await ground.settle()
    await ground.read_in([
        home("1", one("佐藤 太郎", LEADER)),
        home("2", one("田中 一")),
        home("3", one("鈴木 次郎")),
        home("4", one("高橋 三郎"), block="2班", walk=1),
        home("5", one("伊藤 四郎"), block="2班", walk=2),
        home("6", one("渡辺 五郎"), block="2班", walk=9),
    ])  # fmt: skip
    yield ground
    await ground.db.close()


async def move(ground: Ground, number: str, block: str, walk: int | None) -> None:
    household, to = (await ground.household(number)).id, (await ground.block(block)).id
    async with ground.db.write() as session:
        await moving.move(Scene(session, VAULT, TENANT, None, ground.now), household, to, walk)


async def order(ground: Ground, block: str) -> list[tuple[str, int]]:
    return [(row.number, row.walk) for row in await ground.read_out() if row.block == block]


async def rosters(ground: Ground, kind: str, key: str) -> set[str]:
    async with ground.db.read() as session:
        query = (
            select(SyncRecord.rid)
            .join(SyncScope, (SyncScope.tenant == SyncRecord.tenant) & (SyncScope.id == SyncRecord.scope_id))
            .where(SyncScope.kind == kind, SyncScope.key == key, SyncRecord.type == "roster")
            .where(SyncRecord.deleted.is_(False))
        )
        return set((await session.scalars(query)).all())


async def test_a_household_moves_to_the_end_of_another_block(ground: Ground) -> None:
    await move(ground, "2", "2班", None)
    assert await order(ground, "1班") == [("1", 1), ("3", 3)]
    assert await order(ground, "2班") == [("4", 1), ("5", 2), ("6", 9), ("2", 10)]


async def test_who_stands_at_the_place_moves_on_up_to_the_next_gap(ground: Ground) -> None:
    await move(ground, "2", "2班", 1)
    assert await order(ground, "2班") == [("2", 1), ("4", 2), ("5", 3), ("6", 9)]


async def test_a_household_changes_its_place_within_the_block(ground: Ground) -> None:
    await move(ground, "3", "1班", 1)
    assert await order(ground, "1班") == [("3", 1), ("1", 2), ("2", 3)]


async def test_the_new_leader_gets_the_household_and_the_old_one_loses_it(ground: Ground) -> None:
    household = (await ground.household("2")).id
    first, second = (await ground.block("1班")).id, (await ground.block("2班")).id
    assert f"{household}.{first}" in await rosters(ground, "leader", first)
    await move(ground, "2", "2班", None)
    assert f"{household}.{first}" not in await rosters(ground, "leader", first)
    assert f"{household}.{second}" in await rosters(ground, "leader", second)
    assert f"{household}.o" in await rosters(ground, "officers", ground.association)


async def test_a_leader_who_moves_keeps_the_term_and_the_list_says_so(ground: Ground) -> None:
    await move(ground, "1", "2班", None)
    leader = next(row for row in await ground.read_out() if row.number == "1").people[0]
    assert leader.seats[0].block == "1班"
    report = await ground.read_in(await ground.read_out())
    assert not report.applied


async def test_moving_nowhere_leaves_no_trace(ground: Ground) -> None:
    async with ground.db.read() as session:
        before = (await session.scalars(select(Audit.seq))).all()
    await move(ground, "2", "1班", 2)
    await move(ground, "2", "1班", None)
    async with ground.db.read() as session:
        assert (await session.scalars(select(Audit.seq))).all() == before


async def test_moves_that_make_no_sense_are_refused(ground: Ground) -> None:
    with pytest.raises(WalkWrong):
        await move(ground, "2", "2班", 0)
    household, block = (await ground.household("2")).id, (await ground.block("1班")).id
    other = ids.new_id()
    await ground.found(other, "midori")
    await ground.read_in([home("9", one("別人 五郎"), block="外班")], other)
    foreign = (await ground.block("外班")).id
    for which, to, error in [
        (household, foreign, BlockForeign),
        (household, ids.new_id(), BlockForeign),
        (ids.new_id(), block, HouseholdUnknown),
    ]:
        with pytest.raises(error):
            async with ground.db.write() as session:
                await moving.move(Scene(session, VAULT, TENANT, None, NOW), which, to)


async def test_paper_is_switched_once_and_audited(ground: Ground) -> None:
    household = (await ground.household("2")).id
    for _ in range(2):
        async with ground.db.write() as session:
            await people.set_paper(session, VAULT, TENANT, household, True, None, NOW)
    assert (await ground.household("2")).paper
    async with ground.db.read() as session:
        entries = (await session.scalars(select(Audit).where(Audit.action == "household.paper"))).all()
    assert [(entry.subject, entry.detail) for entry in entries] == [(household, {"paper": True})]


async def test_the_next_turn_of_a_term_is_put_on_the_list(ground: Ground) -> None:

    term = replace(LEADER, begins=date(2027, 4, 1), until=date(2028, 3, 31))
    await ground.read_in([home("1", one("佐藤 太郎", term))], really=True)
    person = (await ground.person("佐藤 太郎")).id
    ground.now = midnight(date(2027, 4, 1))
    async with ground.db.write() as session:
        await session.delete(await session.get_one(Due, (TENANT, "term", person)))
        await session.flush()
        await people.await_next_turn(session, TENANT, person, ground.now)
    async with ground.db.read() as session:
        assert (await session.get_one(Due, (TENANT, "term", person))).at == midnight(date(2028, 4, 1))
