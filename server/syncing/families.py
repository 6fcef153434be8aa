"""「元気です」, pressed on a phone: see mutations.py."""

from sqlalchemy.ext.asyncio import AsyncSession

from notices.proxies import greeting
from server.edge.wire import read
from server.edge.wire_proxies import GreetingData, day_of
from server.syncing.author import Author
from sync.push import Mutation, Ok, Outcome, Rejected


async def greet(session: AsyncSession, author: Author, mutation: Mutation) -> Outcome:
    """Of oneself, of today or of a day without a signal."""
    by = author.standing
    if mutation.op == "delete" or mutation.id != by.person:
        return Rejected("not-yours")
    data = read(mutation.data, GreetingData)
    at = author.pressed(data.at)
    await greeting.press(session, by, day_of(data.day, "day"), at, author.now)
    return Ok()
