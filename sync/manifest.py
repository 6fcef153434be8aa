"""What a scope holds, by name and revision, for a client whose sums do not add up. It repairs its copy with it:

    GET  /manifest?scope=7   {"scope":7,"q":842,"n":120,"x":"9f3c5a7e01b2c4d6","records":[["notes","AZpX",3],…]}
    POST /manifest           {"scope":7,"want":[["notes","AZpX"],…]}   →   {"changes":[ …as on a page… ]}

The client pulls until there is no more, asks, deletes what the manifest has not, and wants what it lacks or has in
another revision. Its cursor stays as it is: what changes after `q` comes with the next pull, and a record that was
told twice is the same record. A scope that the asker is not in is answered like one that never was.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, cast

import msgspec
from sqlalchemy import String, Table, and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from sync.delta import MAX_BYTES, Row, splice
from sync.errors import Malformed
from sync.journal import RECORD_ID, TYPE, Crypt
from sync.models import SyncRecord, SyncScope
from sync.scopes import ScopeKey, listed

MAX_WANTED = 200

_rec, _scope = cast(Table, SyncRecord.__table__), cast(Table, SyncScope.__table__)

Name = tuple[
    Annotated[str, msgspec.Meta(pattern=rf"\A{TYPE}\Z")],
    Annotated[str, msgspec.Meta(pattern=rf"\A{RECORD_ID}\Z")],
]


class Wanted(msgspec.Struct, frozen=True):
    scope: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
    want: Annotated[list[Name], msgspec.Meta(max_length=MAX_WANTED)]


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and the scopes they are in at this moment."""

    tenant: str
    members: Collection[ScopeKey]


def parse(body: bytes) -> Wanted:
    """Raises Malformed."""
    try:
        return msgspec.json.decode(body, type=Wanted)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(f"What is wanted cannot be read: {error}") from None


async def manifest(session: AsyncSession, asker: Asker, scope: int) -> bytes | None:
    """The answer's JSON, by seq; None for a scope the asker is not in. The session must see one snapshot."""
    standing = await _standing(session, asker, scope)
    if standing is None:
        return None
    c = _rec.c
    live = (c.tenant == asker.tenant, c.scope_id == scope, c["del"].is_(False))
    rows = await session.execute(select(c.type, c.rid, c.rev).where(*live).order_by(c.seq))
    sums = (scope, standing.head, standing.live_n, standing.live_x % 2**64)
    return b'{"scope":%d,"q":%d,"n":%d,"x":"%016x","records":%b}' % (
        *sums,
        msgspec.json.encode([tuple(row) for row in rows]),
    )


async def wanted(session: AsyncSession, asker: Asker, asked: Wanted, unseal: Crypt) -> bytes | None:
    """One entry for each name, in order, as on a page; None for a scope the asker is not in.

    What is not there, or not any more, is `x`. As much as fits an answer, at least one: the rest is asked again.
    """
    if await _standing(session, asker, asked.scope) is None:
        return None
    found = await _present(session, asker.tenant, asked)
    records: list[bytes] = []
    room = MAX_BYTES
    for type, id in asked.want:
        record = _told(asker.tenant, asked.scope, type, id, found.get((type, id)), unseal)
        room -= len(record) + 1
        if records and room < 0:
            break
        records.append(record)
    return b'{"changes":[%b]}' % b",".join(records)


def _told(tenant: str, scope: int, type: str, id: str, row: Any | None, unseal: Crypt) -> bytes:
    if row is None:
        return b'{"t":"%b","id":"%b","s":%d,"x":2}' % (type.encode(), id.encode(), scope)
    body = unseal(tenant, row.body) if row.sealed and row.body is not None else row.body
    return splice(scope, Row(type, id, row.seq, row.rev, body))


async def _standing(session: AsyncSession, asker: Asker, scope: int) -> Any | None:
    c = _scope.c
    statement = select(c.kind, c.key, c.head, c.live_n, c.live_x)
    row = (await session.execute(statement.where(c.tenant == asker.tenant, c.id == scope))).one_or_none()
    return row if row is not None and ScopeKey(row.kind, row.key) in asker.members else None


async def _present(session: AsyncSession, tenant: str, asked: Wanted) -> dict[tuple[str, str], Any]:
    c = _rec.c
    names: Sequence[tuple[str, str]] = asked.want
    those, (type, id) = listed(session, names, String(), String())
    on = and_(c.tenant == tenant, c.scope_id == asked.scope, c.type == type, c.rid == id)
    state = (c.type, c.rid, c.seq, c.rev, c.sealed, c.body)
    rows = await session.execute(select(*state).join_from(those, _rec, on, isouter=True))
    return {(row.type, row.rid): row for row in rows if row.type is not None}
