"""Who holds which seat of an association, for those who are to hand them over."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from notices.errors import NotFound
from notices.handover import proposal, scheduling
from notices.handover.handover_errors import OnlyThePresident
from notices.handover.proposal import Register
from notices.handover.telling import in_order, scheduled, seat_of
from notices.tokyo import today
from notices.town.standing import OFFICERS, Standing

Body = dict[str, Any]


async def stands(session: AsyncSession, by: Standing, association: str, now: datetime) -> Body:
    """{seats, officers, mayDecide, handover}. Raises NotFound for whoever is no officer here."""
    if not by.officer_of(association):
        raise NotFound()
    register = await proposal.read(session, by.tenant, association, now)
    pending = await scheduling.pending(session, by.tenant, association, now)
    return {
        "seats": await seats(session, by.tenant, register, now),
        "officers": len(officers(register, now)),
        "mayDecide": await _may_decide(session, by, association, now),
        "handover": None if pending is None else scheduled(pending),
    }


async def seats(session: AsyncSession, tenant: str, register: Register, now: datetime) -> list[Body]:
    """As people are used to reading them out, each with who holds it today and until when."""
    day = today(now)
    everybody = {term.person for terms in register.terms.values() for term in terms}
    devices = await proposal.with_device(session, tenant, everybody)
    return in_order(
        [
            seat_of(seat, register)
            | {
                "holders": [
                    {
                        "id": term.person,
                        "name": register.people[term.person],
                        "begins": term.begins.isoformat(),
                        "ends": term.ends.isoformat() if term.ends else None,
                        "device": term.person in devices,
                    }
                    for term in register.holders(seat.id, day)
                ]
            }
            for seat in register.seats.values()
        ]
    )


def officers(register: Register, now: datetime) -> set[str]:
    """Who speaks for the association today."""
    speaking = [id for id, seat in register.seats.items() if seat.role in OFFICERS]
    return {term.person for seat in speaking for term in register.holders(seat, today(now))}


async def _may_decide(session: AsyncSession, by: Standing, association: str, now: datetime) -> bool:
    try:
        await scheduling.decider(session, by, association, now)
    except OnlyThePresident:
        return False
    return True
