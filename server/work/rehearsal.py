"""What an emergency asks of the database is asked once before there is one, in a town of one home that never was.

A statement is made, and understood by the driver, when it is first asked: those of an emergency would be made in its night,
while its first push waits for them. And where something is broken, the log says so on the day the process starts.
"""

import logging
import secrets

from sqlalchemy.ext.asyncio import AsyncSession

from notices import deliver
from notices.alarm import sending
from notices.ids import new_id
from notices.models import Address, Seat, Term
from notices.publishing.compose import Draft
from notices.tokyo import today
from notices.town import founding
from notices.town.standing import standing
from server.house import House
from server.work.clerk import moment

log = logging.getLogger("kairan.worker")

_LANE = "https://rehearsal.invalid"


async def be_ready(house: House) -> None:
    try:
        await rehearse(house)
    except Exception as error:
        log.error(
            "an emergency could not be rehearsed: %s", type(error).__name__, exc_info=log.isEnabledFor(10)
        )


async def rehearse(house: House) -> None:
    """Nothing of it stays."""
    tenant = "r" + secrets.token_hex(3)
    async with house.db.rehearsal() as session:
        person = await _town(house, session, tenant)
        await _sound(house, session, tenant, person)
        now = await moment(house, session)
        claims = await deliver.claim(session, house.office, "push", _LANE, now, express=True, most=1)
        await deliver.ready(session, house.office, claims, now.ours)


async def _town(house: House, session: AsyncSession, tenant: str) -> str:
    """The one who lives there, and works for the city."""
    vault, now = house.keys.vault, house.clock()
    await founding.city(session, tenant, "稽古", "稽古", now)
    place = await founding.association(session, vault, tenant, "稽古", "keiko", "稽古", now)
    person = await founding.first_officer(session, vault, tenant, place.id, "稽古", now)
    seat = Seat(tenant=tenant, id=new_id(), role="clerk", title="稽古")
    term = Term(tenant=tenant, id=new_id(), seat=seat.id, person=person, begins=today(now))
    kept = {"state": "live", "created_at": now, "changed_at": now}
    address = Address(
        tenant=tenant, id=new_id(), person=person, channel="push", lane=_LANE, lookup=vault.lookup(tenant, _LANE),
        secret=vault.encrypt(tenant, '{"endpoint":"","p256dh":"","auth":""}'), **kept,
    )  # fmt: skip
    session.add_all((seat, term, address))
    await session.flush()
    return person


async def _sound(house: House, session: AsyncSession, tenant: str, person: str) -> None:
    now = house.clock()
    by = await standing(session, tenant, person, now)
    assert by is not None
    draft = Draft("emergency", "disaster", "稽古", "稽古")
    notice = await sending.write(session, by, draft, now)
    notice.state, notice.announced_by = "awaiting", person
    await sending.approved(session, notice, now)
