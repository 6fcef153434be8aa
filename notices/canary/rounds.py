"""The rounds: claimed by one worker, settled behind the flight's name, seen when it arrives, told once an outage.

No lease: a round whose worker died is lost, and the next is two minutes away, whoever makes it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices import ids
from notices.canary.watch import AGAIN, PERIOD, RED, silent_since, state_of
from notices.due import upsert
from notices.models import Canary, City
from notices.outcomes import Outcome, Sent

TELLING: Final = timedelta(minutes=1)
"""After so long it is told again, where nobody has noted that it was."""

Arrival = Literal["seen", "late", "stray"]
"""`late`: ours, but of a round that is too long ago. `stray`: nothing of the kind is on its way."""


@dataclass(frozen=True, slots=True)
class News:
    """What operators have not heard yet: a channel fell silent (`until` None), or is well again."""

    channel: str
    since: datetime
    until: datetime | None
    reason: str | None


async def may_leave(session: AsyncSession) -> bool:
    """Whether there is a city of which anything leaves: a house that was restored keeps quiet until it is released."""
    return bool(await session.scalar(select(exists().where(City.on_hold.is_(False)))))


async def rows(session: AsyncSession, channels: Collection[str]) -> Mapping[str, Canary]:
    found = await session.scalars(
        select(Canary).where(Canary.channel.in_(channels)).execution_options(populate_existing=True)
    )
    return {row.channel: row for row in found}


def is_due(row: Canary | None, now: datetime) -> bool:
    """Also where the next round lies too far ahead: the clock was set back."""
    return row is None or row.due_at <= now or row.due_at > now + PERIOD


async def begin(session: AsyncSession, channel: str, now: datetime) -> str | None:
    """→ the flight of this round, which is the caller's to send; None where somebody else was first."""
    first = upsert(session, Canary.__table__).values(channel=channel, due_at=now, since=now, flights={})
    await session.execute(first.on_conflict_do_nothing())
    row = await _locked(session, channel)
    if row is None or not is_due(row, now):
        return None
    if row.left_at is None or not timedelta(0) <= now - row.left_at <= RED:
        row.since, row.flights = now, {}
    if row.seen_at is not None and row.seen_at > now:
        row.seen_at = None  # by a clock that has been set back since: it would vouch for days to come
    flight, at = ids.new_id(), now.timestamp()
    oldest = at - RED.total_seconds()
    row.flights = {id: left for id, left in row.flights.items() if left > oldest} | {flight: at}
    row.flight, row.left_at, row.due_at = flight, now, now + AGAIN
    return flight


async def settle(session: AsyncSession, channel: str, flight: str, outcome: Outcome) -> None:
    """What the channel answered. A straggler, whose round is over, writes nothing."""
    mine = update(Canary).where(Canary.channel == channel, Canary.flight == flight)
    reason = None if isinstance(outcome, Sent) else outcome.reason
    await session.execute(mine.values(reason=reason, code=getattr(outcome, "code", None)))


async def seen(
    session: AsyncSession,
    channel: str,
    flight: str | None,
    now: datetime,
    behind: timedelta = timedelta(0),
) -> Arrival:
    """It has arrived. `flight` None: the channel cannot say which, so the newest. `behind`: all was well so long ago."""
    row = await _locked(session, channel)
    if row is None or row.left_at is None:
        return "stray"
    found = flight or row.flight or ""
    left = row.flights.get(found)
    if left is None or not 0 <= now.timestamp() - left <= RED.total_seconds():
        if flight is None:
            return "stray"
        row.reason = "canary-late"
        return "late"
    row.seen_at, row.reason, row.code = max(row.seen_at or now - behind, now - behind), None, None
    if found == row.flight and behind < AGAIN:
        row.due_at = row.left_at + PERIOD
    return "seen"


async def came_back(session: AsyncSession, channel: str, reason: str) -> None:
    """Another server says that it could not be delivered; of which round, it need not say."""
    await session.execute(update(Canary).where(Canary.channel == channel).values(reason=reason))


async def untold(
    session: AsyncSession, channels: Collection[str], now: datetime, *, unwatched: bool = False
) -> News | None:
    """What is to be told next, by the caller: for a minute it is theirs alone.

    `unwatched`: also that nobody makes rounds, which whoever makes them cannot mean.
    """
    free = or_(
        Canary.telling_until.is_(None), Canary.telling_until <= now, Canary.telling_until > now + TELLING
    )
    query = select(Canary).where(Canary.channel.in_(channels), free).order_by(Canary.channel)
    found = await session.scalars(
        query.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    )
    for row in found:
        if (said := news_of(row, now, unwatched=unwatched)) is not None:
            row.telling_until = now + TELLING
            return said
    return None


def news_of(row: Canary, now: datetime, *, unwatched: bool = False) -> News | None:
    state = state_of(row, now)
    if state == "unwatched" and unwatched and row.outage is None and row.left_at is not None:
        return News(row.channel, row.left_at, None, "canary-unwatched")
    if state == "red" and row.outage is None:
        return News(row.channel, silent_since(row), None, row.reason)
    if state == "well" and row.outage is not None:
        return News(row.channel, row.outage, row.seen_at or now, None)
    return None


async def told(session: AsyncSession, news: News) -> None:
    outage = news.since if news.until is None else None
    mine = update(Canary).where(Canary.channel == news.channel)
    await session.execute(mine.values(outage=outage, telling_until=None))


async def _locked(session: AsyncSession, channel: str) -> Canary | None:
    query = select(Canary).where(Canary.channel == channel).with_for_update()
    return await session.scalar(query.execution_options(populate_existing=True))
