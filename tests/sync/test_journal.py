"""What a transaction recorded is written once, in the order of commits, or not at all."""

from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import StatementError

from sync import Change, ScopeKey, record
from sync.journal import h64, settle
from sync.models import SyncMeta, SyncMutation, SyncRecord
from tests.sync.store import NOW, TENANT, A, B, Store, note, seal

pytestmark = pytest.mark.everyday


async def rows_of(store: Store, scope: int = 1) -> list[tuple[str, int, int, int, bool, bytes | None]]:
    rows = await store.rows(SyncRecord, scope_id=scope)
    return [(row.rid, row.seq, row.rev, row.born, row.deleted, row.body) for row in rows]


async def test_changes_get_contiguous_places_in_the_order_they_were_recorded(store: Store) -> None:
    await store.record(note(A, "n2", 1), note(B, "n9", 1), note(A, "n1", 2))
    await store.record(note(A, "n3", 3))
    assert await rows_of(store) == [
        ("n2", 1, 1, 1, False, b'{"v":1}'),
        ("n1", 2, 1, 2, False, b'{"v":2}'),
        ("n3", 3, 1, 3, False, b'{"v":3}'),
    ]


async def test_an_update_moves_the_row_and_keeps_its_birth(store: Store) -> None:
    await store.record(note(A, "n1", 1), note(A, "n2", 2))
    await store.record(note(A, "n1", 3))
    assert await rows_of(store) == [("n2", 2, 1, 2, False, b'{"v":2}'), ("n1", 3, 2, 1, False, b'{"v":3}')]


async def test_a_deletion_stays_without_a_body_and_a_return_keeps_its_birth(store: Store) -> None:
    await store.record(note(A, "n1", 1))
    await store.record(note(A, "n1", None))
    assert await rows_of(store) == [("n1", 2, 2, 1, True, None)]
    await store.record(note(A, "n1", 1))
    assert await rows_of(store) == [("n1", 3, 3, 1, False, b'{"v":1}')]


async def test_the_last_change_of_a_transaction_wins(store: Store) -> None:
    await store.record(note(A, "n1", 1), note(A, "n2", 2), note(A, "n1", 3))
    assert [(row[0], row[1], row[5]) for row in await rows_of(store)] == [
        ("n2", 1, b'{"v":2}'),
        ("n1", 2, b'{"v":3}'),
    ]


@pytest.mark.parametrize("sealed", [False, True])
async def test_a_change_that_changes_nothing_is_not_written(store: Store, sealed: bool) -> None:
    body = {"b": 1, "a": {"d": 1, "c": 2}}
    await store.record(Change(A, "notes", "n1", body, sealed))
    before = await store.scope(A)
    await store.record(Change(A, "notes", "n1", {"a": {"c": 2, "d": 1}, "b": 1}, sealed))
    await store.record(note(A, "never-was", None))
    assert (await store.scope(A)).head == before.head == 1


async def test_sealing_what_was_open_is_a_change(store: Store) -> None:
    await store.record(note(A, "n1", 1))
    await store.record(note(A, "n1", 1, sealed=True))
    assert (await store.scope(A)).head == 2


async def test_nothing_is_deleted_from_a_scope_that_never_was(store: Store) -> None:
    await store.record(note(ScopeKey("block", "nowhere"), "n1", None))
    assert await store.rows(SyncMeta) == []


async def test_count_and_sum_are_those_of_the_records_that_exist(store: Store) -> None:
    await store.record(*(note(A, f"n{i}", i) for i in range(5)))
    await store.record(note(A, "n1", None), note(A, "n2", "changed"), note(A, "n5", 5))
    await store.record(note(A, "n1", "back"), note(A, "n3", None))
    live = [row for row in await store.rows(SyncRecord) if not row.deleted]
    x = 0
    for row in live:
        assert row.h64 == h64(row.type, row.rid, row.rev)
        x ^= row.h64
    scope = await store.scope(A)
    assert (scope.live_n, scope.live_x) == (len(live), x)


def test_the_sum_is_the_one_a_client_can_compute() -> None:
    # printf 'notes\0n1\0001' | sha256sum | cut -c -16
    assert h64("notes", "n1", 1) % 2**64 == 0xE5BDAB81689428DF


async def test_scopes_are_numbered_per_tenant(store: Store) -> None:
    await store.record(note(A, "n1", 1), tenant="hana")
    await store.record(note(B, "n1", 1), tenant="mido")
    await store.record(note(B, "n1", 1), tenant="hana")
    meta = await store.rows(SyncMeta)
    assert [(row.tenant, row.epoch, row.next_scope) for row in meta] == [("hana", 1, 3), ("mido", 1, 2)]


