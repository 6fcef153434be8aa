"""What is collected, and what a phone notices of it: nothing, unless it really missed a deletion."""

from datetime import timedelta

import pytest

from sync.acks import Ack, save_acks
from sync.errors import ResyncRequired
from sync.models import SyncAck, SyncMutation, SyncRecord
from sync.prune import KEEP, collect, forget_devices, forget_mutations
from sync.push import Mutation, push
from sync.scopes import ScopeKey
from tests.sync.phone import Phone
from tests.sync.store import NOW, TENANT, A, B, Store, note, stands

DAY = timedelta(days=1)


async def collected(store: Store, limit: int = 500) -> int:
    """As the worker does it: a transaction per step, until nothing is left."""
    went = 0
    while True:
        async with store.write() as session:
            step = await collect(session, TENANT, store.now, limit=limit)
        went += step
        if not step:
            return went


async def refresh(store: Store, phone: Phone, scopes: list[ScopeKey], limit: int = 200) -> None:
    more = True
    while more:
        page = await store.pull(scopes, phone.cursor, limit=limit)
        more = page.body is not None and phone.apply(page.body)["more"]


def held(phone: Phone) -> set[str]:
    return {id for _, _, id in phone.records}


async def test_a_deletion_stays_180_days_and_then_goes_with_the_floor_at_its_place(store: Store) -> None:
    await store.record(note(A, "n1", 1), note(A, "n2", 1))
    await store.record(note(A, "n1", None))
    store.now += KEEP - timedelta(seconds=1)
    assert await collected(store) == 0
    await store.record(note(A, "n2", None))
    store.now += timedelta(seconds=1)
    assert await collected(store) == 1
    assert [row.rid for row in await store.rows(SyncRecord)] == ["n2"], "the younger deletion stays"
    assert (await store.scope(A)).floor == 3


async def test_what_came_back_is_not_collected(store: Store) -> None:
    await store.record(note(A, "n1", 1))
    await store.record(note(A, "n1", None))
    await store.record(note(A, "n1", 2))
    store.now += 2 * KEEP
    assert await collected(store) == 0
    assert (await store.scope(A)).floor == 0
    phone = Phone()
    await refresh(store, phone, [A])
    assert held(phone) == {"n1"}


async def test_collection_goes_in_bounded_steps_and_each_leaves_a_true_floor(store: Store) -> None:
    ids = [f"n{i}" for i in range(7)]
    await store.record(*(note(A, id, 1) for id in ids), note(B, "m", 1))
    await store.record(note(B, "m", None), *(note(A, id, None) for id in ids))
    store.now += KEEP
    seen = []
    for _ in range(4):
        async with store.write() as session:
            seen.append(await collect(session, TENANT, store.now, limit=3))
        scope, rows = await store.scope(A), await store.rows(SyncRecord, scope_id=1)
        gone = set(range(8, 15)) - {row.seq for row in rows}
        assert all(seq <= scope.floor for seq in gone), "nobody may miss a row without seeing it in the floor"
    assert seen == [3, 3, 2, 0]


async def test_a_phone_below_the_floor_starts_again_and_one_above_goes_on(store: Store) -> None:
    late, there = Phone(), Phone()
    await store.record(note(A, "n1", 1), note(A, "n2", 1))
    await refresh(store, late, [A])
    await store.record(note(A, "n1", None))
    await refresh(store, there, [A])
    store.now += KEEP
    assert await collected(store) == 1
    with pytest.raises(ResyncRequired) as refused:
        await refresh(store, late, [A])
    assert refused.value.reason == "compacted"
    late.forget()
    await refresh(store, late, [A])
    await refresh(store, there, [A])
    assert held(late) == held(there) == {"n2"}


async def test_a_phone_that_slept_for_years_goes_on_where_nothing_was_deleted(store: Store) -> None:
    idle = Phone()
    await store.record(note(A, "n1", 1), note(B, "m", 1))
    await refresh(store, idle, [A, B])
    for _ in range(5):
        store.now += 365 * DAY
        await store.record(note(A, f"n{store.now.year}", 1))
        await collected(store)
    cursor = idle.cursor
    await refresh(store, idle, [A, B])
    assert len(idle.records) == 7
    assert idle.cursor != cursor


async def test_a_long_snapshot_ends_though_every_page_is_followed_by_a_collection(store: Store) -> None:
    """Measured by `seq` alone, the phone would be sent back to its first page every time."""
    ids = [f"n{i:02}" for i in range(12)]
    await store.record(*(note(A, id, 1) for id in ids), *(note(A, f"x{i}", 1) for i in range(12)))
    await store.record(*(note(A, f"x{i}", None) for i in range(12)))
    store.now += KEEP
    phone, pages, more = Phone(), 0, True
    while more:
        page = await store.pull([A], phone.cursor, limit=2)
        assert page.body is not None
        more = phone.apply(page.body)["more"]
        pages += 1
        async with store.write() as session:
            await collect(session, TENANT, store.now, limit=2)
    assert (held(phone), pages) == (set(ids), 6)


async def test_old_answers_are_forgotten_step_by_step_and_young_ones_kept(store: Store) -> None:
    async with store.write() as session:
        for day in range(4):
            writes = [Mutation(f"{day}.{i}", "x", "n", "put") for i in range(3)]
            at = NOW + day * DAY
            await push(session, TENANT, f"phone{day % 2}", writes, {}, None, at, refuse=str, current=stands)
    now, steps = NOW + KEEP + DAY, 0
    place: tuple[str, str] | None = ("", "")
    while place is not None:
        async with store.write() as session:
            place = await forget_mutations(session, TENANT, now, place, limit=5)
        steps += 1
    assert steps == 3
    assert {row.mid[0] for row in await store.rows(SyncMutation)} == {"2", "3"}


async def test_what_a_device_acknowledged_goes_with_the_device(store: Store) -> None:
    async with store.write() as session:
        for device in ("lost", "kept"):
            await save_acks(session, TENANT, {device: [Ack(1, 5), Ack(2, 7)]})
        await forget_devices(session, TENANT, ["lost", "never-seen"])
    assert {row.device_id for row in await store.rows(SyncAck)} == {"kept"}
