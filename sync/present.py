"""What a record is at this moment, for somebody who may see it: what a write that did not stand is answered with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

import msgspec
from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncSession

from sync.models import SyncRecord
from sync.scopes import ScopeKey, find

_rec = cast(Table, SyncRecord.__table__)


async def present(
    session: AsyncSession, tenant: str, scopes: Iterable[ScopeKey], type: str, id: str
) -> Mapping[str, Any] | None:
    """Its body; None where none of the scopes holds it. Sealed bodies are no client's to write, and are not told.

    What is queued in this transaction is not in the log yet: that comes with the next pull.
    """
    ids = sorted((await find(session, tenant, scopes)).values())
    c = _rec.c
    named = (c.tenant == tenant, c.scope_id.in_(ids), c.type == type, c.rid == id)
    stands = (c["del"].is_(False), c.sealed.is_(False))
    body = await session.scalar(select(c.body).where(*named, *stands).limit(1))
    return None if body is None else msgspec.json.decode(body, type=dict[str, Any])
