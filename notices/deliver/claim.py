"""Who takes what: the oldest due messages of one lane, under a lease."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import Select, Table, Update, bindparam, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices import many
from notices.deliver import lanes
from notices.deliver.in_hand import COLUMNS, EXPRESS, Claim, Moment, claim_of, lease
from notices.deliver.letters import Office
from notices.many import Bare
from notices.models import Message
from sync import Question, ask

BATCH: Final = {"mail": 64, "push": 1_000, "line": 500}
PROBE: Final = 8
"""Messages tried at once in a lane that had nothing but trouble of late."""
SUSPECTS: Final = 16
"""A batch in which one message may be what kills workers is so much smaller; what killed two goes alone."""
SHARE: Final = 4
"""Of a batch a quarter is kept for what is not urgent: it is overtaken, but never starved."""

_message = cast(Table, Message.__table__)
_c = _message.c


async def claim(
    session: AsyncSession,
    office: Office,
    channel: str,
    lane: str,
    now: Moment,
    *,
    express: bool = False,
    most: int | None = None,
) -> Sequence[Claim]:
    """Each message taken counts as one more attempt. `express`: emergencies alone; else all others.

    `most`: messages at once; without it as many as is right for the channel.
    """
    health = await lanes.health(session, channel, lane)
    if lanes.is_shut(health, now.ours, express=express):
        return ()
    most = PROBE if health is not None and health.troubles else most or BATCH[channel]
    chosen = await _chosen(session, channel, lane, now.ours, most, express=express)
    by_tenant: dict[str, list[Bare]] = defaultdict(list)
    for each in chosen:
        by_tenant[each.tenant].append(each.bare)
    for tenant, bares in by_tenant.items():
        given = {
            "its_tenant": tenant,
            "its_ids": many.listed(session, bares),
            "worker": office.worker,
            "lease_until": now.database + lease(EXPRESS if express else "ordinary"),
        }
        await ask(session, _TAKING, **given)
    return chosen


async def _chosen(
    session: AsyncSession, channel: str, lane: str, now: datetime, most: int, *, express: bool
) -> Sequence[Claim]:
    """The next messages of the lane, locked; the urgent first, with room left for the others."""

    async def oldest(urgency: str, limit: int) -> Sequence[Claim]:
        given = {"channel": channel, "lane": lane, "urgency": urgency, "now": now, "most": limit}
        return [claim_of(row, attempts=1) for row in await ask(session, _OLDEST, **given)]

    if express:
        return _alike(await oldest(EXPRESS, most), most)
    urgent = await oldest("urgent", most)
    others = await oldest("ordinary", max(most - len(urgent), most // SHARE))
    return _alike([*urgent[: most - len(others)], *others], most)


# The statements of every batch are made once.


def _oldest(_dialect: str) -> Select[*tuple[Any, ...]]:
    query = select(*COLUMNS).where(
        _c.channel == bindparam("channel"),
        _c.lane == bindparam("lane"),
        _c.urgency == bindparam("urgency"),
        lanes.waits(bindparam("now", type_=_c.due_at.type)),
        _c.state.in_((literal_column("'due'"), literal_column("'later'"))),
    )
    query = query.order_by(_c.due_at, _c.tenant, _c.id).limit(bindparam("most"))
    return query.with_for_update(skip_locked=True)


def _taking(dialect: str) -> Update:
    """Of rows that are locked."""
    among = many.among(_c.id, "its_ids", embedded=dialect == "sqlite")
    ours = _c.tenant == bindparam("its_tenant"), among
    return (
        update(_message)
        .where(*ours)
        .values(
            state="sending",
            due_at=None,
            worker=bindparam("worker"),
            attempt=_c.attempt + 1,
            lease_until=bindparam("lease_until"),
            crossing_at=None,
        )
    )


_OLDEST: Final = Question(_oldest)
_TAKING: Final = Question(_taking)


def _alike(claims: Sequence[Claim], most: int) -> Sequence[Claim]:
    """Those that have crashed as often as the first: suspects travel in small batches, and in the end alone."""
    if not claims:
        return claims
    crashes = claims[0].crashes
    if crashes:
        most = max(most // SUSPECTS, 1) if crashes == 1 else 1
    return [each for each in claims if each.crashes == crashes][:most]
