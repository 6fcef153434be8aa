"""Gateways: added, removed and tried out by an operator."""

import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit, ids
from notices.gateways.calls import listed
from notices.gateways.payload import headers, told
from notices.ledger.reasons import REASONS
from notices.models import Association, Gateway
from notices.outcomes import Sent
from notices.publishing.compose import KINDS, TOPICS
from server.house import House
from server.operations import places
from server.processes.admin import Progress, Refused, Result


async def add(house: House, args: Mapping[str, Any], progress: Progress) -> Result:  # noqa: ARG001
    """{name, url, association?, city?, kinds, topics} → {id, secret}. The secret is shown this once."""
    house.gateway_hosts.check(args["url"])
    for field, known in (("kinds", {*KINDS, "emergency", "exercise"}), ("topics", set(TOPICS))):
        if wrong := sorted(set(args[field]) - known):
            raise Refused(f"There is no {wrong[0]!r} among the {field}: use {', '.join(sorted(known))}.")
    now, vault, secret = house.clock(), house.keys.vault, secrets.token_urlsafe(32)
    async with house.db.write() as session:
        tenant, association = await _place(session, args)
        row = Gateway(tenant=tenant, id=ids.new_id(), association=association, name=args["name"])
        row.url, row.secret = vault.encrypt(tenant, args["url"]), vault.encrypt(tenant, secret)
        row.kinds, row.topics = sorted(set(args["kinds"])), sorted(set(args["topics"]))
        row.created_at = row.changed_at = now
        session.add(row)
        await audit.write(session, tenant, None, "gateway.added", row.id, {"name": row.name}, now)
        return {"id": row.id, "secret": secret}


async def _place(session: AsyncSession, args: Mapping[str, Any]) -> tuple[str, str | None]:
    """→ tenant and association; None: the whole city."""
    if args.get("association"):
        place = await places.association(session, args["association"], args.get("city"))
        return place.tenant, place.id
    cities = await places.cities(session, args.get("city"))
    if len(cities) > 1:
        raise Refused(f"Say which city with --city: {', '.join(row.tenant for row in cities)}.")
    return cities[0].tenant, None


async def remove(house: House, args: Mapping[str, Any], progress: Progress) -> Result:  # noqa: ARG001
    """{id} → {name}. What it was told stays on record; what waits for it is not sent."""
    now = house.clock()
    async with house.db.write() as session:
        row = await _found(session, args["id"])
        row.state, row.changed_at = "removed", now
        await audit.write(session, row.tenant, None, "gateway.removed", row.id, {"name": row.name}, now)
        return {"name": row.name}


async def test(house: House, args: Mapping[str, Any], progress: Progress) -> Result:  # noqa: ARG001
    """{id} → {taken, code, said}: one call, now, that says nothing but that it is a test."""
    vault, now, delivery = house.keys.vault, house.clock(), ids.new_id()
    async with house.db.read() as session:
        row = await _found(session, args["id"])
        url, secret = vault.decrypt(row.tenant, row.url), vault.decrypt(row.tenant, row.secret)
    body = told(
        delivery=delivery,
        event="test",
        said=None,
        revision=0,
        association=None,
        origin=house.settings.origin,
        at=now,
    )
    from notices.channels.gateway import GatewayCaller  # and aiohttp with it, 8 MB: with the first call

    caller = GatewayCaller(house.gateway_hosts)
    try:
        outcome = await caller.call(url, body, headers(secret, body, "test", delivery, now))
    finally:
        await caller.close()
    if isinstance(outcome, Sent):
        return {"taken": True, "code": outcome.code, "said": ""}
    return {"taken": False, "code": getattr(outcome, "code", None), "said": REASONS[outcome.reason]}


async def rows(session: AsyncSession, house: House, city: str | None) -> list[dict[str, Any]]:
    """The gateways there are. Of the address only where it leads: its path may be a right."""
    tenants = [row.tenant for row in await places.cities(session, city)]
    found = await listed(session, tenants)
    named = select(Association.id, Association.slug).where(Association.tenant.in_(tenants))
    slugs = {id: slug for id, slug in await session.execute(named)}
    return [
        {
            "id": row.id,
            "name": row.name,
            "city": row.tenant,
            "association": slugs.get(row.association) if row.association else None,
            "host": _host(house.keys.vault.decrypt(row.tenant, row.url)),
            "kinds": row.kinds,
            "topics": row.topics,
            "failures": row.failures,
        }
        for row in found
    ]


def _host(url: str) -> str:
    return "/".join(url.split("/")[:3])


async def _found(session: AsyncSession, id: str) -> Gateway:
    query = select(Gateway).where(Gateway.id == id, Gateway.state == "live") if ids.is_id(id) else None
    row = None if query is None else await session.scalar(query)
    if row is None:
        raise Refused("There is no gateway of that id: `kairan gateway list` shows them.")
    return row
