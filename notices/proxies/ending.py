"""A PROXY ENDS: withdrawn by either side, on its day, with the seat it hung on, or with who it was for or by.

Nothing is deleted, and the rows of what was stamped stay. Who came into the city for it alone leaves with the last one.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit, due
from notices.models import Person, Proxy, Resident, Term
from notices.proxies import greeting, records, states
from notices.proxies.proxy_errors import ProxyUnknown
from notices.tokyo import midnight, today
from notices.town.standing import Standing, homes_of

KIND: Final = "proxy"
"""Of the due row for the days on which one begins and ends; its subject is the proxy."""


async def withdraw(session: AsyncSession, by: Standing, id: str, now: datetime) -> set[str]:
    """By who is represented, by who lives with them (it opens what their home answers), by who speaks for them, or by an officer
    who was told so. Again is nothing.

    → who left the city by it. Raises ProxyUnknown.
    """
    row = await session.get(Proxy, (by.tenant, id), with_for_update=True)
    if row is None or not await _is_theirs(session, by, row):
        raise ProxyUnknown()
    if states.stays(states.state_of(row, now), "withdraw"):
        return set()
    detail = {"proxy": row.id, "bySelf": by.person == row.represented}
    await audit.write(session, by.tenant, by.person, "proxy.withdrawn", row.represented, detail, now)
    return await _end(session, by.tenant, [row], "withdrawn", by.person, now)


async def _is_theirs(session: AsyncSession, by: Standing, row: Proxy) -> bool:
    if by.person in (row.represented, row.person):
        return True
    homes = (await session.execute(homes_of(by.tenant, [row.represented]))).all()
    return any(by.lives_in(home[0]) or by.officer_of(home[2]) for home in homes)


async def turn(session: AsyncSession, tenant: str, id: str, now: datetime) -> set[str]:
    """What the due row of its days does: it begins, and is told; it is over. → who left the city by it."""
    row = await session.get(Proxy, (tenant, id), with_for_update=True)
    if row is None or (state := states.state_of(row, now)) == "ended":
        return set()
    if not states.stays(state, "turn"):
        return await _end(session, tenant, [row], "over", None, now)
    await due.put(session, tenant, KIND, id, midnight(row.ends))
    await records.refresh(session, tenant, {row.represented}, now)
    return set()


async def with_their_seat(session: AsyncSession, tenant: str, person: str, now: datetime) -> set[str]:
    """A block leader was asked as one: whoever follows them asks anew."""
    day = today(now)
    holds = select(Term.seat).where(
        Term.tenant == tenant,
        Term.person == person,
        Term.begins <= day,
        or_(Term.ends.is_(None), Term.ends > day),
    )
    over = await _open(
        session, tenant, Proxy.person == person, Proxy.seat.is_not(None), Proxy.seat.not_in(holds)
    )
    return await _end(session, tenant, over, "seat", None, now)


async def with_people(
    session: AsyncSession, tenant: str, people: Collection[str], reason: str, now: datetime
) -> set[str]:
    """Who has left the city, has died or was forgotten: neither do they speak, nor does anybody speak for them."""
    gone: set[str] = set()
    ordered = sorted(people)
    for start in range(0, len(ordered), records.IN):
        some = ordered[start : start + records.IN]
        over = await _open(session, tenant, or_(Proxy.person.in_(some), Proxy.represented.in_(some)))
        gone |= await _end(session, tenant, over, reason, None, now)
        await greeting.stop(session, tenant, some)
    return gone - set(people)


async def come_back(
    session: AsyncSession, tenant: str, people: Collection[str], since: datetime, now: datetime
) -> set[str]:
    """What made them leave was a press by mistake: what ended with it stands again. → who came back with it."""
    query = select(Proxy).where(
        Proxy.tenant == tenant,
        Proxy.ended_at == since,
        Proxy.reason == "moved",
        or_(Proxy.person.in_(sorted(people)), Proxy.represented.in_(sorted(people))),
    )
    rows = (await session.scalars(query.order_by(Proxy.id).with_for_update())).all()
    for row in rows:
        row.ended_at = row.reason = None
        await due.put(session, tenant, KIND, row.id, midnight(row.ends))
    await records.refresh(session, tenant, {row.represented for row in rows}, now)
    returned: set[str] = set()
    for row in rows:
        person = await session.get(Person, (tenant, row.person)) if row.person else None
        if person is not None and person.ended_at == since and person.id not in people:
            person.ended_at = None
            returned.add(person.id)
    return returned


async def _open(session: AsyncSession, tenant: str, *which: ColumnElement[bool]) -> Sequence[Proxy]:
    query = select(Proxy).where(Proxy.tenant == tenant, Proxy.ended_at.is_(None), *which)
    return (await session.scalars(query.order_by(Proxy.id).with_for_update())).all()


async def _end(
    session: AsyncSession, tenant: str, rows: Sequence[Proxy], reason: str, by: str | None, now: datetime
) -> set[str]:
    for row in rows:
        row.ended_at, row.ended_by, row.reason = now, by, reason
        row.name, row.code_hash = "", None
    await session.flush()
    await records.refresh(session, tenant, {row.represented for row in rows}, now)
    return {
        row.person
        for row in rows
        if row.person is not None and await _leaves(session, tenant, row.person, now)
    }


async def _leaves(session: AsyncSession, tenant: str, person: str, now: datetime) -> bool:
    """Whoever never lived here, holds no seat and speaks for nobody any more."""
    ever = [
        select(Resident.person).where(Resident.tenant == tenant, Resident.person == person),
        select(Term.person).where(Term.tenant == tenant, Term.person == person),
        select(Proxy.person).where(Proxy.tenant == tenant, Proxy.person == person, Proxy.ended_at.is_(None)),
    ]
    for each in ever:
        if await session.scalar(each.limit(1)) is not None:
            return False
    row = await session.get(Person, (tenant, person))
    if row is None or row.ended_at is not None:
        return False
    row.ended_at = now
    return True
