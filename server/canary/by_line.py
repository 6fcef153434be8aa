"""By LINE: no message, which would be counted and somebody would get, but LINE's own test: it calls our webhook.

It shows that our token is taken, that messages are left this month, and that LINE reaches us with the right signature. How
many are left is kept for whoever plans and watches. The call arrives at server/routes/line.py, on whichever process; it
says nothing of which round, so the newest is meant.
"""

from notices import quotas
from notices.channels.line import LineChannel
from notices.channels.line_answers import Quota
from notices.outcomes import Later, Outcome, Refused
from server.house import House


async def fly(house: House, flight: str) -> Outcome:  # noqa: ARG001 - LINE's test has no room for a name
    channel = house.channels["line"]
    if not isinstance(channel, LineChannel):
        return Later(None, "our-fault")
    quota = await channel.quota()
    if not isinstance(quota, Quota):
        return quota
    async with house.db.write() as session:
        await quotas.keep(session, "line", quota.used, quota.limit, house.clock())
    return Refused(None, "line-quota") if quota.spent else await channel.knock()
