"""The homes that cannot be reached now, each with why and what an officer can do about it. Homes on paper are none of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import quotas
from notices.models import Block, Household
from notices.planning import ways
from notices.town import directory

Body = dict[str, Any]
PAGE: Final = 300
"""Homes told at once: nobody walks more than that with one list in hand."""
QUIET: Final = "quiet"
"""All that is live are pushes to phones that nobody has used for silence.QUIET."""

REMEDIES: Final[Mapping[str, tuple[str, ...]]] = {
    # Until the month is over: a mailbox or the phone's own push needs no such number.
    "line-quota": ("visit", "mail", "paper"),
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

    def as_json(self) -> Body:
        return {"why": self.why, "asked": self.asked, "remedies": list(self.remedies)}


async def unreachable(
    session: AsyncSession, tenant: str, association: str, now: datetime, most: int = PAGE
) -> Body:
    """How many homes there are, how many of them cannot be reached, and the first `most` of these in walking order of
    their blocks: when they are mended, the next ones come.

    `onPaper`: homes that were such homes, and now get paper by themselves (healing/paper.py); they are not counted among
    the unreachable. Of these, too, `most` are told, and `onPaperCount` is how many there are.
    """
    homes = await _in_walking_order(session, tenant, association)
    why = await _why(session, tenant, association, now)
    unreached = [home.id for home in homes if home.id in why]
    fell = [home.id for home in homes if home.fell]
    shown, on_paper = unreached[:most], fell[:most]
    told = await directory.people(session, tenant, association, {*shown, *on_paper})
    blocks = {block["id"]: block["name"] for block in told["blocks"]}
    named = {home["id"]: _home(home, blocks) for home in told["households"]}
    return {
        "households": len(homes),
        "unreachable": len(unreached),
        "homes": [named[id] | why[id].as_json() for id in shown],
        "onPaper": [named[id] for id in on_paper],
        "onPaperCount": len(fell),
    }


async def _in_walking_order(session: AsyncSession, tenant: str, association: str) -> Sequence[Row[str, bool]]:
    """(id, fell): of all homes, whether they fell to paper by themselves."""
    query = (
        select(Household.id, Household.fell_at.is_not(None).label("fell"))
        .join(Block, (Block.tenant == Household.tenant) & (Block.id == Household.block))
        .where(ways.here(tenant, association))
        .order_by(Block.position, Household.walk, Household.id)
    )
    return (await session.execute(query)).all()


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
    about = ways.About(association, spent=quotas.spent(await quotas.standings(session, now)))
    way = ways.way(ways.used_lately(now), about).label("way")
    asked = ways.asked_in_vain(now).label("asked")
    homes = select(Household.id, way, asked).where(ways.here(tenant, association), ~Household.on_paper)
    each = homes.subquery()
    query = select(each.c.id, each.c.way, each.c.asked).where(each.c.way != ways.WELL)
    return {
        home: _Why(QUIET, asked=bool(asked)) if why == ways.SLOW else _Why(why, asked=False)
        for home, why, asked in await session.execute(query)
    }
