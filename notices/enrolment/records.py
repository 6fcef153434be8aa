"""What sync tells of enrolments: to a person their own phones, to officers who has one and whose slip is still out.

No token, no code and no key is in these records. When a phone was last used is told as the Monday of that week:
finer would be watching people, and each phone would write a record every hour.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.models import Device, Household, Resident, Ticket
from notices.records import audience as places
from notices.tokyo import week, wire
from sync import Change, record

Body = dict[str, Any]
_IN: Final = 500


async def refresh(session: AsyncSession, tenant: str, people: Collection[str]) -> None:
    """Writes `devices` and `enrolments` of these people anew. Whoever never had a ticket has neither."""
    await session.flush()
    ordered = sorted(people)
    for start in range(0, len(ordered), _IN):
        await _batch(session, tenant, ordered[start : start + _IN])


async def _batch(session: AsyncSession, tenant: str, people: Sequence[str]) -> None:
    slips = await _slips(session, tenant, people)
    phones: dict[str, list[Body]] = defaultdict(list)
    query = select(Device).where(Device.tenant == tenant, Device.person.in_(people))
    for row in await session.scalars(query.order_by(Device.created_at, Device.id)):
        own = phones[row.person]
        shown = None if row.revoked_at is not None else _phone(row)
        if shown is not None:
            own.append({"id": row.id} | shown)
            shown = shown | {"createdAt": wire(row.created_at)}
        record(session, tenant, Change(places.person_scope(row.person), "devices", row.id, shown))
    homes = await _associations(session, tenant, slips.keys() | phones.keys())
    for person in sorted(slips.keys() | phones.keys()):
        _tell_officers(session, tenant, person, homes[person], phones[person], slips.get(person, "none"))


def _phone(row: Device) -> Body:
    used = week(row.seen_at or row.created_at)
    return {"name": row.name, "number": row.number, "usedWeek": used.isoformat()}


def _tell_officers(
    session: AsyncSession,
    tenant: str,
    person: str,
    associations: dict[str, bool],
    phones: Sequence[Body],
    slip: str,
) -> None:
    """`associations`: where this person ever lived → whether they still do."""
    for association, lives_here in sorted(associations.items()):
        body: Body | None = None
        if lives_here and (phones or slip != "none"):
            body = {"association": association, "person": person, "devices": list(phones), "slip": slip}
        scope = places.officers_scope(association)
        record(session, tenant, Change(scope, "enrolments", f"{person}.{association}", body))
    if not associations:
        # In nobody's list: an officer of the first day may hold a seat and live nowhere. Said, so that the guard knows.
        record(session, tenant, Change(places.person_scope(person), "enrolments", person, None))


async def _slips(session: AsyncSession, tenant: str, people: Sequence[str]) -> dict[str, str]:
    """`open`, `used` or `none`, by the newest slip that was not revoked, of everybody who ever had a ticket."""
    query = select(Ticket).where(Ticket.tenant == tenant, Ticket.person.in_(people))
    slips: dict[str, str] = {}
    for ticket in await session.scalars(query.order_by(Ticket.created_at, Ticket.id)):
        slips.setdefault(ticket.person, "none")
        if ticket.kind == "slip" and ticket.revoked_at is None:
            slips[ticket.person] = "used" if ticket.used_at else "open"
    return slips


async def _associations(
    session: AsyncSession, tenant: str, people: Collection[str]
) -> dict[str, dict[str, bool]]:
    query = (
        select(Resident.person, Household.association, Resident.until, Household.left_at)
        .join(Household, (Household.tenant == Resident.tenant) & (Household.id == Resident.household))
        .where(Resident.tenant == tenant, Resident.person.in_(sorted(people)))
    )
    homes: dict[str, dict[str, bool]] = defaultdict(dict)
    for person, association, until, left_at in await session.execute(query):
        here = until is None and left_at is None
        homes[person][association] = here or homes[person].get(association, False)
    return homes
