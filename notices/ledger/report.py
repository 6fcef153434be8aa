"""What was sent for a notice and what became of it, in words a leader understands."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.ledger.reasons import REASONS
from notices.models import Delivery, Household, Message, Notice
from notices.privacy import naming
from notices.tokyo import wire

ROWS = 5_000
FAILED = ("failed", "gone", "quarantined")
WELL = ("sent", "due", "sending")
_Outcome = tuple[str, str, str | None]
"""Channel, state, reason."""


async def deliveries(session: AsyncSession, notice: Notice) -> dict[str, Any]:
    """Counts by state, the same by channel with the reasons, and a row for each delivery (at most ROWS, what failed first).

    Whose a row is it says by the rule of privacy/naming.py, as doors.py does, and where an officer must mend something;
    else household and name are None. Of the city's own there are no rows: which homes are left, block by block, is reach's to
    say, to whoever looks at them.
    """
    counts = await _counts(session, notice)
    states: Counter[str] = Counter()
    for (_, state, _), n in counts.items():
        states[state] += n
    return {
        "total": states.total(),
        "states": dict(states),
        "channels": _by_channel(counts),
        "rows": [
            {
                **_whose(notice, message, household, name),
                "channel": message.channel,
                "state": message.state,
                "reason": _sentence(message.reason),
                "at": wire(message.settled_at),
            }
            for household, name, message in await _rows(session, notice)
        ],
    }


async def _counts(session: AsyncSession, notice: Notice) -> Counter[_Outcome]:
    kinds = (Message.channel, Message.state, Message.reason)
    query = (
        select(*kinds, func.count())
        .select_from(Delivery)
        .join(Message, (Message.tenant == Delivery.tenant) & (Message.id == Delivery.message))
        .where(Delivery.tenant == notice.tenant, Delivery.notice == notice.id)
        .group_by(*kinds)
    )
    return Counter(
        {(channel, state, reason): n for channel, state, reason, n in await session.execute(query)}
    )


def _by_channel(counts: Counter[_Outcome]) -> list[dict[str, Any]]:
    """The channel with most first; within it the most frequent reasons first."""
    channels: dict[str, dict[str, Any]] = {}
    for (channel, state, reason), n in counts.most_common():
        of = channels.setdefault(
            channel, {"channel": channel, "total": 0, "states": Counter(), "reasons": []}
        )
        of["total"] += n
        of["states"][state] += n
        # What has arrived after all may keep the reason of an earlier try: of no interest to anybody.
        if reason and state != "sent":
            of["reasons"].append({"state": state, "reason": _sentence(reason), "deliveries": n})
    return sorted(channels.values(), key=lambda of: -of["total"])


async def _rows(session: AsyncSession, notice: Notice) -> Sequence[Row[str, str, Message]]:
    if notice.association is None:
        return ()
    order = case((Message.state.in_(FAILED), 0), (Message.state.in_(WELL), 2), else_=1)
    query = (
        select(Delivery.household, Household.name, Message)
        .join(Message, (Message.tenant == Delivery.tenant) & (Message.id == Delivery.message))
        .join(Household, (Household.tenant == Delivery.tenant) & (Household.id == Delivery.household))
        .where(Delivery.tenant == notice.tenant, Delivery.notice == notice.id)
        .order_by(order, Household.block, Household.walk, Delivery.address)
        .limit(ROWS)
    )
    return (await session.execute(query)).all()


def _sentence(reason: str | None) -> str | None:
    return REASONS.get(reason, reason) if reason else None


def _whose(notice: Notice, message: Message, household: str, name: str) -> dict[str, str | None]:
    if naming.names_whose_delivery(notice.kind, failed=message.state in FAILED):
        return {"household": household, "name": name}
    return {"household": None, "name": None}
