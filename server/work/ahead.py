"""While nothing is in flight: keys for the pushes of an emergency to come, made ahead where the channel can do so.

They live in the channel's memory, so each process makes its own. A walk through the live subscriptions, a page a turn;
then it rests, as nearly all have one.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol, runtime_checkable

from sqlalchemy import select, tuple_

from notices.channels import PushAddress
from notices.deliver import letters
from notices.models import Address
from server.house import House

PAGE: Final = 200
"""Subscriptions in a turn: some 20 ms of a thread, when all are new."""
REST: Final = timedelta(minutes=10)
"""After a walk: as long may a new phone, or one that was written to, be without a key."""


@runtime_checkable
class Preparing(Protocol):
    async def prepare(self, addresses: Sequence[PushAddress]) -> int:
        """How many it made."""


class Ahead:
    def __init__(self, house: House, page: int = PAGE) -> None:
        self._house, self._most = house, page
        self._after = ("", "")
        self._again: datetime | None = None

    async def turn(self) -> bool:
        """The next page. Never True: what is left waits for the next turn, behind all other work."""
        channel, now = self._house.channels.get("push"), self._house.clock()
        if isinstance(channel, Preparing) and (self._again is None or self._again <= now):
            page = await self._page()
            full = len(page) == self._most
            self._after = (page[-1].tenant, page[-1].id) if full else ("", "")
            self._again = None if full else now + REST
            await channel.prepare(self._addresses(page))
        return False

    async def _page(self) -> Sequence[Address]:
        query = select(Address).where(Address.channel == "push", Address.state == "live")
        if self._after != ("", ""):
            query = query.where(tuple_(Address.tenant, Address.id) > self._after)
        async with self._house.db.read() as session:
            return (await session.scalars(query.order_by(Address.tenant, Address.id).limit(self._most))).all()

    def _addresses(self, page: Sequence[Address]) -> list[PushAddress]:
        vault = self._house.keys.vault
        return [letters.subscription(vault, row.tenant, row.secret) for row in page]
