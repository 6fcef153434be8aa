"""While nothing is in flight: keys for the pushes of an emergency to come, made ahead where the channel can do so.

They live in the channel's memory, so each process makes its own. A walk through the live subscriptions, a page a turn,
with a breath after each; then it rests, as nearly all have one.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final, Protocol, cast, runtime_checkable

from sqlalchemy import Row, Select, Table, bindparam, select, tuple_

from notices import many
from notices.channels import PushAddress
from notices.deliver import letters
from notices.many import Bare
from notices.models import Address
from server.house import House

PAGE: Final = 200
"""Subscriptions in a turn: some 20 ms of a thread, when all are new."""
BREATH: Final = 0.5
"""Of the time a page takes: whatever else comes has its turn."""
REST: Final = timedelta(minutes=10)
"""After a walk: as long may a new phone, or one that was written to, be without a key."""


@runtime_checkable
class Preparing(Protocol):
    async def prepare(self, addresses: Sequence[PushAddress]) -> int:
        """How many it made."""


class Ahead:
    def __init__(self, house: House, page: int = PAGE) -> None:
        self._house, self._most = house, page
        self._after: tuple[str, Bare] | None = None
        self._again: datetime | None = None

    async def turn(self) -> bool:
        """The next page; True where more is left of the walk."""
        channel, now = self._house.channels.get("push"), self._house.clock()
        if not isinstance(channel, Preparing) or (self._again is not None and now < self._again):
            return False
        loop = asyncio.get_running_loop()
        began = loop.time()
        page = await self._page()
        full = len(page) == self._most
        self._after = (page[-1].tenant, page[-1].id) if full else None
        self._again = None if full else now + REST
        if await channel.prepare(self._addresses(page)):
            await asyncio.sleep((loop.time() - began) * BREATH)
        return full

    async def _page(self) -> Sequence[Row[str, Bare, bytes]]:
        given: dict[str, Any] = {"most": self._most}
        if self._after is not None:
            given |= {"tenant": self._after[0], "id": self._after[1]}
        async with self._house.db.read() as session:
            return (await session.execute(_page(begins=self._after is None), given)).all()

    def _addresses(self, page: Sequence[Row[str, Bare, bytes]]) -> list[PushAddress]:
        vault = self._house.keys.vault
        return [letters.subscription(vault, tenant, secret) for tenant, _, secret in page]


@cache
def _page(*, begins: bool) -> Select[str, Bare, bytes]:
    c = cast(Table, Address.__table__).c
    query = select(c.tenant, many.bare(c.id).label("id"), c.secret)
    query = query.where(c.channel == "push", c.state == "live")
    if not begins:
        query = query.where(tuple_(c.tenant, many.bare(c.id)) > tuple_(bindparam("tenant"), bindparam("id")))
    return query.order_by(c.tenant, c.id).limit(bindparam("most"))
