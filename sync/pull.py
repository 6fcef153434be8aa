"""A delta is computed: the cursor is read, the heads, then the rows that `delta` asks for.

All of a page is of one cut: heads, rows and sums belong together. Nothing is written here. Where the client holds
everything, the heads alone find it out and there is no body. `log` asks the database, or the memory of the cut.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import cast

import msgspec
from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncSession

from sync import delta, log, newest
from sync.acks import Ack, Advance, records_between, save_acks
from sync.cursor import Position, Signer, Vector
from sync.delta import Draft, Row
from sync.journal import Crypt
from sync.models import FIRST_EPOCH, SyncMeta
from sync.questions import Cut
from sync.scopes import ScopeKey
from sync.tails import Tails

__all__ = ["Ack", "Advance", "Page", "Reader", "Signer", "epoch", "pull", "records_between", "save_acks"]

MAX_LIMIT = 1000

_meta = cast(Table, SyncMeta.__table__)


@dataclass(frozen=True, slots=True)
class Reader:
    tenant: str
    person: str
    device: str


class Page(msgspec.Struct, frozen=True):
    """`body` is JSON, None if there is nothing new (204). `presented`: what the cursor that came in covers."""

    body: bytes | None
    cursor: str
    more: bool
    presented: Mapping[int, Position]


async def pull(
    cut: Cut,
    tails: Tails,
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
    takes them: the address of one. Raises CursorMalformed, Ahead, ResyncRequired, Unread.
    """
    tenant, whole = reader.tenant, types is None
    known = await log.standing(cut, tenant, reader.device, scopes)
    members = known.heads
    held = signer.read(cursor, reader, known.epoch, types) if cursor else Vector()
    presented = held.scopes if whole else {}
    room = min(max(limit, 1), MAX_LIMIT)
    news = newest.moved(held, members) if cursor else None
    if cursor and news is not None and not news:
        return Page(None, cursor, False, presented)
    draft = newest.draft(tails, tenant, known, held, news, room) if whole and news else None
    if draft is None:
        offers = segments is not None and whole
        rows = partial(log.Rows, cut, tails, tenant, known.epoch, types=types, unseal=unseal)
        draft = await _from_log(cut, tenant, held, members, room, offers, rows)
    if cursor and not draft.records and draft.vector == held:
        return Page(None, cursor, False, presented)
    written = signer.write(draft.vector, reader, known.epoch, types)
    body = delta.render(draft, written, now, check=whole, address=segments)
    return Page(body, written, draft.more, presented)


async def _from_log(
    cut: Cut,
    tenant: str,
    held: Vector,
    members: Sequence[delta.Head],
    room: int,
    offers: bool,
    rows: Callable[[Mapping[int, delta.Head]], log.Rows],
) -> Draft:
    heads = {head.id: head for head in members}
    gone = [id for id in (*held.scopes, *held.leaving) if id not in heads]
    heads |= await log.heads(cut, tenant, gone)
    start = delta.reconcile(held, [head.id for head in members], heads)
    fresh = [head for head in members if head.id not in start.scopes]
    offered = await log.segments(cut, tenant, fresh) if offers and fresh else None
    return await _answered(delta.compute(start, members, room, segments=offered), rows(heads))


async def _answered(page: delta.Asking, rows_of: log.Rows) -> Draft:
    rows: Sequence[Row] | None = None
    while True:
        try:
            # A generator is started by sending None.
            question = page.send(cast(Sequence[Row], rows))
        except StopIteration as end:
            return cast(Draft, end.value)
        rows = await rows_of.fetch(question)


async def epoch(session: AsyncSession, tenant: str) -> int:
    """Changes when a restore may have taken back what phones already hold."""
    known = await session.scalar(select(_meta.c.epoch).where(_meta.c.tenant == tenant))
    return FIRST_EPOCH if known is None else known
