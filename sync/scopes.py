"""The rows of scopes: found, made where something is first put into one, locked in one order by all."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, FromClause, String, Table, and_, column, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import TypeEngine

from sync.models import SyncMeta, SyncScope

_AT_ONCE = 1000
"""Rows locked in one statement."""

_scope, _meta = cast(Table, SyncScope.__table__), cast(Table, SyncMeta.__table__)


class ScopeKey(NamedTuple):
    """A set of people who may see the same records, by the names its owner gives it."""

    kind: str
    key: str


async def find(session: AsyncSession, tenant: str, keys: Iterable[ScopeKey]) -> dict[ScopeKey, int]:
    """The ids of those that exist. A roster of a town names ten thousand at once."""
    c = _scope.c
    wanted, (kind, key) = listed(session, [(scope.kind, scope.key) for scope in keys], String(), String())
    on = and_(c.tenant == tenant, c.kind == kind, c.key == key)
    rows = await session.execute(select(c.kind, c.key, c.id).join_from(wanted, _scope, on, isouter=True))
    return {ScopeKey(kind, key): id for kind, key, id in rows if id is not None}


async def create(session: AsyncSession, tenant: str, keys: set[ScopeKey]) -> dict[ScopeKey, int]:
    """One transaction at a time per tenant. Call it before any scope is locked, or two can deadlock."""
    await session.execute(insert(session, _meta).values(tenant=tenant).on_conflict_do_nothing())
    counter = select(_meta.c.next_scope).where(_meta.c.tenant == tenant).with_for_update()
    first: int = (await session.execute(counter)).scalar_one()
    # Whoever held the counter before us may have made the same scopes.
    ids = await find(session, tenant, keys)
    fresh = sorted(keys - ids.keys(), key=lambda key: (key.kind, key.key))
    if not fresh:
        return ids
    rows = [{"tenant": tenant, "id": id, "kind": k.kind, "key": k.key} for id, k in enumerate(fresh, first)]
    await session.execute(insert(session, _scope), rows)
    await session.execute(update(_meta).where(_meta.c.tenant == tenant).values(next_scope=first + len(fresh)))
    return ids | {key: id for id, key in enumerate(fresh, first)}


async def youngest(session: AsyncSession, tenant: str) -> int:
    """The id of the scope that was made last; 0 where there is none."""
    counter = await session.scalar(select(_meta.c.next_scope).where(_meta.c.tenant == tenant))
    return (counter or 1) - 1


async def lock(session: AsyncSession, tenant: str, ids: Iterable[int]) -> dict[int, int]:
    """{scope: head}, locked until COMMIT. Ascending, so that two transactions wait instead of deadlocking."""
    c = _scope.c
    heads: dict[int, int] = {}
    ordered = sorted(ids)
    for start in range(0, len(ordered), _AT_ONCE):
        batch = ordered[start : start + _AT_ONCE]
        statement = select(c.id, c.head).where(c.tenant == tenant, c.id.in_(batch)).order_by(c.id)
        heads |= dict((await session.execute(statement.with_for_update())).all())
    return heads


def listed(
    session: AsyncSession, rows: Sequence[tuple[Any, ...]], *types: TypeEngine[Any]
) -> tuple[FromClause, list[ColumnElement[Any]]]:
    """A list as something to select from, and its columns; one parameter however long it is.

    Join the table to it from the outside (`isouter=True`): then each row is one look-up in the index. With IN
    over several columns, and with an inner join, SQLite reads all of the tenant.
    """
    if session.get_bind().dialect.name == "sqlite":
        table = func.json_each(json.dumps(rows)).table_valued("value", name="listed")
        return table, [
            func.json_extract(table.c.value, f"$[{i}]", type_=type) for i, type in enumerate(types)
        ]
    arrays = [literal([row[i] for row in rows], postgresql.ARRAY(type)) for i, type in enumerate(types)]
    columns = [column(f"c{i}", type) for i, type in enumerate(types)]
    derived = func.unnest(*arrays).table_valued(*columns, name="listed").render_derived()
    return derived, list(derived.c)


def insert(session: AsyncSession, table: Table) -> Any:
    """The dialect's INSERT, which knows ON CONFLICT."""
    return (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert(table)


async def heads(
    session: AsyncSession, tenant: str, keys: Iterable[ScopeKey]
) -> dict[ScopeKey, tuple[int, int]]:
    """{key: (id, head)} of those that exist."""
    c = _scope.c
    wanted, (kind, key) = listed(session, [(scope.kind, scope.key) for scope in keys], String(), String())
    on = and_(c.tenant == tenant, c.kind == kind, c.key == key)
    columns = (c.kind, c.key, c.id, c.head)
    rows = await session.execute(select(*columns).join_from(wanted, _scope, on, isouter=True))
    return {ScopeKey(row.kind, row.key): (row.id, row.head) for row in rows if row.id is not None}
