"""Of whom something is stored: whoever lives in an association, or did. Who moved out may ask as well."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.handover import appointing
from notices.models import Association, Household, Person, Resident


async def known(session: AsyncSession, place: Association, named: str) -> Person:
    """By 住民番号 or by name, unless erased. Raises NobodyOfThatName, SeveralOfThatName."""
    query = (
        select(Person)
        .join(Resident, (Resident.tenant == Person.tenant) & (Resident.person == Person.id))
        .join(Household, (Household.tenant == Resident.tenant) & (Household.id == Resident.household))
        .where(Person.tenant == place.tenant, Household.association == place.id)
        .where(Person.erased_at.is_(None))
    )
    return appointing.called((await session.scalars(query)).all(), named, place)
