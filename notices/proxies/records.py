"""What sync tells of proxies: to the home of who is represented, and to who speaks for them. To nobody else."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.models import Greeting, Household, Person, Proxy, Resident
from notices.proxies import states
from notices.proxies.acting import WHATS
from notices.records import audience as places
from notices.tokyo import wire
from notices.town.standing import Home, homes_of
from sync import Change, record

Body = dict[str, Any]
IN: Final = 500


async def refresh(session: AsyncSession, tenant: str, people: Collection[str], now: datetime) -> None:
    """Writes `proxies` anew wherever one of these people is on one side of it."""
    await session.flush()
    ordered = sorted(people)
    for start in range(0, len(ordered), IN):
        await _batch(session, tenant, ordered[start : start + IN], now)


async def _batch(session: AsyncSession, tenant: str, people: Sequence[str], now: datetime) -> None:
    query = select(Proxy).where(
        Proxy.tenant == tenant, or_(Proxy.represented.in_(people), Proxy.person.in_(people))
    )
    rows = (await session.scalars(query.order_by(Proxy.id))).all()
    if not rows:
        return
    named = {id for row in rows for id in (row.represented, row.person, row.recorded_by) if id is not None}
    who = select(Person.id, Person.name).where(Person.tenant == tenant, Person.id.in_(sorted(named)))
    names = {id: name for id, name in await session.execute(who)}
    homes = await _homes(session, tenant, {row.represented for row in rows})
    before = await _homes_ever(session, tenant, {row.represented for row in rows})
    for row in rows:
        here = homes[row.represented]
        told = _told(row, names, here, now)
        for home in before[row.represented]:
            kept = told if home in {each.household for each in here} else None
            scope = places.household_scope(home)
            record(session, tenant, Change(scope, "proxies", f"{row.id}.{home}", kept))
        if row.person is not None:
            record(session, tenant, Change(places.person_scope(row.person), "proxies", row.id, told))


def _told(row: Proxy, names: dict[str, str], homes: Sequence[Home], now: datetime) -> Body | None:
    if states.state_of(row, now) in states.GONE:
        return None
    return {
        "proxy": row.id,
        "represented": {"id": row.represented, "name": names.get(row.represented, "")},
        "person": None if row.person is None else {"id": row.person, "name": names.get(row.person, "")},
        "name": row.name,
        "homes": [_home(each) for each in homes],
        "basis": row.basis,
        "whats": [what for what in WHATS if getattr(row, what)],
        "hearAfter": row.hear_after,
        "begins": row.begins.isoformat(),
        "until": (row.ends - timedelta(days=1)).isoformat(),
        "consent": row.consent,
        "recordedBy": {"id": row.recorded_by, "name": names.get(row.recorded_by, "")},
        "recordedAt": wire(row.recorded_at),
        "codeUntil": wire(row.code_until) if row.accepted_at is None else None,
    }


def _home(home: Home) -> Body:
    return {
        "household": home.household,
        "householdName": home.household_name,
        "association": home.association,
        "associationName": home.association_name,
        "block": home.block,
        "blockName": home.block_name,
    }


async def _homes(session: AsyncSession, tenant: str, people: set[str]) -> dict[str, list[Home]]:
    found: dict[str, list[Home]] = defaultdict(list)
    for *home, person in await session.execute(homes_of(tenant, sorted(people)).add_columns(Resident.person)):
        found[person].append(Home(*home))
    return found


async def _homes_ever(session: AsyncSession, tenant: str, people: set[str]) -> dict[str, list[str]]:
    """Where a copy may stand, from before they moved too."""
    query = (
        select(Resident.person, Resident.household)
        .join(Household, (Household.tenant == Resident.tenant) & (Household.id == Resident.household))
        .where(Resident.tenant == tenant, Resident.person.in_(sorted(people)))
        .order_by(Resident.household)
    )
    found: dict[str, list[str]] = defaultdict(list)
    for person, household in await session.execute(query):
        found[person].append(household)
    return found


def greeting(session: AsyncSession, tenant: str, person: str, row: Greeting | None) -> None:
    """To the person alone: a family hears when it is missing, and sees no days."""
    body: Body | None = None
    if row is not None:
        body = {
            "until": f"{row.until // 60:02}:{row.until % 60:02}",
            "awayTo": row.away_to.isoformat() if row.away_to else None,
            "pressedFor": row.pressed_for.isoformat() if row.pressed_for else None,
            "pressedAt": wire(row.pressed_at),
        }
    record(session, tenant, Change(places.person_scope(person), "greetings", person, body))
