"""Which records speak of somebody: the living ones whose body holds a text, such as an id. For those who are forgotten."""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import msgspec
from sqlalchemy import ColumnElement, Table, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from sync.models import SyncRecord, SyncScope
from sync.scopes import ScopeKey

_rec, _scope = cast(Table, SyncRecord.__table__), cast(Table, SyncScope.__table__)


class Mention(NamedTuple):
    scope: ScopeKey
    type: str
    id: str
    body: dict[str, Any]


async def mentions(session: AsyncSession, tenant: str, text: str) -> list[Mention]:
    """In every scope of the tenant. Sealed bodies are not looked into. The whole log is read: not for every day."""
    c, s = _rec.c, _scope.c
    query = (
        select(s.kind, s.key, c.type, c.rid, c.body)
        .join_from(_rec, _scope, (s.tenant == c.tenant) & (s.id == c.scope_id))
        .where(c.tenant == tenant, c["del"].is_(False), c.sealed.is_(False))
        .where(_holds(session, c.body, text.encode()) > 0)
        .order_by(c.scope_id, c.seq)
    )
    return [
        Mention(ScopeKey(kind, key), type, id, msgspec.json.decode(body, type=dict[str, Any]))
        for kind, key, type, id, body in await session.execute(query)
    ]


def _holds(session: AsyncSession, body: ColumnElement[Any], text: bytes) -> ColumnElement[int]:
    """Where in the bytes it stands, from 1; 0 for nowhere."""
    needle = literal(text, body.type)
    if session.get_bind().dialect.name == "postgresql":
        return func.pg_catalog.position(body, needle)
    return func.instr(body, needle)
