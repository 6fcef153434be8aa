"""All records of an association written anew from its rows. For a database that an older program has kept: kinds of
records that it did not know come into being, and what is as it was is neither written nor told to anybody.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import due
from notices.alarm.kinds import ALARMS
from notices.handover import scheduling
from notices.models import Association, Block, City, Handover, Household, Notice, Resident, Seat, Term
from notices.publishing import drafts
from notices.records import placing, projection
from notices.records.projection import Touched
from notices.vault import Vault

KIND: Final = "records"
"""Of the due row; its subject is the association, or one block of it."""
ASSOCIATIONS: Final = select(Association.tenant, Association.id)
_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)


def due_rows(associations: Iterable[Row[str, str]]) -> list[dict[str, Any]]:
    """The due row of each (tenant, association): before everything else that waits."""
    return [
        {"tenant": tenant, "kind": KIND, "subject": id, "at": _LONG_AGO, "attempt": 0}
        for tenant, id in associations
    ]


async def rewrite(session: AsyncSession, vault: Vault, tenant: str, subject: str, now: datetime) -> None:
    """`<association>`: what all its members see, and its notices; a due row for each block follows.
    `<association>.<block>`: the homes of that block. Short transactions, as phones write meanwhile."""
    association, _, block = subject.partition(".")
    if block:
        touched = await _of_block(session, tenant, block)
        await projection.refresh(session, vault, tenant, touched, now)
        return
    for city in await session.scalars(select(City).where(City.tenant == tenant)):
        await projection.city(session, city)
    await _of_the_city(session, tenant)
    touched = await _of_all(session, tenant, association)
    await projection.refresh(session, vault, tenant, touched, now)
    notices = select(Notice).where(Notice.tenant == tenant, Notice.association == association)
    for notice in (await session.scalars(notices)).all():
        await placing.place(session, notice)
        await drafts.keep(session, notice)
    handovers = select(Handover).where(Handover.tenant == tenant, Handover.association == association)
    for handover in (await session.scalars(handovers)).all():
        scheduling.keep(session, handover)
    for block in sorted(touched.blocks):
        await due.put(session, tenant, KIND, f"{association}.{block}", _LONG_AGO)


async def _of_the_city(session: AsyncSession, tenant: str) -> None:
    """Its own alarms."""
    query = select(Notice).where(
        Notice.tenant == tenant, Notice.association.is_(None), Notice.kind.in_(ALARMS)
    )
    for notice in (await session.scalars(query)).all():
        await placing.place(session, notice)
        await drafts.keep(session, notice)


async def _of_all(session: AsyncSession, tenant: str, association: str) -> Touched:
    """Whoever holds or held a seat is among the people, also without a home."""
    blocks = select(Block.id).where(Block.tenant == tenant, Block.association == association)
    seats = select(Seat.id).where(Seat.tenant == tenant, Seat.association == association)
    holders = select(Term.person).where(Term.tenant == tenant, Term.seat.in_(seats))
    return Touched(
        associations={association},
        blocks=set(await session.scalars(blocks)),
        seats=set(await session.scalars(seats)),
        people=set(await session.scalars(holders)),
    )


async def _of_block(session: AsyncSession, tenant: str, block: str) -> Touched:
    homes = select(Household.id).where(Household.tenant == tenant, Household.block == block)
    residents = select(Resident.person).where(Resident.tenant == tenant, Resident.household.in_(homes))
    return Touched(households=set(await session.scalars(homes)), people=set(await session.scalars(residents)))
