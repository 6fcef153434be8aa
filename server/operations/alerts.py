"""Who may bring alerts: allowed and disallowed by an operator."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import ids
from notices.cap import sources
from notices.cap.message import NAME
from notices.models import CapSource
from server.house import House
from server.operations import places
from server.processes.admin import Progress, Refused, Result


async def allow(house: House, args: Mapping[str, Any], progress: Progress) -> Result:  # noqa: ARG001
    """{name, senders, city?} → {id, city, secret}. The secret is shown this once."""
    for sender in args["senders"]:
        if not NAME.fullmatch(sender):
            raise Refused(f"{sender!r} is no sender of alerts: it has no spaces, commas, < or &.")
    async with house.db.write() as session:
        cities = await places.cities(session, args.get("city"))
        if len(cities) > 1:
            raise Refused(f"Say which city with --city: {', '.join(row.tenant for row in cities)}.")
        tenant = cities[0].tenant
        row, secret = await sources.allow(session, tenant, args["name"], args["senders"], house.clock())
        return {"id": row.id, "city": tenant, "secret": secret}


async def disallow(house: House, args: Mapping[str, Any], progress: Progress) -> Result:  # noqa: ARG001
    """{id} → {name}. What it brought stays."""
    async with house.db.write() as session:
        row = await _found(session, args["id"])
        await sources.end(session, row, house.clock())
        return {"name": row.name}


async def rows(session: AsyncSession, city: str | None) -> list[dict[str, Any]]:
    tenants = [row.tenant for row in await places.cities(session, city)]
    return [
        {"id": row.id, "name": row.name, "city": row.tenant, "senders": row.senders}
        for row in await sources.listed(session, tenants)
    ]


async def _found(session: AsyncSession, id: str) -> CapSource:
    query = select(CapSource).where(CapSource.id == id, CapSource.ended_at.is_(None))
    row = await session.scalar(query) if ids.is_id(id) else None
    if row is None:
        raise Refused("There is no source of that id: `kairan cap list` shows them.")
    return row
