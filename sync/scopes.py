"""The rows of scopes: found, made where something is first put into one, locked in one order by all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from sqlalchemy import Table, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from sync.models import SyncMeta, SyncScope

T = TypeVar("T")
_AT_ONCE = 1000
"""Names in one statement."""
_scope, _meta = cast(Table, SyncScope.__table__), cast(Table, SyncMeta.__table__)


@dataclass(frozen=True, slots=True)
class ScopeKey:
    """A set of people who may see the same records, by the names its owner gives it."""

    kind: str
    key: str


async def find(session: AsyncSession, tenant: str, keys: Iterable[ScopeKey]) -> dict[ScopeKey, int]:
    """The ids of those that exist. A roster of a town names ten thousand at once: in lists of one kind, cut."""
    c = _scope.c
    by_kind: dict[str, list[str]] = {}
    for scope in keys:
        by_kind.setdefault(scope.kind, []).append(scope.key)
    found: dict[ScopeKey, int] = {}
    for kind, names in by_kind.items():
        for batch in _batches(names):
            statement = select(c.key, c.id).where(c.tenant == tenant, c.kind == kind, c.key.in_(batch))
            found |= {ScopeKey(kind, key): id for key, id in await session.execute(statement)}
    return found


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


async def lock(session: AsyncSession, tenant: str, ids: Iterable[int]) -> dict[int, int]:
    """{scope: head}, locked until COMMIT. Ascending, so that two transactions wait instead of deadlocking."""
    c = _scope.c
    heads: dict[int, int] = {}
    for batch in _batches(sorted(ids)):
        statement = select(c.id, c.head).where(c.tenant == tenant, c.id.in_(batch)).order_by(c.id)
        heads |= {id: head for id, head in await session.execute(statement.with_for_update())}
    return heads


def _batches(names: list[T]) -> list[list[T]]:
    return [names[start : start + _AT_ONCE] for start in range(0, len(names), _AT_ONCE)]


def insert(session: AsyncSession, table: Table) -> Any:
    """The dialect's INSERT, which knows ON CONFLICT."""
    return (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert(table)
