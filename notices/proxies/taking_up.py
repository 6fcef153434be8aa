"""An invitation is taken up: by somebody of the town, or by somebody who comes into it for that alone."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit, ids
from notices.enrolment import codes
from notices.enrolment.guesses import Guesses, Limit
from notices.models import City, Person, Proxy, Resident, Seat, Term
from notices.proxies import records, states
from notices.proxies.proxy_errors import (
    InvitationRefused,
    NotTheirLeader,
    ProxyForOneself,
    WitnessIsProxy,
)
from notices.town.people_errors import CodeMistyped
from notices.town.standing import Standing, homes_of, runs
from notices.vault import Vault

_CALLER: Final = Limit(30, timedelta(minutes=10))


async def accept(
    session: AsyncSession, vault: Vault, guesses: Guesses, by: Standing, typed: str, now: datetime
) -> Proxy:
    """By somebody who has a phone in this city. Raises CodeMistyped, TooManyTries, InvitationRefused, ProxyForOneself,
    WitnessIsProxy, NotTheirLeader."""
    code = codes.read_code(typed)
    if code is None:
        raise CodeMistyped
    limits = {f"proxy {by.tenant} {by.person}": _CALLER}
    guesses.spend(limits, now)
    row = await invitation(session, vault, code, by.tenant, now)
    if row is None:
        raise InvitationRefused()
    await settle(session, row, by.person, now)
    guesses.give_back(limits, now)
    await records.refresh(session, by.tenant, {row.represented}, now)
    return row


async def invitation(
    session: AsyncSession, vault: Vault, code: str, tenant: str | None, now: datetime
) -> Proxy | None:
    """The one that this code opens, locked: of two who bring it, one takes it up. None of one on paper: its witness had it."""
    query = by_hash(vault, code, tenant).where(Proxy.consent == "phone").with_for_update()
    known = (await session.scalars(query)).all()
    rows = [row for row in known if states.may(states.state_of(row, now), "take-up")]
    return rows[0] if len(rows) == 1 else None


def by_hash(vault: Vault, code: str, tenant: str | None) -> Select[Proxy]:
    cities = select(City.tenant) if tenant is None else [tenant]
    return select(Proxy).where(Proxy.tenant.in_(cities), Proxy.code_hash == vault.token_hash(code))


async def newcomer(session: AsyncSession, row: Proxy, now: datetime) -> str:
    """Somebody who lives elsewhere becomes a person of this city, without a home, under the name by which they were
    asked. → who they are; the caller enrols their phone and writes their membership."""
    person = Person(
        tenant=row.tenant,
        id=ids.new_id(),
        number=None,
        name=row.name,
        kana="",
        born=None,
        phone=None,
        area=None,
        quiet_from=None,
        quiet_to=None,
        created_at=now,
        ended_at=None,
        erased_at=None,
    )
    session.add(person)
    await session.flush()
    await settle(session, row, person.id, now)
    return person.id


async def settle(session: AsyncSession, row: Proxy, person: str, now: datetime) -> None:
    """From now on this person speaks for them. Raises ProxyForOneself, WitnessIsProxy, NotTheirLeader."""
    if row.consent == "paper" and row.recorded_by == person:
        raise WitnessIsProxy()
    homes = (await session.execute(homes_of(row.tenant, [row.represented]))).all()
    mine = select(Resident.household).where(
        Resident.tenant == row.tenant, Resident.person == person, Resident.until.is_(None)
    )
    if person == row.represented or {home[0] for home in homes} & set(await session.scalars(mine)):
        raise ProxyForOneself()
    if row.basis == "leader":
        row.seat = await _seat(session, row.tenant, person, [home[4] for home in homes], now)
    row.person, row.name, row.accepted_at = person, "", now
    await audit.write(session, row.tenant, person, "proxy.taken-up", row.represented, {"proxy": row.id}, now)


async def _seat(session: AsyncSession, tenant: str, person: str, blocks: list[str], now: datetime) -> str:
    query = (
        select(Seat.id)
        .join(Term, (Term.tenant == Seat.tenant) & (Term.seat == Seat.id))
        .where(Seat.tenant == tenant, Seat.role == "block-leader", Seat.block.in_(blocks))
        .where(Seat.ended_at.is_(None), Term.person == person, runs(now))
    )
    seat = await session.scalar(query.order_by(Seat.id).limit(1))
    if seat is None:
        raise NotTheirLeader()
    return seat
