"""Nothing the library asks grows with the town: every question goes by an index to the rows it names."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import event

from sync.acks import Ack, Advance, records_between, save_acks
from sync.prune import collect, forget_devices, forget_mutations
from sync.push import Mutation, push
from tests.sync.store import NOW, TENANT, A, B, Store, note, stands


async def use_everything(store: Store) -> None:
    await store.record(*(note(A, f"n{i}", i) for i in range(5)), note(B, "n", 1))
    page = await store.pull([A, B], limit=2)
    page = await store.pull([A, B], page.cursor)
    page = await store.pull([B], page.cursor, limit=2)
    await store.pull([B], page.cursor)
    await store.pull([A], types=["notes"])
    await store.record(note(A, "n1", None))
    async with store.write() as session:
        assert await collect(session, TENANT, NOW + timedelta(days=200)) == 1
        await save_acks(session, TENANT, {"phone": [Ack(1, 2), Ack(2, 1)]})
        await records_between(session, TENANT, [Advance(1, 0, 5)], "notes")
        twice = [Mutation("m", "x", "n", "put")] * 2
        await push(session, TENANT, "phone", twice, {}, None, NOW, refuse=str, current=stands)
        assert await forget_mutations(session, TENANT, NOW + timedelta(days=200)) is None
        await forget_devices(session, TENANT, ["phone"])


async def test_no_question_reads_a_whole_table_or_a_whole_tenant(sqlite_store: Store) -> None:
    asked: dict[str, Any] = {}

    def note_down(_c: Any, _cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        asked[statement] = parameters[0] if rest[-1] else parameters

    event.listen(sqlite_store.engine.sync_engine, "before_cursor_execute", note_down)
    await use_everything(sqlite_store)
    event.remove(sqlite_store.engine.sync_engine, "before_cursor_execute", note_down)

    slow = []
    async with sqlite_store.read() as session:
        connection = await session.connection()
        questions = [s for s in asked if s.startswith(("SELECT", "UPDATE", "DELETE", "WITH"))]
        for statement in questions:
            plan = await connection.exec_driver_sql(
                f"EXPLAIN QUERY PLAN {statement}", tuple(asked[statement])
            )
            for *_, step in plan.all():
                by_tenant_alone = "(tenant=?)" in step and "sync_meta" not in step
                if step.startswith("SCAN sync_") or by_tenant_alone or "TEMP B-TREE" in step:
                    slow.append((statement, step))
    assert len(questions) > 10
    assert slow == []
