"""The walking list: the doors left of a circular or an alarm, block by block, in the order in which its leader walks.

A home that has become a part of another is left behind that one's door: nobody is sent to where it was.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from notices.alarm.kinds import PROVEN
from notices.errors import NoStampAsked
from notices.ledger import reach
from notices.ledger.doors import doors
from notices.models import Notice, NoticeHousehold
from notices.privacy.naming import Reader
from notices.safety import joined
from notices.safety.joined import Link

Body = dict[str, Any]
_KEPT = ("household", "name", "paper", "grade", "notHomeAt", "doorAt", "nowIn")


async def doors_left(
    session: AsyncSession,
    notice: Notice,
    blocks: Collection[str] | None = None,
    reader: Reader = "officer",
) -> Sequence[Body]:
    """A block with its doors, in the association's order; a block that is done has none. Raises NoStampAsked.

    `livesIn`: the home that this one is a part of now, whose place in the walk it has, where that block is in the list;
    `gone`: nobody lives there, nor with another home.
    """
    if notice.kind not in PROVEN:
        raise NoStampAsked()
    lines = await reach.ledger(session, notice, blocks)
    rows = [row for row in await doors(session, notice, blocks, reader) if row["grade"] != "stamped"]
    left = _by_block(rows, await _links(session, notice, rows), {line.block for line in lines})
    return [
        {
            "block": line.block,
            "name": line.name,
            "households": line.households,
            "doors": sorted(left[line.block], key=lambda door: door["walk"]),
        }
        for line in lines
    ]


async def _links(session: AsyncSession, notice: Notice, rows: Sequence[Body]) -> Mapping[str, Sequence[Link]]:
    ended = [row["household"] for row in rows if row["gone"]]
    return await joined.links(session, notice, NoticeHousehold.household.in_(ended)) if ended else {}


def _by_block(
    rows: Sequence[Body], links: Mapping[str, Sequence[Link]], listed: Collection[str]
) -> Mapping[str, list[Body]]:
    """As they were asked, which is the order of those that share a door."""
    left: dict[str, list[Body]] = defaultdict(list)
    for row in rows:
        last = links[row["household"]][-1] if row["household"] in links else None
        there = last if last is not None and last.block in listed else None
        block, walk = (there.block, there.walk) if there else (row["block"], row["walk"])
        lives = {"gone": row["gone"] and last is None, "livesIn": last and last.told()}
        left[block].append({name: row[name] for name in _KEPT} | {"walk": walk} | lives)
    return left
