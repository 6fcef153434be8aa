"""What was sent for a notice and what became of it, in words a leader understands."""

from collections import Counter
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.models import Delivery, Household, Message, Notice
from notices.reasons import REASONS
from notices.tokyo import wire

ROWS = 5_000
FAILED = ("failed", "gone", "quarantined")


async def deliveries(session: AsyncSession, notice: Notice) -> dict[str, Any]:
    """Counts by state, and a row for each delivery (at most ROWS, what failed first).

    Whose a row is it says of a circular, and where an officer must mend something; else household and name are None,
    as reach.py names no doors of a mere notice either.
    """
    went_well = Message.state.in_(("sent", "due", "sending"))
    query = (
        select(Delivery.household, Household.name, Message)
        .join(Message, (Message.tenant == Delivery.tenant) & (Message.id == Delivery.message))
        .join(Household, (Household.tenant == Delivery.tenant) & (Household.id == Delivery.household))
        .where(Delivery.tenant == notice.tenant, Delivery.notice == notice.id)
        .order_by(went_well, Household.block, Household.walk, Delivery.address)
    )
    rows = (await session.execute(query)).all()
    return {
        "total": len(rows),
        "states": dict(Counter(message.state for _, _, message in rows)),
        "rows": [
            {
                **_whose(notice, message, household, name),
                "channel": message.channel,
                "state": message.state,
                "reason": REASONS.get(message.reason, message.reason) if message.reason else None,
                "at": wire(message.settled_at),
            }
            for household, name, message in rows[:ROWS]
        ],
    }


def _whose(notice: Notice, message: Message, household: str, name: str) -> dict[str, str | None]:
    if notice.kind == "circular" or message.state in FAILED:
        return {"household": household, "name": name}
    return {"household": None, "name": None}
