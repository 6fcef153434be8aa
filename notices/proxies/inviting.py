"""CONSENT IS RECORDED here: whoever is represented asks somebody on their own phone, or on paper before a witness.

An invitation is a code that is shown once, on the phone of who asks. Whoever brings it takes it up: with the phone they have
in this city's Kairan, or as somebody new, without a home here (`newcomer`). Until then it gives no right. Paper names
somebody of the roster, and makes no code.
"""

import random
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

from sqlalchemy import Select, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from notices import audit, due, ids
from notices.enrolment import codes
from notices.enrolment.ticket_rows import SECRETS, fresh_codes
from notices.errors import ChoiceUnknown
from notices.life import words
from notices.models import Household, Person, Proxy, Resident
from notices.proxies import records
from notices.proxies.acting import WHATS, What
from notices.proxies.ending import KIND
from notices.proxies.proxy_errors import (
    HearAfterWrong,
    ProxyDatesWrong,
    ProxyForNothing,
    ProxyHasNoHome,
    TooManyProxies,
    WitnessIsProxy,
)
from notices.proxies.taking_up import settle
from notices.tokyo import midnight, today
from notices.town.standing import standing
from notices.vault import Vault

BASES: Final = ("family", "commissioner", "leader", "other")
HEAR_AFTER: Final = (30, 60, 180, 360, 720, 1440)
"""Minutes a family may choose."""
CODE_LIVES: Final = timedelta(days=7)
LONGEST: Final = timedelta(days=3 * 366)
"""As long as a welfare commissioner's term; then somebody asks again."""
MOST: Final = 10


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for. `until`: the last day. `person`: somebody of the town; else `name` is invited by a code."""

    basis: str
    whats: Collection[What]
    until: date
    name: str = ""
    begins: date | None = None
    hear_after: int | None = None
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Invited:
    """`code`, as it is shown: from now on it exists nowhere else. None where it was taken up at once."""

    proxy: str
    code: str | None
    code_until: datetime | None


async def ask(
    session: AsyncSession,
    vault: Vault,
    tenant: str,
    represented: str,
    wish: Wish,
    consent: Literal["phone", "paper"],
    recorded_by: str,
    now: datetime,
    *,
    source: random.Random = SECRETS,
) -> Invited:
    """By the represented person's phone, or by a witness who holds the paper. Raises ProxyForNothing, ProxyDatesWrong,
    HearAfterWrong, TooManyProxies, ProxyHasNoHome, WitnessIsProxy, ProxyForOneself, NotTheirLeader, EntryWrong."""
    begins = wish.begins or today(now)
    _insist_on_sense(wish, begins, today(now))
    if wish.person is not None and wish.person == recorded_by:
        raise WitnessIsProxy()
    await _insist_on_room(session, tenant, represented, now)
    row = _asked(wish, begins, tenant, represented)
    row.consent, row.recorded_by, row.recorded_at = consent, recorded_by, now
    session.add(row)
    code = None
    if wish.person is not None:
        await settle(session, row, wish.person, now)
    else:
        [(code, row.code_hash)] = (await fresh_codes(session, vault, tenant, 1, source)).items()
        row.code_until = now + CODE_LIVES
    await due.put(session, tenant, KIND, row.id, midnight(begins if begins > today(now) else row.ends))
    await records.refresh(session, tenant, {represented}, now)
    detail = {"proxy": row.id, "consent": consent, "basis": wish.basis, "whats": sorted(wish.whats)}
    await audit.write(session, tenant, recorded_by, "proxy.asked", represented, detail, now)
    return Invited(row.id, codes.shown(code) if code else None, row.code_until)


def _asked(wish: Wish, begins: date, tenant: str, represented: str) -> Proxy:
    return Proxy(
        tenant=tenant,
        id=ids.new_id(),
        represented=represented,
        name="" if wish.person else words.needed("氏名", wish.name),
        basis=wish.basis,
        hear_after=wish.hear_after,
        begins=begins,
        ends=wish.until + timedelta(days=1),
        **{what: what in wish.whats for what in WHATS},
    )


def _insist_on_sense(wish: Wish, begins: date, day: date) -> None:
    if wish.basis not in BASES:
        raise ChoiceUnknown(field="basis", choices=", ".join(BASES))
    if unknown := set(wish.whats) - set(WHATS):
        raise ChoiceUnknown(field=f"whats {sorted(unknown)}", choices=", ".join(WHATS))
    if not wish.whats and wish.hear_after is None:
        raise ProxyForNothing()
    if wish.hear_after is not None and wish.hear_after not in HEAR_AFTER:
        raise HearAfterWrong()
    if begins < day or wish.until < begins or wish.until <= day or wish.until - begins > LONGEST:
        raise ProxyDatesWrong()


async def _insist_on_room(session: AsyncSession, tenant: str, represented: str, now: datetime) -> None:
    # Two phones of one person at a time: the second one counts what the first one wrote.
    await session.get_one(Person, (tenant, represented), with_for_update=True)
    stands = await standing(session, tenant, represented, now)
    if stands is None or not stands.homes:
        raise ProxyHasNoHome()
    query = select(func.count()).where(
        Proxy.tenant == tenant, Proxy.represented == represented, Proxy.ended_at.is_(None)
    )
    if (await session.scalar(query) or 0) >= MOST:
        raise TooManyProxies()


async def on_paper(
    session: AsyncSession, tenant: str, association: str, now: datetime
) -> list[dict[str, object]]:
    """What officers hold the paper of: who, for whom, until when."""
    other = aliased(Person)
    query = (
        select(Proxy, Person.name, other.name)
        .join(Person, and_(Person.tenant == Proxy.tenant, Person.id == Proxy.represented))
        .outerjoin(other, and_(other.tenant == Proxy.tenant, other.id == Proxy.person))
        .where(Proxy.tenant == tenant, Proxy.consent == "paper", Proxy.ended_at.is_(None))
        .where(Proxy.ends > today(now), Proxy.represented.in_(_living_in(tenant, association)))
        .order_by(Proxy.recorded_at, Proxy.id)
    )
    return [
        {
            "proxy": row.id,
            "represented": {"id": row.represented, "name": represented},
            "person": None if row.person is None else {"id": row.person, "name": name},
            "name": row.name,
            "basis": row.basis,
            "until": (row.ends - timedelta(days=1)).isoformat(),
        }
        for row, represented, name in await session.execute(query)
    ]


def _living_in(tenant: str, association: str) -> Select[str]:
    home = and_(Household.tenant == Resident.tenant, Household.id == Resident.household)
    return (
        select(Resident.person)
        .join(Household, home)
        .where(Resident.tenant == tenant, Resident.until.is_(None))
        .where(Household.association == association, Household.left_at.is_(None))
    )
