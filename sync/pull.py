"""A delta is computed: the cursor is read, the heads, then the rows that `delta` asks for.

The session must see one snapshot (REPEATABLE READ on PostgreSQL, one transaction on SQLite): heads, rows and
sums of a page belong together. Nothing is written here. Where the client holds everything, two small reads find
it out and there is no body.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Select, String, Table, and_, false, null, or_, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from sync import delta
from sync import segments as snapshots
from sync.acks import Ack, records_between, save_acks
from sync.cursor import Signer, Vector
from sync.delta import Changed, Departed, Draft, Head, Row
from sync.journal import Crypt
from sync.models import FIRST_EPOCH, SyncMeta, SyncRecord, SyncScope
from sync.scopes import ScopeKey, listed

__all__ = ["Ack", "Page", "Reader", "Signer", "epoch", "pull", "records_between", "save_acks"]

MAX_LIMIT = 1000

_rec, _scope, _meta = (cast(Table, model.__table__) for model in (SyncRecord, SyncScope, SyncMeta))


@dataclass(frozen=True, slots=True)
class Reader:
    tenant: str
    person: str
    device: str


@dataclass(frozen=True, slots=True)
class Page:
    """`body` is JSON, None if there is nothing new (204). `presented`: what the cursor that came in covers."""

    body: bytes | None
    cursor: str
    more: bool
    presented: list[Ack]


async def pull(
    session: AsyncSession,
    signer: Signer,
    reader: Reader,
    scopes: Sequence[ScopeKey],
    *,
    cursor: str | None,
    types: Sequence[str] | None = None,
    limit: int = 200,
    segments: delta.Address | None = None,
    unseal: Crypt,
    now: datetime,
) -> Page:
    """One page. `scopes`: what the reader is in at this moment, in the order of delivery.

    `limit` is brought into 1 … 1,000. A pull of some `types` only has a cursor of its own; it acknowledges
    nothing and gets no sums and no segments, as all of these speak of whole scopes. `segments`, for a client that
    takes them: the address of one. Raises CursorMalformed, Ahead, ResyncRequired.
    """
    epoch, found = await _standing(session, reader.tenant, scopes)
    held = signer.read(cursor, reader, epoch, types) if cursor else Vector()
    members = [found[key] for key in dict.fromkeys(scopes) if key in found]
    heads = {head.id: head for head in members}
    gone = [id for id in (*held.scopes, *held.leaving) if id not in heads]
    heads |= await _heads(session, reader.tenant, gone)

    start = delta.reconcile(held, list(map(_id, members)), heads)
    whole = types is None
    fresh = [head for head in members if head.id not in start.scopes]
    offered = await snapshots.usable(session, reader.tenant, fresh) if segments and whole and fresh else None
    source = _Rows(session, reader.tenant, types, unseal)
    draft = await source.answer(
        delta.compute(start, members, min(max(limit, 1), MAX_LIMIT), segments=offered)
    )
    presented = [Ack(scope, at.seq) for scope, at in sorted(held.scopes.items())] if whole else []
    if cursor and not draft.records and draft.vector == held:
        return Page(None, cursor, False, presented)
    written = signer.write(draft.vector, reader, epoch, types)
    body = delta.render(draft, written, now, check=whole, address=segments)
    return Page(body, written, draft.more, presented)


async def epoch(session: AsyncSession, tenant: str) -> int:
    """Changes when a restore may have taken back what phones already hold."""
    known = await session.scalar(select(_meta.c.epoch).where(_meta.c.tenant == tenant))
    return FIRST_EPOCH if known is None else known


def _id(head: Head) -> int:
    return head.id


_HEAD = (_scope.c.id, _scope.c.head, _scope.c.floor, _scope.c.live_n, _scope.c.live_x)


async def _standing(
    session: AsyncSession, tenant: str, scopes: Sequence[ScopeKey]
) -> tuple[int, dict[ScopeKey, Head]]:
    """The tenant's epoch and the scopes that exist, in one read."""
    c = _scope.c
    wanted, (kind, key) = listed(session, [(scope.kind, scope.key) for scope in scopes], String(), String())
    on = and_(c.tenant == tenant, c.kind == kind, c.key == key)
    statement = select(_meta.c.epoch, c.kind, c.key, *_HEAD).join_from(_meta, wanted, true(), isouter=True)
    statement = statement.outerjoin(_scope, on).where(_meta.c.tenant == tenant)
    rows = (await session.execute(statement)).all()
    heads = {ScopeKey(kind, key): Head(*head) for _, kind, key, *head in rows if kind is not None}
    return (rows[0].epoch if rows else FIRST_EPOCH), heads


async def _heads(session: AsyncSession, tenant: str, ids: Sequence[int]) -> dict[int, Head]:
    if not ids:
        return {}
    rows = await session.execute(select(*_HEAD).where(_scope.c.tenant == tenant, _scope.c.id.in_(ids)))
    return {row.id: Head(*row) for row in rows}


@dataclass(frozen=True, slots=True)
class _Rows:
    """Answers the questions of a page from the log."""

    session: AsyncSession
    tenant: str
    types: Sequence[str] | None
    unseal: Crypt

    async def answer(self, page: delta.Asking) -> Draft:
        rows: Sequence[Row] | None = None
        while True:
            try:
                # A generator is started by sending None.
                question = page.send(cast(Sequence[Row], rows))
            except StopIteration as end:
                return cast(Draft, end.value)
            rows = await self._fetch(question)

    async def _fetch(self, question: Changed | Departed) -> list[Row]:
        statement = _changed(question) if isinstance(question, Changed) else _born(question)
        statement = statement.where(_rec.c.tenant == self.tenant, _rec.c.scope_id == question.scope)
        if self.types is not None:
            statement = statement.where(_rec.c.type.in_(self.types))
        rows = await self.session.execute(statement.limit(question.limit))
        return [Row(row.type, row.rid, row.seq, row.rev, self._open(row)) for row in rows]

    def _open(self, row: Any) -> bytes | None:
        body: bytes | None = row.body
        return self.unseal(self.tenant, body) if row.sealed and body is not None else body


def _changed(question: Changed) -> Select[Any]:
    c, held = _rec.c, question.held
    statement = select(c.type, c.rid, c.seq, c.rev, c.sealed, c.body).where(c.seq > held.seq)
    if held.snap:
        statement = statement.where(or_(c.seq > held.snap, c["del"].is_(False)))
    return statement.order_by(c.seq)


def _born(question: Departed) -> Select[Any]:
    """Of what goes, nothing but the name is read."""
    c = _rec.c
    nothing = (false().label("sealed"), null().label("body"))
    statement = select(c.type, c.rid, c.seq, c.rev, *nothing).where(c.born <= question.upto)
    if question.after:
        statement = statement.where(tuple_(c.type, c.rid) > question.after)
    return statement.order_by(c.type, c.rid)
