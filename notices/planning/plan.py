"""WHO GETS IT HOW IS PLANNED here: a revision becomes deliveries, chunk by chunk, in the order of households.

A chunk and its progress are one transaction and a delivery's key is unique, so a killed planner neither loses nor
doubles anybody. A person hears by the first channel they have, in an emergency by all; what follows where nobody answers
is the ladder's (ladder/).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import ColumnElement, and_, case, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import due, many, packed
from notices.ladder import steps
from notices.ledger import reach
from notices.many import Bare
from notices.models import City, Notice, NoticeHousehold, Planning
from notices.planning import counted, messages, misgivings
from notices.planning.recipients import firsts, read
from notices.planning.sharing import Target

FIRST = 4_000
"""Deliveries made in one chunk, at most; whoever else wants to write waits for it on SQLite."""
HOUSEHOLDS = 1_500
"""Households looked at in one chunk."""
BEFORE = 3
"""An audience that is so many times smaller is planned whole, inside the publishing transaction."""
AHEAD = 15
"""Of a larger one a chunk so many times smaller is planned there: the first push leaves behind it."""

_rank = case((Planning.urgency == "emergency", 0), (Planning.urgency == "urgent", 1), else_=2)


async def begin(session: AsyncSession, notice: Notice, resend: str, now: datetime) -> None:
    """Opens the planning of the notice's present revision and does the first chunk of it."""
    planning = Planning(
        tenant=notice.tenant,
        notice=notice.id,
        revision=notice.revision,
        resend=resend,
        urgency=notice.urgency,
        deliveries=0,
        created_at=now,
        due_at=now,
    )
    session.add(planning)
    await session.flush()
    await chunk(session, planning, now)
    if notice.urgency == "emergency":
        due.tap(session, due.Tap.EMERGENCY)


async def next_open(session: AsyncSession, now: datetime) -> Planning | None:
    """The most urgent planning, of these the one that has waited longest; locked. None of a city on hold."""
    query = select(Planning).where(_open(now)).order_by(_rank, Planning.due_at).limit(1)
    return await session.scalar(query.with_for_update(skip_locked=True))


async def next_urgency(session: AsyncSession, now: datetime) -> str | None:
    """Of the next one, be it in somebody else's hands: asked without a lock, for which a press might wait."""
    query = select(Planning.urgency).where(_open(now)).order_by(_rank, Planning.due_at)
    return await session.scalar(query.limit(1))


def _open(now: datetime) -> ColumnElement[bool]:
    held = select(City.tenant).where(City.on_hold.is_(True))
    mine = Planning.closed_at.is_(None), Planning.stopped.is_(None), Planning.due_at <= now
    return and_(*mine, Planning.tenant.not_in(held))


async def postpone(session: AsyncSession, key: tuple[str, str, int], now: datetime) -> None:
    """After a chunk that failed: later, and each time later still. `key`: tenant, notice, revision."""
    planning = await session.get_one(Planning, key)
    planning.attempt, planning.due_at = planning.attempt + 1, now + _wait(planning.attempt)


def put_off(attempt: int) -> timedelta:
    """By how much it has been postponed since it last went on."""
    return sum(map(_wait, range(attempt)), timedelta(0))


def _wait(attempt: int) -> timedelta:
    return min(timedelta(seconds=30 << min(attempt, 10)), timedelta(hours=1))


async def chunk(session: AsyncSession, planning: Planning, now: datetime) -> Sequence[str]:
    """The next households' deliveries, at most FIRST of them; closes the planning behind the last household.

    → messages that were lost before homes of this chunk joined them: what is urgent goes another way for these, too.
    Where it looks wrong it makes none, and waits for an officer: misgivings.py.
    """
    notice = await session.get_one(Notice, (planning.tenant, planning.notice))
    block_of, more = await _whose_turn(session, planning)
    households = list(block_of)
    found = await read(session, notice, households, now)
    taken, told = _cut(households, {home: firsts(found[home], notice) for home in found})
    made = await messages.prepare(session, notice, planning.revision, steps.FIRST, told, now)
    ends = len(taken) == len(households) and not more
    usual = await misgivings.usual(session, planning)
    why = misgivings.misgiving(planning, usual, len(taken), made.size, ends=ends)
    if why is not None:
        await misgivings.stop(session, planning, why, now)
        await reach.changed(session, notice.tenant, notice.id, now)
        return ()
    await messages.save(session, made)
    if taken:
        planning.after = many.text_of(taken[-1])
    planning.deliveries += made.size
    planning.households += len(taken)
    planning.attempt, planning.due_at = 0, now
    planning.closed_at = now if ends else None
    await _say_so(session, planning, {block_of[household] for household in taken}, now)
    due.tap(session)
    await session.flush()
    await counted.count_what_is_new(session)
    return [many.text_of(message) for message in sorted(made.lost)] if notice.urgency != "ordinary" else ()


async def _say_so(session: AsyncSession, planning: Planning, blocks: set[Bare], now: datetime) -> None:
    """To leaders and officers: of the blocks of this chunk, and at the end of those where nobody is told."""
    if planning.closed_at is not None:
        blocks |= await _left_out(session, planning)
    await reach.changed(session, planning.tenant, planning.notice, now, list(map(many.text_of, blocks)))


async def _left_out(session: AsyncSession, planning: Planning) -> set[Bare]:
    """The blocks of homes that count as planned until the plan ends, and from then on as without a channel."""
    row = NoticeHousehold
    query = select(many.bare(row.block)).where(row.tenant == planning.tenant, row.notice == planning.notice)
    query = query.where(row.planned == 0, row.failed.is_(None)).distinct()
    return set((await session.scalars(query)).all())


async def _whose_turn(session: AsyncSession, planning: Planning) -> tuple[dict[Bare, Bare], bool]:
    """The homes of this chunk → their blocks; and whether there are more behind them."""
    if planning.after is not None:
        homes = await _next_households(session, planning, HOUSEHOLDS)
        return homes, len(homes) == HOUSEHOLDS
    whole = max(HOUSEHOLDS // BEFORE, 1)
    homes = await _next_households(session, planning, whole)
    if len(homes) < whole:
        return homes, False
    return dict(islice(homes.items(), max(HOUSEHOLDS // AHEAD, 1))), True


async def _next_households(session: AsyncSession, planning: Planning, most: int) -> dict[Bare, Bare]:
    """→ their blocks."""
    row = NoticeHousehold
    query = select(row.household, row.block)
    query = query.where(row.tenant == planning.tenant, row.notice == planning.notice)
    if planning.after is not None:
        query = query.where(row.household > planning.after)
    if planning.resend == "unstamped":
        query = query.where(row.stamped_at.is_(None))
    each = query.order_by(row.household).limit(most).subquery()
    homes = packed.gathered(each.c.household, embedded=many.embedded(session))
    blocks = await session.execute(select(many.bare(each.c.block), *homes).group_by(each.c.block))
    block_of = {home: block for block, *homes in blocks for (home,) in packed.apart(homes, 1)}
    return dict(sorted(block_of.items()))


def _cut(
    households: Sequence[Bare], homes: Mapping[Bare, Sequence[Target]]
) -> tuple[Sequence[Bare], dict[Bare, Sequence[Target]]]:
    """Whole households, as many as keep the chunk small; always one at least."""
    chosen: dict[Bare, Sequence[Target]] = {}
    size = 0
    for position, household in enumerate(households):
        mine = homes.get(household, ())
        if position and size + len(mine) > FIRST:
            return households[:position], chosen
        chosen[household], size = mine, size + len(mine)
    return households, chosen