async def test_a_rolled_back_transaction_leaves_no_gap(store: Store) -> None:
    async def fail() -> None:
        async with store.write() as session:
            record(session, TENANT, note(A, "n1", 1), note(A, "n2", 2))
            await settle(session, seal, now=NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    await store.record(note(A, "n3", 3))
    assert [row[:2] for row in await rows_of(store)] == [("n3", 1)]


async def test_a_savepoint_takes_its_changes_back(store: Store) -> None:
    async with store.write() as session:
        record(session, TENANT, note(A, "n1", 1))
        kept = await session.begin_nested()
        record(session, TENANT, note(A, "n2", 2))
        inner = await session.begin_nested()
        record(session, TENANT, note(A, "n3", 3))
        await inner.rollback()
        await kept.commit()
        gone = await session.begin_nested()
        record(session, TENANT, note(A, "n1", "gone"), note(A, "n4", 4))
        await gone.rollback()
    assert [(row[0], row[5]) for row in await rows_of(store)] == [("n1", b'{"v":1}'), ("n2", b'{"v":2}')]


async def test_a_savepoint_older_than_the_first_change_takes_it_back(store: Store) -> None:
    async with store.write() as session:
        gone = await session.begin_nested()
        record(session, TENANT, note(A, "n1", 1))
        await gone.rollback()
    assert await store.rows(SyncRecord) == []


async def test_a_session_forgets_what_an_earlier_transaction_recorded(store: Store) -> None:
    async with store.sessions() as session:
        async with session.begin() as transaction:
            record(session, TENANT, note(A, "n1", 1))
            await transaction.rollback()
        async with session.begin():
            record(session, TENANT, note(A, "n2", 2))
            await settle(session, seal, now=NOW)
    assert [row[0] for row in await rows_of(store)] == ["n2"]


@pytest.mark.parametrize(
    ("type", "id"), [("Notes", "n1"), ("notes", ""), ("notes", "a b"), ("notes", "x" * 65)]
)
async def test_what_could_not_travel_is_refused_at_once(store: Store, type: str, id: str) -> None:
    async with store.write() as session:
        with pytest.raises(ValueError, match="record type and id"):
            record(session, TENANT, Change(A, type, id, {}))


async def test_a_thousand_records_take_as_few_statements_as_two(store: Store) -> None:
    statements: Counter[str] = Counter()

    def count(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements[statement.split()[0]] += 1

    await store.record(note(A, "first", 0), note(B, "first", 0))
    event.listen(store.engine.sync_engine, "before_cursor_execute", count)
    await store.record(*(note(A if i % 2 else B, f"n{i}", i) for i in range(2000)))
    # To find, to lock, to read, to write rows, to move heads.
    assert sum(statements.values()) - statements["BEGIN"] == 5, statements


async def test_moments_come_back_as_the_same_moment_in_utc(store: Store) -> None:
    tokyo = timezone(timedelta(hours=9))
    async with store.write() as session:
        for mid, at in (("a", NOW), ("b", NOW.astimezone(tokyo)), ("c", datetime(33, 1, 2, tzinfo=UTC))):
            session.add(SyncMutation(tenant=TENANT, device_id="d", mid=mid, at=at))
    rows = await store.rows(SyncMutation)
    assert [row.at for row in rows] == [NOW, NOW, datetime(33, 1, 2, tzinfo=UTC)]
    assert {row.at.tzinfo for row in rows} == {UTC}
    async with store.read() as session:
        later = select(SyncMutation.mid).where(SyncMutation.at > datetime(2000, 1, 1, tzinfo=UTC))
        assert set(await session.scalars(later)) == {"a", "b"}


async def test_a_naive_datetime_is_refused(store: Store) -> None:
    async with store.read() as session:
        naive = select(SyncMutation).where(SyncMutation.at == datetime(2026, 4, 1))  # noqa: DTZ001
        with pytest.raises(StatementError, match="not a moment"):
            await session.execute(naive)


async def test_settle_says_which_heads_moved(store: Store) -> None:
    await store.record(note(A, "n1", 1), note(B, "n2", 1))
    async with store.sessions() as session, session.begin():
        record(session, TENANT, note(A, "n1", 1), note(B, "n2", 2), note(B, "n3", 1))
        record(session, "yuri", note(A, "n1", 1))
        moved = await settle(session, seal, now=NOW)
    assert moved == {TENANT: {2: 3}, "yuri": {1: 1}}, "A did not change, so nobody is woken for it"
    async with store.sessions() as session, session.begin():
        assert await settle(session, seal, now=NOW) == {}


async def test_a_deletion_has_its_time_and_what_comes_back_has_none(store: Store) -> None:
    await store.record(note(A, "n1", 1), note(A, "n2", 1))
    await store.record(note(A, "n1", None), note(A, "n2", None))
    await store.record(note(A, "n2", 2))
    assert {row.rid: row.gone_at for row in await store.rows(SyncRecord)} == {"n1": NOW, "n2": None}
