"""「お元気ですか」: who wants to presses once a day that they are well; where it is missing, the family hears, once a day.

Off is no row at all. On a journey nobody is asked. A press that was made in time and came late says so to whoever had heard
that it was missing.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import due
from notices.models import Due, FamilyTold, Greeting, Proxy
from notices.proxies import records, telling
from notices.proxies.acting import stands
from notices.proxies.proxy_errors import GreetingDayWrong, GreetingOff, ProxyHasNoHome
from notices.tokyo import midnight, today
from notices.town.standing import Standing

KIND: Final = "greeting"
"""Of the due row for the minute by which it is pressed; its subject is the person."""
LATEST: Final = timedelta(days=7)
"""How old a press may be that comes out of a drawer."""


async def wish(
    session: AsyncSession, by: Standing, until: int | None, away_to: date | None, now: datetime
) -> None:
    """`until`: minute of the day; None switches it off. `away_to`: the last day of a journey. Raises ProxyHasNoHome."""
    if until is None:
        await stop(session, by.tenant, [by.person])
        return
    if not by.homes:
        raise ProxyHasNoHome()
    row = await session.get(Greeting, (by.tenant, by.person), with_for_update=True)
    if row is None:
        row = Greeting(tenant=by.tenant, person=by.person, until=until, since=now)
        row.pressed_for = row.pressed_at = None
        session.add(row)
    row.until, row.away_to = until, away_to
    await due.put(session, by.tenant, KIND, by.person, _next(until, now))
    await _say(session, row)


async def stop(session: AsyncSession, tenant: str, people: Collection[str]) -> None:
    """Nothing of it is kept."""
    whose = select(Greeting).where(Greeting.tenant == tenant, Greeting.person.in_(sorted(people)))
    for row in (await session.scalars(whose)).all():
        rows = delete(Due).where(Due.tenant == tenant, Due.kind == KIND, Due.subject == row.person)
        await session.execute(rows.execution_options(synchronize_session=False))
        await session.delete(row)
        records.greeting(session, tenant, row.person, None)


async def press(session: AsyncSession, by: Standing, day: date, at: datetime, now: datetime) -> None:
    """「元気です」 of that day. Again is nothing. Raises GreetingOff, GreetingDayWrong."""
    row = await session.get(Greeting, (by.tenant, by.person), with_for_update=True)
    if row is None:
        raise GreetingOff()
    if not today(now) - LATEST <= day <= today(now):
        raise GreetingDayWrong()
    if row.pressed_for is None or day > row.pressed_for:
        row.pressed_for, row.pressed_at = day, at
    missed = select(FamilyTold.proxy).where(
        FamilyTold.tenant == by.tenant, FamilyTold.what == "missing", FamilyTold.day == day
    )
    for proxy in await _family(session, row, now):
        if await session.scalar(missed.where(FamilyTold.proxy == proxy.id)) is not None:
            await telling.tell(session, proxy, "late", now, day=day)
    await _say(session, row)


async def look(session: AsyncSession, tenant: str, person: str, now: datetime) -> None:
    """What the due row does: the newest day whose minute has come. A worker that was away does not tell of older ones."""
    row = await session.get(Greeting, (tenant, person), with_for_update=True)
    if row is None:
        return
    await due.put(session, tenant, KIND, person, _next(row.until, now))
    day = today(now) if _by(row.until, today(now)) <= now else today(now) - timedelta(days=1)
    away = row.away_to is not None and day <= row.away_to
    pressed = row.pressed_for is not None and row.pressed_for >= day
    if away or pressed or _by(row.until, day) < row.since:
        return
    for proxy in await _family(session, row, now):
        await telling.tell(session, proxy, "missing", now, day=day)


def _by(until: int, day: date) -> datetime:
    return midnight(day) + timedelta(minutes=until)


def _next(until: int, now: datetime) -> datetime:
    day = today(now)
    at = _by(until, day)
    return at if at > now else _by(until, day + timedelta(days=1))


async def _family(session: AsyncSession, row: Greeting, now: datetime) -> list[Proxy]:
    query = select(Proxy).where(Proxy.tenant == row.tenant, Proxy.represented == row.person)
    query = query.where(Proxy.hear_after.is_not(None), stands(today(now))).order_by(Proxy.id)
    return list((await session.scalars(query)).all())


async def _say(session: AsyncSession, row: Greeting) -> None:
    await session.flush()
    records.greeting(session, row.tenant, row.person, row)
