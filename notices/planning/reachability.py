"""The homes that cannot be reached now, each with why and what an officer can do about it. Homes on paper are none of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.models import Household
from notices.planning import ways
from notices.town import directory

Body = dict[str, Any]
QUIET: Final = "quiet"
"""All that is live are pushes to phones that nobody has used for ways.QUIET."""

REMEDIES: Final[Mapping[str, tuple[str, ...]]] = {
    "gone": ("mail", "slip", "paper"),
    "failing": ("mail", "slip", "paper"),
    # The phone is there; its owner has to allow notifications, at best with somebody beside them.
    "no-push": ("visit", "mail", "paper"),
    # Their own wish is not to be undone by an address: somebody asks what would suit them.
    "stopped": ("visit", "paper"),
    "never": ("slip", "mail", "paper"),
    QUIET: ("visit", "slip", "paper"),
}
"""What helps, best first: `slip` a new slip for a phone, `mail` an address, `visit` a word at the door, `paper` the sheet."""


async def unreachable(session: AsyncSession, tenant: str, association: str, now: datetime) -> Body:
    """How many homes there are, how many of them cannot be reached, and these in walking order of their blocks."""
    why = await _why(session, tenant, association, now)
    everybody = await directory.people(session, tenant, association)
    blocks = {block["id"]: block["name"] for block in everybody["blocks"]}
    homes = [
        {
            "household": home["id"],
            "name": home["name"],
            "block": home["block"],
            "blockName": blocks.get(home["block"], ""),
            "walk": home["walk"],
            "why": why[home["id"]],
            "remedies": list(REMEDIES[why[home["id"]]]),
            "people": [
                {"id": person["id"], "name": person["name"], "slip": person["slip"]}
                for person in home["people"]
            ],
        }
        for home in everybody["households"]
        if home["id"] in why
    ]
    return {"households": len(everybody["households"]), "unreachable": len(homes), "homes": homes}


async def _why(session: AsyncSession, tenant: str, association: str, now: datetime) -> dict[str, str]:
    """Household → a key of REMEDIES."""
    way = ways.way(ways.used_lately(now), ways.About(association)).label("way")
    homes = select(Household.id, way).where(ways.here(tenant, association), Household.paper.is_(False))
    each = homes.subquery()
    query = select(each.c.id, each.c.way).where(each.c.way != ways.WELL)
    return {home: QUIET if why == ways.SLOW else why for home, why in await session.execute(query)}
