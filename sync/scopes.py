"""The rows of scopes: found, made where something is first put into one, locked in one order by all."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    String,
    Table,
    and_,
    bindparam,
    column,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import TypeEngine

from sync import questions
from sync.models import SyncMeta, SyncScope
from sync.questions import Question

_scope, _meta = cast(Table, SyncScope.__table__), cast(Table, SyncMeta.__table__)


class ScopeKey(NamedTuple):
    """A set of people who may see the same records, by the names its owner gives it."""

    kind: str
    key: str


def _named(dialect: str) -> Select[*tuple[Any, ...]]:
    c = _scope.c
    wanted, (kind, key) = questions.listed(dialect, "wanted", String(), String())
    on = and_(c.tenant == _TENANT, c.kind == kind, c.key == key)
    return select(c.kind, c.key, c.id, c.head).join_from(wanted, _scope, on, isouter=True)


def _locked(dialect: str) -> Select[*tuple[Any, ...]]:
    wanted, (id,) = questions.listed(dialect, "wanted", BigInteger())
    c = _scope.c
    rows = select(c.id, c.head).where(c.tenant == _TENANT, c.id.in_(select(id).select_from(wanted)))
    return rows.order_by(c.id).with_for_update(of=_scope)


_TENANT = bindparam("tenant", type_=String())
_NAMED, _LOCKED = Question(_named), Question(_locked)


async def find(session: AsyncSession, tenant: str, keys: Iterable[ScopeKey]) -> dict[ScopeKey, int]:
    """The ids of those that exist. A roster of a town names ten thousand at once."""
    return {key: id for key, (id, _) in (await heads(session, tenant, keys)).items()}


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
    wanted = questions.listing(session.get_bind().dialect.name, "wanted", sorted(ids))
    return {id: head for id, head in await questions.ask(session, _LOCKED, tenant=tenant, **wanted)}


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


INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
"""The dialect's INSERT, which knows ON CONFLICT."""


def insert(session: AsyncSession, table: Table) -> Any:
    return INSERT[session.get_bind().dialect.name](table)


async def heads(
    session: AsyncSession, tenant: str, keys: Iterable[ScopeKey]
) -> dict[ScopeKey, tuple[int, int]]:
    """{key: (id, head)} of those that exist."""
    names = list(keys)
    columns = [each.kind for each in names], [each.key for each in names]
    wanted = questions.listing(session.get_bind().dialect.name, "wanted", *columns)
    rows = await questions.ask(session, _NAMED, tenant=tenant, **wanted)
    return {ScopeKey(kind, key): (id, head) for kind, key, id, head in rows if id is not None}
