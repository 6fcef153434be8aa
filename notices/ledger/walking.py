"""The walking list: the doors left of a circular or an alarm, block by block, in the order in which its leader walks."""

from collections.abc import Collection, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from notices.alarm.kinds import STAMPED
from notices.errors import NoStampAsked
from notices.ledger import reach
from notices.ledger.doors import doors
from notices.models import Notice
from notices.privacy.naming import Reader

Body = dict[str, Any]
_KEPT = ("household", "name", "walk", "paper", "grade", "notHomeAt", "doorAt")


async def doors_left(
    session: AsyncSession,
    notice: Notice,
    blocks: Collection[str] | None = None,
    reader: Reader = "officer",
) -> Sequence[Body]:
    """A block with its doors, in the association's order; a block that is done has none. Raises NoStampAsked."""
    if notice.kind not in STAMPED:
        raise NoStampAsked()
    lines = await reach.ledger(session, notice, blocks)
    rows = await doors(session, notice, blocks, reader)
    left = {
        block: [{name: row[name] for name in _KEPT} for row in rows if row["grade"] != "stamped"]
        for block, rows in groupby(rows, key=lambda row: row["block"])
    }
    return [
        {
            "block": line.block,
            "name": line.name,
            "households": line.households,
            "doors": left.get(line.block, []),
        }
        for line in lines
    ]
