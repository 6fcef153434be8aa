"""What nobody goes on with is taken away: uploads after their day, and parts that belong to no upload any more."""

from datetime import datetime

from sqlalchemy import select

from notices import uploads
from notices.models import City
from server.house import House


async def sweep(house: House, now: datetime) -> bool:
    """All of it. → False: nothing is left for at once."""
    async with house.db.write() as session:
        await uploads.forget_old(session, now)
    async with house.db.read() as session:
        tenants = (await session.scalars(select(City.tenant).order_by(City.tenant))).all()
    for tenant in tenants:
        await _sweep(house, tenant)
    return False


async def _sweep(house: House, tenant: str) -> None:
    # The store first: an upload that begins meanwhile has its row before its first part.
    lying = await house.store.uploads(tenant)
    if not lying:
        return
    async with house.db.read() as session:
        needed = await uploads.under_way(session, tenant)
    for upload in lying.keys() - needed:
        for key in lying[upload]:
            await house.store.place.delete(key)
