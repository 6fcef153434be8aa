"""What nobody goes on with is taken away: uploads after their day, and parts that belong to no upload any more."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from notices import uploads
from notices.models import City
from server.house import House

EVERY: Final = timedelta(hours=1)


class Sweeper:
    def __init__(self, house: House) -> None:
        self._house = house
        self._swept: datetime | None = None

    async def turn(self) -> bool:
        """Once an hour; one that fails (a bucket that is away) waits for its next hour too."""
        now = self._house.clock()
        if self._swept is not None and abs(now - self._swept) < EVERY:
            return False
        self._swept = now
        async with self._house.db.write() as session:
            await uploads.forget_old(session, now)
        async with self._house.db.read() as session:
            tenants = (await session.scalars(select(City.tenant).order_by(City.tenant))).all()
        for tenant in tenants:
            await self._sweep(tenant)
        return False

    async def _sweep(self, tenant: str) -> None:
        # The store first: an upload that begins meanwhile has its row before its first part.
        lying = await self._house.store.uploads(tenant)
        if not lying:
            return
        async with self._house.db.read() as session:
            needed = await uploads.under_way(session, tenant)
        for upload in lying.keys() - needed:
            for key in lying[upload]:
                await self._house.store.place.delete(key)
