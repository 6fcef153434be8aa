"""What lines that are open may hear now: read again when membership may have changed, for many at once.

The first pulls of a Monday rewrite a record of every person, and each of them may have moved: line by line that took
seconds of the process that pokes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.models import City, Device
from notices.records import audience
from notices.town.standing import Standing, standings
from server.live.lines import Line, Visit
from sync import ScopeKey, scopes
from sync.live import MADE

_Heads = Mapping[ScopeKey, tuple[int, int]]


async def read_again(session: AsyncSession, lines: Sequence[Line], now: datetime) -> list[Visit | None]:
    """For each line; None where its device is revoked or its person gone. A handful of statements per city."""
    found: dict[tuple[str, str], Visit] = {}
    for tenant in sorted({line.tenant for line in lines}):
        mine = sorted({line.device for line in lines if line.tenant == tenant})
        found |= {(tenant, visit.device): visit for visit in await _of_city(session, tenant, mine, now)}
    return [found.get((line.tenant, line.device)) for line in lines]


async def _of_city(session: AsyncSession, tenant: str, devices: Sequence[str], now: datetime) -> list[Visit]:
    query = (
        select(Device.id, Device.person, City.id)
        .join(City, City.tenant == Device.tenant)
        .where(Device.tenant == tenant, Device.id.in_(devices), Device.revoked_at.is_(None))
    )
    rows = (await session.execute(query)).all()
    people = await standings(session, tenant, {person for _, person, _ in rows}, now)
    here = [(device, people[person], city) for device, person, city in rows if person in people]
    keys = {device: audience.scopes_of(who, city) for device, who, city in here}
    heads = await scopes.heads(session, tenant, {key for mine in keys.values() for key in mine})
    youngest = await scopes.youngest(session, tenant)
    return [_visit(device, who, keys[device], heads, youngest) for device, who, _ in here]


def _visit(device: str, who: Standing, keys: Sequence[ScopeKey], heads: _Heads, youngest: int) -> Visit:
    """Scopes that nobody has written to yet are waited for."""
    told = dict(heads[key] for key in keys if key in heads)
    if len(told) < len(set(keys)):
        told[MADE] = youngest
    own, _ = heads.get(audience.person_scope(who.person), (MADE, 0))
    return Visit(who.tenant, device, own, told)
