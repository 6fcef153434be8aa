"""What clients hold a copy of is not changed behind their backs."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import delete, insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from sync import record
from sync.errors import Unjournalled
from tests.sync.store import TENANT, A, Deed, Note, Store, note

pytestmark = pytest.mark.everyday

Change = Callable[[AsyncSession], Awaitable[None]]


async def add(session: AsyncSession) -> None:
    session.add(Note(id="new", text=""))


async def alter(session: AsyncSession) -> None:
    (await session.get_one(Note, "old")).text = "altered"


async def remove(session: AsyncSession) -> None:
    await session.delete(await session.get_one(Note, "old"))


async def add_many(session: AsyncSession) -> None:
    await session.execute(insert(Note), [{"id": "m1", "text": ""}, {"id": "m2", "text": ""}])


@pytest.fixture
async def town(store: Store) -> Store:
    async with store.write() as session:
        session.add(Note(id="old", text="old"))
        record(session, TENANT, note(A, "old", "old"))
    return store


async def commit(store: Store, *steps: Change) -> None:
    async with store.write() as session:
        for step in steps:
            await step(session)


async def record_it(session: AsyncSession) -> None:
    record(session, TENANT, note(A, "old", "told"))


async def record_another_type(session: AsyncSession) -> None:
    record(session, TENANT, note(A, "old", "told", type="stamps"))


@pytest.mark.parametrize("change", [add, alter, remove, add_many])
async def test_a_commit_that_told_nobody_is_aborted(town: Store, change: Change) -> None:
    with pytest.raises(Unjournalled, match=r"Note was changed.*notes"):
        await commit(town, change)
    assert [(row.id, row.text) for row in await town.rows(Note)] == [("old", "old")]


@pytest.mark.parametrize("change", [add, alter, remove, add_many])
async def test_a_commit_that_recorded_the_change_goes_through(town: Store, change: Change) -> None:
    await commit(town, change, record_it)
    assert [(row.id, row.text) for row in await town.rows(Note)] != [("old", "old")]


async def test_a_record_of_another_type_is_not_enough(town: Store) -> None:
    with pytest.raises(Unjournalled):
        await commit(town, alter, record_another_type)


async def test_setting_what_was_already_there_is_no_change(town: Store) -> None:
    async def same(session: AsyncSession) -> None:
        (await session.get_one(Note, "old")).text = "old"

    await commit(town, same)


async def test_models_that_are_not_synced_are_left_alone(town: Store) -> None:
    async with town.write() as session:
        session.add(Deed(mid="m"))
        await session.flush()
        await session.execute(update(Deed).values(mid="n"))
    assert await town.deeds() == {"n": 1}


@pytest.mark.parametrize("core", [False, True])
async def test_bulk_statements_are_refused_unless_they_say_they_are_journalled(
    town: Store, core: bool
) -> None:
    target = Note.__table__ if core else Note
    for statement in (update(target).values(text="x"), delete(target)):  # type: ignore[arg-type]
        async with town.write() as session:
            with pytest.raises(Unjournalled, match="row by row"):
                await session.execute(statement)
    async with town.write() as session:
        await session.execute(delete(Note).execution_options(journalled=True))
        record(session, TENANT, note(A, "old", None))
    assert await town.rows(Note) == []


async def test_what_a_savepoint_took_back_needs_no_record(town: Store) -> None:
    async with town.write() as session:
        gone = await session.begin_nested()
        await alter(session)
        await session.flush()
        await gone.rollback()
        kept = await session.begin_nested()
        session.add(Deed(mid="m"))
        await kept.commit()
    assert (await town.rows(Note))[0].text == "old"


async def test_what_a_savepoint_kept_needs_its_record(town: Store) -> None:
    async def alter_in_savepoint(session: AsyncSession) -> None:
        async with session.begin_nested():
            await alter(session)

    with pytest.raises(Unjournalled):
        await commit(town, alter_in_savepoint)


async def test_a_record_taken_back_by_a_savepoint_does_not_count(town: Store) -> None:
    async def alter_and_lose_the_record(session: AsyncSession) -> None:
        await alter(session)
        await session.flush()
        gone = await session.begin_nested()
        await record_it(session)
        await gone.rollback()

    with pytest.raises(Unjournalled):
        await commit(town, alter_and_lose_the_record)


async def test_recorded_changes_that_nobody_settled_abort_the_commit(town: Store) -> None:
    async with town.sessions() as session:
        await alter(session)
        await record_it(session)
        with pytest.raises(Unjournalled, match="not settled"):
            await session.commit()
