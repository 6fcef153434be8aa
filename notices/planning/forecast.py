"""Whom a notice would reach, and how soon, told before anybody presses: a count of homes, block by block."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import quotas
from notices.errors import TopicUnknown, UrgencyUnknown
from notices.models import Block, Household
from notices.planning import ways
from notices.publishing import compose

Body = dict[str, Any]
_Line = Row[str, bool, str, int]


def about(association: str | None, topic: str | None, urgency: str, deadline: str | None) -> ways.About:
    """What somebody is about to send; `association` None: the city. Raises TopicUnknown, UrgencyUnknown, DateUnreadable."""
    if topic is not None and topic not in compose.TOPICS:
        raise TopicUnknown(topic=topic)
    if urgency not in compose.URGENCIES:
        raise UrgencyUnknown(urgency=urgency)
    return ways.About(association, topic, urgency, compose.instant(deadline, "deadline"))


async def of_audience(
    session: AsyncSession, tenant: str, association: str, blocks: Sequence[str] | None, about: ways.About
) -> Body:
    """The counts a notice carries. `blocks`: None is all of them.

    withChannel + paper + withoutChannel = households; `paper`: no live channel, but a sheet.
    """
    return await of_homes(session, [ways.here(tenant, association, blocks)], about)


async def of_homes(session: AsyncSession, homes: Sequence[ColumnElement[bool]], about: ways.About) -> Body:
    """The same of any homes; `homes` speak of Household."""
    body = _summed(await _lines(session, and_(*homes), ways.way_or_none(about)))
    # Which destinations rest and which addresses are dead is of this minute, and a notice's counts are kept for longer.
    return {name: n for name, n in body.items() if name not in ("withinHalfHour", "without")}


async def of_this_minute(
    session: AsyncSession, homes: Sequence[ColumnElement[bool]], about: ways.About, now: datetime
) -> Body:
    """As `of_homes`, with what channels have left of the month, as in `by_block`."""
    scarce, about = await _this_month(session, and_(*homes), about, now)
    return {**await of_homes(session, homes, about), **scarce}


async def by_block(
    session: AsyncSession, tenant: str, association: str, about: ways.About, now: datetime
) -> Body:
    """The same for the association as it is now, and again for each block, were it published now.

    `withinHalfHour`: of withChannel, those of whom somebody is told by then: their first channel does not rest for longer,
    nor do they, and they wait for no bundle; `without`: why, of withoutChannel. `scarce`, where there is: a channel that has
    fewer messages left this month than people who would hear by it; the rest hear by their next one.
    """
    scarce, about = await _this_month(session, ways.here(tenant, association), about, now)
    prompt = and_(await ways.open_soon(session, about, now), ways.goes_at_once(about, now))
    way = ways.way(prompt, about)
    lines = await _lines(session, ways.here(tenant, association), way)
    of: dict[str, list[_Line]] = defaultdict(list)
    for line in lines:
        of[line[0]].append(line)
    blocks = select(Block.id, Block.name).where(
        Block.tenant == tenant, Block.association == association, Block.ended_at.is_(None)
    )
    named = await session.execute(blocks.order_by(Block.position))
    return {
        **_summed(lines),
        **scarce,
        "blocks": [{"block": id, "name": name, **_summed(of[id])} for id, name in named],
    }


async def _this_month(
    session: AsyncSession, homes: ColumnElement[bool], about: ways.About, now: datetime
) -> tuple[Body, ways.About]:
    """`scarce`, where there is, and the same notice without the channels that take nothing more."""
    months = await quotas.standings(session, now)
    scarce = [each async for each in _scarce(session, homes, about, months, now)]
    return {"scarce": scarce} if scarce else {}, replace(about, spent=quotas.spent(months))


async def _scarce(
    session: AsyncSession,
    homes: ColumnElement[bool],
    about: ways.About,
    months: Iterable[quotas.Standing],
    now: datetime,
) -> AsyncIterator[Body]:
    for quota in months:
        if quota.left is not None:
            people = await ways.told_first_by(session, homes, about, quota.channel, now)
            if people > quota.left:
                yield {"channel": quota.channel, "people": people, "left": quota.left}


async def _lines(
    session: AsyncSession, homes: ColumnElement[bool], way: ColumnElement[str]
) -> Sequence[_Line]:
    """(block, paper, way, how many homes)."""
    # Who fell to paper by itself is counted on it, though the push to its drawer is live.
    way = case((Household.fell_at.is_not(None), "never"), else_=way)
    each = (
        select(Household.block, Household.on_paper.label("paper"), way.label("way")).where(homes).subquery()
    )
    columns = (each.c.block, each.c.paper, each.c.way)
    return (await session.execute(select(*columns, func.count()).group_by(*columns))).all()


def _summed(lines: Iterable[_Line]) -> Body:
    counts: Counter[str] = Counter()
    without: Counter[str] = Counter()
    for _, paper, way, homes in lines:
        counts["households"] += homes
        if way in ways.WITHOUT:
            counts["paper" if paper else "withoutChannel"] += homes
            without[way] += 0 if paper else homes
        else:
            counts["withChannel"] += homes
            counts["withinHalfHour"] += homes if way == ways.WELL else 0
    named = ("households", "withChannel", "withinHalfHour", "paper", "withoutChannel")
    return {
        **{name: counts[name] for name in named},
        "without": {why: without[why] for why in ways.WITHOUT if without[why]},
    }
