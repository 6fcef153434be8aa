"""The health of destinations: which are open, which rest and why, learned from what they answer.

A pause is one row and not an UPDATE of all that waits. Every worker reads it when it looks for work and again when it
claims. A lane that had trouble is tried with a few messages first: see claim.PROBE.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any, Final, NamedTuple, Protocol, cast

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from notices.deliver.in_hand import EXPRESS
from notices.due import upsert
from notices.models import City, Lane, Message
from notices.outcomes import Later, Outcome, Sent, lane_pause, troubles_the_lane
from notices.waits import LANE_PAUSE, LONGEST_PAUSE, spread
from sync import Question, ask

IN_A_ROW: Final = 20
"""Troubles without anything taken in between, and we rest the lane though it did not ask for it."""
_HEARSAY: Final = timedelta(seconds=1)
"""So long a process believes what it has read of a lane that is well: what another learns is heard a little later."""
_NEWS: Final = timedelta(minutes=1)
"""How stale `last_ok_at` may get: a healthy lane writes one row a minute, not one a batch."""


@dataclass(frozen=True, slots=True)
class Opening:
    """Work for one task: what waits for a destination. `express`: its emergencies, and nothing else."""

    channel: str
    lane: str
    express: bool = False


_lane = cast(Table, Lane.__table__).c
_message = cast(Table, Message.__table__).c
_HEALTH: Final = Question(
    lambda _dialect: select(_lane.paused_until, _lane.asked, _lane.troubles).where(
        _lane.channel == bindparam("channel"), _lane.name == bindparam("lane")
    )
)


def waits(now: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """Due (what does not wait has no time), and of no city that is on hold. The index alone can tell."""
    held = select(City.tenant).where(City.on_hold.is_(True))
    return and_(Message.due_at <= now, Message.tenant.not_in(held))


IN_HAND: Final = and_(Message.state == literal_column("'sending'"), Message.channel > literal_column("''"))
"""Some worker has it. Written out, as the index of what is in hand is of these."""


def rests(now: datetime) -> ColumnElement[bool]:
    """Of a row of `lane`: paused now."""
    return and_(Lane.paused_until > now, Lane.paused_until < now + LONGEST_PAUSE)


async def open_lanes(session: AsyncSession, now: datetime) -> Sequence[Opening]:
    """Every destination that has something due and does not rest. Emergencies heed only a pause that was asked for."""
    found = await session.execute(_waiting(), {"now": now})
    rows = [
        Opening(channel, lane, express)
        for channel, lane, *there in found
        for express, is_there in zip((True, False), there, strict=True)
        if is_there
    ]
    resting = await session.scalars(select(Lane).where(rests(now)))
    shut = {(row.channel, row.name): row.asked for row in resting}
    open_ = [row for row in rows if not _keeps(row, shut.get((row.channel, row.lane)))]
    return sorted(open_, key=lambda row: (not row.express, row.channel, row.lane))


@cache
def _waiting() -> Select[str, str, bool, bool]:
    """From one destination to the next by the index: what waits for each is not counted, be it a town's mails."""

    def least(column: ColumnElement[str], *where: ColumnElement[bool]) -> ColumnElement[Any]:
        return select(func.min(column)).where(_message.due_at.is_not(None), *where).scalar_subquery()

    channel = select(least(_message.channel).label("name")).cte("channels", recursive=True)
    channel = channel.union_all(
        select(least(_message.channel, _message.channel > channel.c.name)).where(channel.c.name.is_not(None))
    )
    first = least(_message.lane, _message.channel == channel.c.name).label("name")
    lane = select(channel.c.name.label("channel"), first).where(channel.c.name.is_not(None))
    lane_ = lane.cte("lanes", recursive=True)
    here = _message.channel == lane_.c.channel
    further = least(_message.lane, here, _message.lane > lane_.c.name)
    lane_ = lane_.union_all(select(lane_.c.channel, further).where(lane_.c.name.is_not(None)))
    here = and_(_message.channel == lane_.c.channel, _message.lane == lane_.c.name)

    def one(*urgencies: str) -> ColumnElement[bool]:
        its = [here, waits(bindparam("now", type_=_message.due_at.type))]
        return or_(*(exists().where(_message.urgency == each, *its) for each in urgencies))

    found = select(lane_.c.channel, lane_.c.name, one(EXPRESS), one("urgent", "ordinary"))
    return found.where(lane_.c.name.is_not(None))


def _keeps(row: Opening, asked: bool | None) -> bool:
    """Whether this work must wait for a pause; `asked` is None where there is none."""
    return asked is not None and (asked or not row.express)


class Health(NamedTuple):
    """Of a lane that has ever said something."""

    paused_until: datetime | None
    asked: bool
    troubles: int


