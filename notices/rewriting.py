"""All records of an association written anew from its rows. For a database that an older program has kept: kinds of
records that it did not know come into being, and what is as it was is neither written nor told to anybody.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import drafts, placing, projection
from notices.models import Association, Block, City, Household, Notice, Resident, Seat, Term
from notices.projection import Touched
from notices.vault import Vault

KIND: Final = "records"
"""Of the due row; its subject is the association."""
ASSOCIATIONS: Final = select(Association.tenant, Association.id)
_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)


def due_rows(associations: Iterable[Row[str, str]]) -> list[dict[str, Any]]:
    """The due row of each (tenant, association): before everything else that waits."""
    return [
        {"tenant": tenant, "kind": KIND, "subject": id, "at": _LONG_AGO, "attempt": 0}
        for tenant, id in associations
    ]


async def rewrite(session: AsyncSession, vault: Vault, tenant: str, association: str, now: datetime) -> None:
    """One transaction, once after `kairan migrate`."""
    for city in await session.scalars(select(City).where(City.tenant == tenant)):
        await projection.city(session, city)
    touched = await _everything(session, tenant, association)
    await projection.refresh(session, vault, tenant, touched, now)
    notices = select(Notice).where(Notice.tenant == tenant, Notice.association == association)
    for notice in (await session.scalars(notices)).all():
        await placing.place(session, notice)
        await drafts.keep(session, notice)


async def _everything(session: AsyncSession, tenant: str, association: str) -> Touched:
    async def ids(column: Any, *where: Any) -> set[str]:
        return set(await session.scalars(select(column).where(*where)))

    households = await ids(Household.id, Household.tenant == tenant, Household.association == association)
    seats = await ids(Seat.id, Seat.tenant == tenant, Seat.association == association)
    home = (Household.tenant == Resident.tenant) & (Household.id == Resident.household)
    residents = select(Resident.person).join(Household, home).where(Household.association == association)
    seat = (Seat.tenant == Term.tenant) & (Seat.id == Term.seat)
    holders = select(Term.person).join(Seat, seat).where(Seat.association == association)
    return Touched(
        associations={association},
        blocks=await ids(Block.id, Block.tenant == tenant, Block.association == association),
        households=households,
        seats=seats,
        people={
            *await session.scalars(residents.where(Resident.tenant == tenant)),
            *await session.scalars(holders.where(Term.tenant == tenant)),
        },
    )
