"""What nobody goes on with is taken away: uploads after their day, and parts that belong to no upload any more."""

from datetime import datetime

from notices.attachments import uploads
from server.house import House


async def sweep(house: House, tenant: str, now: datetime) -> None:
    async with house.db.write() as session:
        await uploads.forget_old(session, tenant, now)
    # The store before the rows: an upload that begins meanwhile has its row before its first part.
    lying = await house.store.uploads(tenant)
    if not lying:
        return
    async with house.db.read() as session:
        needed = await uploads.under_way(session, tenant)
    for upload in lying.keys() - needed:
        for key in lying[upload]:
            await house.store.place.delete(key)
