"""A clerk's page of one circular: every association, how far it is there. Read from the counts kept, never from ledgers."""

from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.circulation import records
from notices.models import Association, Circulation, Notice
from notices.tokyo import wire

Body = dict[str, Any]


async def of(session: AsyncSession, circular: Notice) -> Body:
    """The circular, and a row per association: those that have not decided first, then by district and name."""
    place = and_(Association.tenant == Circulation.tenant, Association.id == Circulation.association)
    query = select(Circulation, Association.name, Association.district).join(Association, place)
    query = query.where(Circulation.tenant == circular.tenant, Circulation.circular == circular.id)
    rows = [_row(*row) for row in await session.execute(query)]
    rows.sort(key=lambda row: (row["state"] != "received", row["district"], row["name"], row["association"]))
    return {**await records.told(session, circular), "rows": rows}


def _row(row: Circulation, name: str, district: str) -> Body:
    return {
        "association": row.association,
        "name": name,
        "district": district,
        "state": row.state,
        "decidedAt": wire(row.decided_at),
        "by": row.decided_name,
        "reason": row.reason,
        "households": row.households,
        "grades": {name: getattr(row, column.key) for name, column in records.GRADES.items()},
    }
