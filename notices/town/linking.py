"""A person takes their notices on LINE: a code from their screen, sent to the official account, ties the two.

The code is the proof: whoever sends it is who had it on their screen. What comes twice changes nothing: a code is good
once, and of follows and blocks only one that is younger than the last is heard, by LINE's own clock.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import CursorResult, Select, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices import ids
from notices.enrolment import codes
from notices.enrolment.guesses import Guesses, Limit
from notices.enrolment.ticket_rows import SECRETS, enrollable
from notices.models import Address, City, LineCode, Person
from notices.town.people_errors import CarryBusy, CodeRefused
from notices.town.standing import Standing
from notices.vault import Vault

LANE: Final = "line"
LIVES: Final = timedelta(minutes=10)
_DRAWS: Final = 20
# As for carry codes: six digits bear few guesses, and a wrong one names no code.
_USER: Final = Limit(5, timedelta(minutes=10))
_ALL: Final = Limit(50, timedelta(minutes=10))
_DAY: Final = Limit(200, timedelta(days=1))

State = Literal["none", "live", "off", "blocked"]


@dataclass(frozen=True, slots=True)
class Code:
    """Six digits."""

    code: str
    expires_at: datetime


async def new_code(
    session: AsyncSession, vault: Vault, by: Standing, now: datetime, *, source: random.Random = SECRETS
) -> Code:
    """For the person on whose screen it is shown; an earlier one of theirs ends. Raises CarryBusy."""
    me = select(Person.id).where(Person.tenant == by.tenant, Person.id == by.person)
    await session.execute(me.with_for_update())
    ended = (LineCode.person == by.person) | (LineCode.expires_at <= now)
    await session.execute(delete(LineCode).where(LineCode.tenant == by.tenant, ended))
    for _ in range(_DRAWS):
        code = codes.new_carry_code(source)
        hashed = vault.token_hash(f"line {code}")
        if not (await session.scalars(_open(hashed))).all():
            row = LineCode(tenant=by.tenant, id=ids.new_id(), person=by.person)
            row.code_hash, row.expires_at = hashed, now + LIVES
            session.add(row)
            return Code(code, row.expires_at)
    raise CarryBusy


async def link(
    session: AsyncSession,
    vault: Vault,
    guesses: Guesses,
    user: str,
    code: str,
    at: datetime,
    now: datetime,
) -> Person:
    """`user` sent `code` (codes.read_carry_code), `at` by LINE's clock. → whose it was. Raises CodeRefused, TooManyTries."""
    limits = {f"line {user}": _USER, "line": _ALL, "line day": _DAY}
    guesses.spend(limits, now)
    found = (await session.scalars(_open(vault.token_hash(f"line {code}")))).all()
    rows = [row for row in found if now < row.expires_at]
    if len(rows) != 1:
        raise CodeRefused
    row = rows[0]
    taken = await session.execute(
        delete(LineCode).where(LineCode.tenant == row.tenant, LineCode.id == row.id)
    )
    if not isinstance(taken, CursorResult) or taken.rowcount != 1:
        raise CodeRefused
    if row.person not in await enrollable(session, row.tenant, [row.person], now):
        raise CodeRefused
    guesses.give_back(limits, now)
    await _put(session, vault, row.tenant, row.person, user, at)
    return await session.get_one(Person, (row.tenant, row.person))


def _of(tenant: str, person: str) -> Select[Address]:
    return select(Address).where(
        Address.tenant == tenant, Address.person == person, Address.channel == "line"
    )


def _open(hashed: bytes) -> Select[LineCode]:
    """A code names no city: it is looked up in each, by the index of each."""
    return select(LineCode).where(LineCode.tenant.in_(select(City.tenant)), LineCode.code_hash == hashed)


async def _put(
    session: AsyncSession, vault: Vault, tenant: str, person: str, user: str, now: datetime
) -> None:
    """One LINE for a person; but one LINE may be that of several, as of a daughter who reads for her mother."""
    lookup = vault.lookup(tenant, user)
    rows = (await session.scalars(_of(tenant, person).with_for_update())).all()
    row = next((each for each in rows if each.lookup == lookup), None)
    for other in rows:
        if other is not row and other.state != "gone":
            other.state, other.reason, other.changed_at = "gone", "replaced", now
    if row is None:
        row = Address(tenant=tenant, id=ids.new_id(), person=person, channel="line", lane=LANE)
        row.lookup, row.created_at = lookup, now
        session.add(row)
    row.secret = vault.encrypt(tenant, user)
    row.state, row.reason, row.failures, row.changed_at = "live", None, 0, now


async def unlink(session: AsyncSession, by: Standing, now: datetime) -> None:
    rows = update(Address).where(
        Address.tenant == by.tenant,
        Address.person == by.person,
        Address.channel == "line",
        # What a block has ended would come back with it.
        (Address.state != "gone") | (Address.reason == "line-blocked"),
    )
    await session.execute(rows.values(state="gone", reason="stopped", changed_at=now))


async def blocked(session: AsyncSession, vault: Vault, user: str, at: datetime) -> int:
    """They blocked the account, `at` by LINE's clock: nothing reaches them. → how many addresses changed."""
    return await _moved(session, vault, user, at, "live", "gone")


async def followed(session: AsyncSession, vault: Vault, user: str, at: datetime) -> int:
    """They added it, or took the block away: what the block had ended is live again."""
    return await _moved(session, vault, user, at, "gone", "live")


async def _moved(
    session: AsyncSession, vault: Vault, user: str, at: datetime, before: str, after: str
) -> int:
    changed = 0
    for tenant in (await session.scalars(select(City.tenant).order_by(City.tenant))).all():
        rows = update(Address).where(
            Address.tenant == tenant,
            Address.lookup == vault.lookup(tenant, user),
            Address.channel == "line",
            Address.state == before,
            Address.changed_at < at,
        )
        if before == "gone":
            rows = rows.where(Address.reason == "line-blocked")
        reason = "line-blocked" if after == "gone" else None
        result = await session.execute(rows.values(state=after, reason=reason, changed_at=at))
        changed += result.rowcount if isinstance(result, CursorResult) else 0
    return changed


async def state(session: AsyncSession, by: Standing) -> State:
    rows: Sequence[Address] = (await session.scalars(_of(by.tenant, by.person))).all()
    if any(row.state == "live" for row in rows):
        return "live"
    if any(row.state in ("off", "suppressed") for row in rows):
        return "off"
    return "blocked" if any(row.reason == "line-blocked" for row in rows) else "none"
