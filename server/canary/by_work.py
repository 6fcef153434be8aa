"""By no channel: whether all that must leave is done, planned and claimed in time, before any channel has to do with it."""

from notices.canary import behind, rounds
from notices.canary.watch import AGAIN
from notices.outcomes import Later, Outcome, Sent
from server.house import House


async def fly(house: House, flight: str) -> Outcome:
    async with house.db.read() as session:
        farthest = await behind.farthest(session, house.channels.keys(), house.clock())
    async with house.db.write() as session:
        now = await house.db.now(session, house.clock)
        await rounds.seen(session, "work", flight, now, farthest.by)
    return Sent(200) if farthest.by < AGAIN else Later(None, farthest.reason)
