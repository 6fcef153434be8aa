"""The homes that cannot be reached now, each with why and what an officer can do about it. Homes on paper are none of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.models import Household
from notices.planning import ways
from notices.town import directory

Body = dict[str, Any]
QUIET: Final = "quiet"
"""All that is live are pushes to phones that nobody has used for silence.QUIET."""

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
ASKED: Final = ("slip", "visit", "paper")
"""The same for a quiet home that was asked in vain (healing/questions.py): whoever is there needs to enrol again."""


@dataclass(frozen=True, slots=True)
class _Why:
    why: str
    asked: bool
    """In vain, whether all is well."""

    @property
    def remedies(self) -> Sequence[str]:
        return ASKED if self.asked else REMEDIES[self.why]


async def unreachable(session: AsyncSession, tenant: str, association: str, now: datetime) -> Body:
    """How many homes there are, how many of them cannot be reached, and these in walking order of their blocks.

    `onPaper`: homes that were such homes, and now get paper by themselves (healing/paper.py); they are not counted.
    """
    why = await _why(session, tenant, association, now)
    everybody = await directory.people(session, tenant, association)
    blocks = {block["id"]: block["name"] for block in everybody["blocks"]}
    homes = [
        _home(home, blocks) | {"why": found.why, "asked": found.asked, "remedies": list(found.remedies)}
        for home in everybody["households"]
        if (found := why.get(home["id"])) is not None
    ]
    on_paper = [_home(home, blocks) for home in everybody["households"] if home["paperByItself"]]
    return {
        "households": len(everybody["households"]),
        "unreachable": len(homes),
        "homes": homes,
        "onPaper": on_paper,
    }


def _home(home: Body, blocks: Mapping[str, str]) -> Body:
    return {
        "household": home["id"],
        "name": home["name"],
        "block": home["block"],
        "blockName": blocks.get(home["block"], ""),
        "walk": home["walk"],
        "people": [
            {"id": person["id"], "name": person["name"], "slip": person["slip"]} for person in home["people"]
        ],
    }


async def _why(session: AsyncSession, tenant: str, association: str, now: datetime) -> dict[str, _Why]:
    """Household → why, a key of REMEDIES."""
    way = ways.way(ways.used_lately(now), ways.About(association)).label("way")
    asked = ways.asked_in_vain(now).label("asked")
    homes = select(Household.id, way, asked).where(ways.here(tenant, association), ~Household.on_paper)
    each = homes.subquery()
    query = select(each.c.id, each.c.way, each.c.asked).where(each.c.way != ways.WELL)
    return {
        home: _Why(QUIET, asked=bool(asked)) if why == ways.SLOW else _Why(why, asked=False)
        for home, why, asked in await session.execute(query)
    }
