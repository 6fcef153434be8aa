"""audit verify."""

import asyncio
import sys
from typing import Any

import click

from server.cli.terminal import aside, json_option, show_json


@click.group()
def audit() -> None:
    """The record of what officers and operators did."""


@audit.command()
@json_option
def verify(as_json: bool) -> None:
    """Check the chain of every city; name where it does not hold. Exit code 1 where it is broken."""
    found = asyncio.run(_verified())
    broken = any(city["breaks"] for city in found)
    if as_json:
        show_json({"ok": not broken, "cities": found})
    for city in [] if as_json else found:
        if not city["breaks"]:
            aside(f"{city['city']}: {city['entries']} entries, the chain holds.")
        for each in city["breaks"]:
            aside(f"{city['city']}: {each}.")
    sys.exit(1 if broken else 0)


async def _verified() -> list[dict[str, Any]]:
    from sqlalchemy import func, select, union

    from notices import audit as records
    from notices.models import Audit, AuditHead, City
    from server.cli.reading import reading

    found = []
    async with reading() as (_, session):
        tenants = union(select(City.tenant), select(AuditHead.tenant), select(Audit.tenant).distinct())
        for tenant in sorted((await session.scalars(tenants)).all()):
            query = select(func.count()).select_from(Audit).where(Audit.tenant == tenant)
            entries = await session.scalar(query)
            breaks = [each async for each in records.breaks(session, tenant)]
            found.append({"city": tenant, "entries": entries, "breaks": breaks})
    return found
