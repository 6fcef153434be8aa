"""The people a visitor may be: found in the town, and given one more phone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.enrolment.tickets import Enrolled
from notices.models import (
    Association,
    Block,
    Device,
    Household,
    NoticeHousehold,
    Person,
    Resident,
    Seat,
    Term,
)
from notices.passkeys import fresh
from notices.town.standing import OFFICERS, runs
from server.demo import enrolment
from server.demo.running import TENANT
from server.house import House
from server.sinks.push import PushSink

Role = Literal["resident", "leader", "president", "clerk", "approver"]
ROLES: Final[dict[Role, str]] = {
    "resident": "住民",
    "leader": "班長",
    "president": "会長",
    "clerk": "市職員",
    "approver": "承認者",
}
CITY_HALL: Final = ("clerk", "approver")


@dataclass(frozen=True, slots=True)
class Somebody:
    person: str
    name: str


async def first_association(session: AsyncSession) -> str:
    """Where visitors live: associations were founded in the order of their ids."""
    query = select(Association.id).where(Association.tenant == TENANT).order_by(Association.id).limit(1)
    return (await session.scalars(query)).one()


async def become(house: House, push: PushSink, role: Role) -> Enrolled:
    """One more phone for a fitting person. The resident is one whom no visitor has been yet, as long as there are any."""
    now = house.clock()
    async with house.db.write() as session:
        association = await first_association(session)
        who = await _fitting(session, association, role, now)
        name = f"{who.name}のスマートフォン"
        came = (await enrolment.enrol(session, house, push, {who.person: name}, now))[0]
        if role in CITY_HALL:
            # No passkey can be asked of every visitor's machine: the press on the door stands for the one of this town.
            await fresh.proved(session, TENANT, came.device, came.device, now)
        return came


async def _fitting(session: AsyncSession, association: str, role: Role, now: datetime) -> Somebody:
    queries = {"president": _president, "leader": _leader, "resident": _resident}
    query = _official(role, now) if role in CITY_HALL else queries[role](association, now)
    row = (await session.execute(query.limit(1))).one()
    return Somebody(*row)


def _seated(association: str, now: datetime) -> Select[str, str]:
    return (
        select(Person.id, Person.name)
        .join(Term, (Term.tenant == Person.tenant) & (Term.person == Person.id))
        .join(Seat, (Seat.tenant == Term.tenant) & (Seat.id == Term.seat))
        .where(Person.tenant == TENANT, Seat.association == association, Seat.ended_at.is_(None), runs(now))
    )


def _official(role: Role, now: datetime) -> Select[str, str]:
    return (
        select(Person.id, Person.name)
        .join(Term, (Term.tenant == Person.tenant) & (Term.person == Person.id))
        .join(Seat, (Seat.tenant == Term.tenant) & (Seat.id == Term.seat))
        .where(Person.tenant == TENANT, Seat.role == role, Seat.ended_at.is_(None), runs(now))
        .order_by(Term.begins, Term.id)
    )


def _president(association: str, now: datetime) -> Select[str, str]:
    return _seated(association, now).where(Seat.role.in_(OFFICERS)).order_by(Seat.role.desc())


def _leader(association: str, now: datetime) -> Select[str, str]:
    """Of the first block whose leader holds no other seat: one who sees no more than a leader sees."""
    officers = _seated(association, now).where(Seat.role.in_(OFFICERS)).with_only_columns(Person.id)
    return (
        _seated(association, now)
        .join(Block, (Block.tenant == Seat.tenant) & (Block.id == Seat.block))
        .where(Seat.role == "block-leader", Person.id.not_in(officers))
        .order_by(Block.position)
    )


def _resident(association: str, now: datetime) -> Select[str, str]:
    """Without a seat, in the block the visitor leads where possible; homes with the fewest phones and proofs first."""
    seated = _seated(association, now).with_only_columns(Person.id)
    phones = (
        select(func.count())
        .select_from(Device)
        .join(Resident, (Resident.tenant == Device.tenant) & (Resident.person == Device.person))
        .where(Device.tenant == TENANT, Resident.household == Household.id)
        .correlate(Household)
        .scalar_subquery()
    )
    proofs = (
        select(func.count())
        .where(
            NoticeHousehold.tenant == TENANT,
            NoticeHousehold.household == Household.id,
            NoticeHousehold.stamped_at.is_not(None),
        )
        .correlate(Household)
        .scalar_subquery()
    )
    return (
        select(Person.id, Person.name)
        .join(Resident, (Resident.tenant == Person.tenant) & (Resident.person == Person.id))
        .join(Household, (Household.tenant == Resident.tenant) & (Household.id == Resident.household))
        .join(Block, (Block.tenant == Household.tenant) & (Block.id == Household.block))
        .where(Person.tenant == TENANT, Household.association == association, Person.id.not_in(seated))
        .where(Household.paper.is_(False), Household.left_at.is_(None), Person.ended_at.is_(None))
        .order_by(phones, proofs, Block.position, Household.walk, Person.born)
    )
