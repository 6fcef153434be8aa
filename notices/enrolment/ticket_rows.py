"""The rows behind the tickets: which is open, who takes it, which codes are free."""

import random
import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeVar

from sqlalchemy import CursorResult, Select, Update, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices.enrolment import codes
from notices.models import City, Person, Resident, Ticket
from notices.tokyo import today
from notices.town.people_errors import CarryBusy, CodeRefused
from notices.town.standing import acting_for, held_by, homes_of
from notices.vault import Vault

T = TypeVar("T")
SECRETS: Final = secrets.SystemRandom()
"""Where codes come from."""
_IN: Final = 500
_DRAWS: Final = 20


async def enrollable(session: AsyncSession, tenant: str, people: Sequence[str], now: datetime) -> set[str]:
    """Those of `people` who live in a household, hold a seat or speak for somebody today."""
    found: set[str] = set()
    for batch in batches(people):
        living = select(Person.id).where(
            Person.tenant == tenant, Person.ended_at.is_(None), Person.id.in_(batch)
        )
        here = {
            row[-1] for row in await session.execute(homes_of(tenant, batch).add_columns(Resident.person))
        }
        here |= {person for person, _ in await held_by(session, tenant, batch, now)}
        here |= {row[0] for row in await session.execute(acting_for(tenant, batch, today(now)))}
        found |= here & set(await session.scalars(living))
    return found


async def take(session: AsyncSession, query: Select[Ticket], now: datetime) -> Ticket:
    """The one open ticket of the query, used from now on. Of two who come at once, the database lets one."""
    tickets = [ticket for ticket in await session.scalars(query) if is_open(ticket, now)]
    if len(tickets) != 1:
        raise CodeRefused
    ticket = tickets[0]
    if ticket.person not in await enrollable(session, ticket.tenant, [ticket.person], now):
        raise CodeRefused
    taken = await session.execute(unused(ticket.tenant).where(Ticket.id == ticket.id).values(used_at=now))
    if not isinstance(taken, CursorResult) or taken.rowcount != 1:
        raise CodeRefused
    return ticket


def is_open(ticket: Ticket, now: datetime) -> bool:
    alive = ticket.expires_at is None or now < ticket.expires_at
    return alive and ticket.used_at is None and ticket.revoked_at is None


def unused(tenant: str) -> Update:
    """Whoever changes these rows also writes the records of their people (records.refresh)."""
    rows = update(Ticket).where(
        Ticket.tenant == tenant, Ticket.used_at.is_(None), Ticket.revoked_at.is_(None)
    )
    return rows.execution_options(journalled=True)


def by_hash(code_hash: bytes, tenant: str | None) -> Select[Ticket]:
    """A code names no city: it is looked up in each, by the index of each."""
    cities = select(City.tenant) if tenant is None else [tenant]
    return select(Ticket).where(Ticket.tenant.in_(cities), Ticket.code_hash == code_hash)


async def fresh_codes(
    session: AsyncSession, vault: Vault, tenant: str, count: int, source: random.Random
) -> Mapping[str, bytes]:
    """{code: hash} for as many codes as asked, none of which this city ever had."""
    fresh: dict[str, bytes] = {}
    while len(fresh) < count:
        code = codes.new_code(source)
        fresh[code] = vault.token_hash(code)
        if len(fresh) == count:
            for batch in batches(list(fresh.values())):
                known = select(Ticket.code_hash).where(Ticket.tenant == tenant, Ticket.code_hash.in_(batch))
                taken = set(await session.scalars(known))
                fresh = {code: code_hash for code, code_hash in fresh.items() if code_hash not in taken}
    return fresh


async def free_carry_code(session: AsyncSession, vault: Vault, now: datetime, source: random.Random) -> str:
    """One that is open nowhere. Spent tickets that had it give it up: there are only a million."""
    for _ in range(_DRAWS):
        code = codes.new_carry_code(source)
        tickets = (await session.scalars(by_hash(vault.token_hash(code), None))).all()
        if any(is_open(ticket, now) for ticket in tickets):
            continue
        for ticket in tickets:
            ticket.code_hash = vault.token_hash(f"spent {ticket.id}")
        return code
    raise CarryBusy


def batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), _IN):
        yield items[start : start + _IN]