async def health(session: AsyncSession, channel: str, lane: str) -> Health | None:
    rows = await ask(session, _HEALTH, channel=channel, lane=lane)
    return Health._make(rows[0]) if rows else None


class Resting(Protocol):
    @property
    def paused_until(self) -> datetime | None: ...
    @property
    def asked(self) -> bool: ...


def is_shut(row: Resting | None, now: datetime, *, express: bool) -> bool:
    if row is None or row.paused_until is None or not now < row.paused_until < now + LONGEST_PAUSE:
        return False
    return row.asked or not express


@dataclass(slots=True)
class _Tally:
    """What one settle says of one lane."""

    taken: int = 0
    troubles: int = 0
    newest: Later | None = None
    pause: timedelta | None = None
    asked: bool = False

    def add(self, outcome: Outcome, rng: Random) -> None:
        self.taken += isinstance(outcome, Sent)
        if isinstance(outcome, Later) and troubles_the_lane(outcome):
            self.troubles, self.newest = self.troubles + 1, outcome
            if (pause := lane_pause(outcome, rng)) is not None:
                self.pause = max(pause, self.pause or pause)
                self.asked |= outcome.code is not None


async def learn(
    session: AsyncSession,
    outcomes: Sequence[tuple[str, str, Outcome]],
    rng: Random,
    now: datetime,
    seen_well: dict[tuple[str, str], datetime],
) -> None:
    """`outcomes`: (channel, lane, an answer). Lanes are locked in one order.

    `seen_well`: kept by a process from call to call; when the row of a lane last said that all is well.
    """
    tallies: Mapping[tuple[str, str], _Tally] = defaultdict(_Tally)
    for channel, lane, outcome in outcomes:
        tallies[channel, lane].add(outcome, rng)
        if tallies[channel, lane].troubles:
            seen_well.pop((channel, lane), None)
    taken = [lane for lane, tally in tallies.items() if tally.taken and not _lately(seen_well.get(lane), now)]
    known_well = await _known_well(session, taken, now) if taken else ()
    seen_well |= dict.fromkeys(known_well, now)
    for (channel, lane), tally in sorted(tallies.items(), key=lambda each: each[0]):
        if tally.pause is not None or (tally.troubles and not tally.taken):
            await _trouble(session, channel, lane, tally, rng, now)
        elif (channel, lane) in taken and (channel, lane) not in known_well:
            await _well(session, channel, lane, now)


def _lately(at: datetime | None, now: datetime) -> bool:
    return at is not None and timedelta(0) <= now - at < _HEARSAY


async def _known_well(
    session: AsyncSession, lanes: Collection[tuple[str, str]], now: datetime
) -> Collection[tuple[str, str]]:
    """Those of which nothing new is to be said: most."""
    query = select(Lane.channel, Lane.name).where(
        tuple_(Lane.channel, Lane.name).in_(sorted(lanes)), Lane.troubles == 0, Lane.last_ok_at > now - _NEWS
    )
    return {(channel, name) for channel, name in await session.execute(query)}


async def _well(session: AsyncSession, channel: str, lane: str, now: datetime) -> None:
    values = {"troubles": 0, "last_ok_at": now}
    statement = upsert(session, Lane.__table__).values(channel=channel, name=lane, asked=False, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["channel", "name"], set_=values))


async def _trouble(
    session: AsyncSession, channel: str, lane: str, tally: _Tally, rng: Random, now: datetime
) -> None:
    newest = tally.newest
    assert newest is not None
    said = {"reason": newest.reason, "code": newest.code, "last_trouble_at": now}
    statement = upsert(session, Lane.__table__).values(
        channel=channel, name=lane, asked=False, troubles=tally.troubles, **said
    )
    more = {"troubles": Lane.troubles + tally.troubles}
    statement = statement.on_conflict_do_update(index_elements=["channel", "name"], set_=said | more)
    in_a_row = await session.scalar(statement.returning(Lane.troubles)) or 0
    if tally.pause is not None:
        await _pause(session, channel, lane, tally.pause, now, asked=tally.asked)
    elif in_a_row >= IN_A_ROW:
        await _pause(session, channel, lane, spread(LANE_PAUSE, rng), now, asked=False)


async def _pause(
    session: AsyncSession, channel: str, lane: str, pause: timedelta, now: datetime, *, asked: bool
) -> None:
    """Never shorter than a pause that runs already."""
    until = literal(now + pause, Lane.paused_until.type)
    longer = and_(rests(now), Lane.paused_until > until)
    rows = update(Lane).where(Lane.channel == channel, Lane.name == lane)
    rows = rows.values(
        paused_until=case((longer, Lane.paused_until), else_=until),
        asked=case((and_(rests(now), Lane.asked.is_(True)), True), else_=asked),
    )
    await session.execute(rows.execution_options(synchronize_session=False))
