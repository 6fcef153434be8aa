"""Rungs are taken, many homes at once: proof ends them, and each other one is a message, a door or a list, and a next rung."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices import due
from notices.ladder import steps, telling
from notices.ladder.beginning import unproven
from notices.ledger import reach
from notices.models import City, Delivery, Household, Message, Notice, NoticeHousehold, Planning, Rung
from notices.planning import messages
from notices.planning.recipients import firsts, targets
from notices.planning.sharing import Target

AT_ONCE: Final = 500
"""Homes in one turn. The worker takes one turn a second: a town is asked again over minutes, not in one herd."""
LATER: Final = timedelta(minutes=1)
"""After a failure."""
_URGENCIES: Final = ("emergency", "urgent", "ordinary")
_row = NoticeHousehold
Key = tuple[str, str, str]
"""Tenant, notice, step."""


async def next_due(session: AsyncSession, now: datetime) -> Key | None:
    """The most urgent step that is due, of these the one that has waited longest. None of a city on hold."""
    held = select(City.tenant).where(City.on_hold.is_(True))
    for urgency in _URGENCIES:
        query = select(Rung.tenant, Rung.notice, Rung.step).where(Rung.urgency == urgency, Rung.at <= now)
        query = query.where(Rung.tenant.not_in(held)).order_by(Rung.at).limit(1)
        if (found := (await session.execute(query)).one_or_none()) is not None:
            return found[0], found[1], found[2]
    return None


async def postpone(session: AsyncSession, key: Key, now: datetime) -> None:
    """After a failure: this step comes later, and the others go on."""
    rows = update(Rung).where(_of(key), Rung.at <= now).values(at=now + LATER)
    await session.execute(rows.execution_options(synchronize_session=False))


def _of(key: Key) -> Any:
    tenant, notice, step = key
    return (Rung.tenant == tenant) & (Rung.notice == notice) & (Rung.step == step)


async def climb(session: AsyncSession, key: Key, now: datetime) -> int:
    """Takes the step for at most AT_ONCE homes; → how many were due."""
    tenant, id, step = key
    query = select(Rung.household).where(_of(key), Rung.at <= now).order_by(Rung.household).limit(AT_ONCE)
    homes = (await session.scalars(query.with_for_update(skip_locked=True))).all()
    notice = await session.get(Notice, (tenant, id)) if homes else None
    # The old rungs go first: the next one of a home may have the same name.
    gone = delete(Rung).where(_of(key), Rung.household.in_(homes))
    await session.execute(gone.execution_options(synchronize_session=False))
    if notice is not None and notice.state == "published":
        await _take(session, notice, step, homes, now)
    return len(homes)


async def _take(
    session: AsyncSession, notice: Notice, step: str, homes: Sequence[str], now: datetime
) -> None:
    blocks = await _unproven(session, notice, homes)
    if not blocks:
        return
    view = await _look(session, notice, list(blocks), now)
    if step in steps.REMINDERS:
        todo = _remind(view, step, now)
    else:
        todo = _Todo()
        for home in blocks:
            _decide(todo, view, home, step, now)
    await _do(session, notice, todo, now)
    await reach.changed(session, notice.tenant, notice.id, now, set(blocks.values()))


async def _unproven(session: AsyncSession, notice: Notice, homes: Sequence[str]) -> Mapping[str, str]:
    """→ Household → block, locked: whoever brings a proof meanwhile comes before this step, or after it. A home that has
    ended is asked no more: nobody is sent to a door behind which nobody lives.
    """
    lives = select(Household.id).where(
        Household.tenant == notice.tenant, Household.id.in_(homes), Household.left_at.is_(None)
    )
    query = (
        select(_row.household, _row.block)
        .where(_row.tenant == notice.tenant, _row.notice == notice.id, _row.household.in_(homes))
        .where(unproven(notice), _row.household.in_(lives))
        .order_by(_row.household)
    )
    return {household: block for household, block in await session.execute(query.with_for_update())}


@dataclass(frozen=True, slots=True)
class _View:
    """What is known of the homes: where they are reached, what has gone where, what is kept back on purpose."""

    notice: Notice
    homes: Mapping[str, Sequence[Target]]
    had: Collection[tuple[str, str]]
    """(person, address) that were to have it since it last went out."""
    got: Collection[tuple[str, str]]
    """… and were not passed over: a mailbox of two people is told when one of them is."""
    held: Mapping[str, datetime]
    """Home → when the last of its messages leaves that waits for a digest or for the morning."""


async def _look(session: AsyncSession, notice: Notice, homes: list[str], now: datetime) -> _View:
    last = select(func.max(Planning.revision)).where(
        Planning.tenant == notice.tenant, Planning.notice == notice.id
    )
    since = await session.scalar(last) or notice.revision
    query = (
        select(
            Delivery.person,
            Delivery.address,
            Delivery.household,
            Message.state,
            Message.due_at,
        )
        .join(Message, (Message.tenant == Delivery.tenant) & (Message.id == Delivery.message))
        .where(Delivery.tenant == notice.tenant, Delivery.notice == notice.id)
        .where(Delivery.revision >= since, Delivery.household.in_(homes))
    )
    had: set[tuple[str, str]] = set()
    got: set[tuple[str, str]] = set()
    held: dict[str, datetime] = {}
    for person, address, household, state, due_at in await session.execute(query):
        had.add((person, address))
        if state != "skipped":
            got.add((person, address))
        if state == "due" and due_at is not None and due_at > now:
            held[household] = max(due_at, held.get(household, due_at))
    found = await targets(session, notice, homes, now)
    wanted = {home: [target for target in found[home] if target.takes] for home in found}
    return _View(notice, wanted, had, got, held)


@dataclass(slots=True)
class _Todo:
    send: dict[str, dict[str, Sequence[Target]]] = field(default_factory=lambda: defaultdict(dict))
    """Step → home → where."""
    mark: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """`door` or `residual` → homes."""
    next: list[tuple[str, str, datetime]] = field(default_factory=list)
    """Home, step, when."""


def _remind(view: _View, step: str, now: datetime) -> _Todo:
    """By each person's first channel. Whoever has the first message still before them needs no second."""
    todo = _Todo()
    if view.notice.deadline is not None and now < view.notice.deadline:
        todo.send[step] = {
            home: firsts(each, view.notice) for home, each in view.homes.items() if home not in view.held
        }
    return todo


def _decide(todo: _Todo, view: _View, home: str, step: str, now: datetime) -> None:
    urgency, kind = view.notice.urgency, view.notice.kind
    if home in view.held:
        todo.next.append((home, step, view.held[home] + steps.first_after(urgency, kind)))
        return
    ways = _ways(view, home)
    reachable = bool(view.homes.get(home))
    taken = steps.taken(urgency, kind, step, now, ways, reachable=reachable)
    if taken.do in (steps.DOOR, steps.RESIDUAL):
        todo.mark[taken.do].append(home)
    elif taken.do is not None:
        todo.send[taken.do][home] = ways[taken.do]
    if taken.then is not None and taken.at is not None:
        todo.next.append((home, taken.then, taken.at))


def _ways(view: _View, home: str) -> dict[str, list[Target]]:
    """Channel step → whom it would tell something: a phone again, a mailbox for the first time."""
    ways: dict[str, list[Target]] = defaultdict(list)
    here = view.homes.get(home, ())
    # By mailbox, not by address: couples share one, and one of them may have had it.
    boxes = {target.lookup for target in here if (target.person, target.address) in view.got}
    for target in here:
        for step, channel in steps.BY_CHANNEL.items():
            new = (target.person, target.address) not in view.had and target.lookup not in boxes
            if channel == target.channel and (new or step == "push-again"):
                ways[step].append(target)
    return ways


async def _do(session: AsyncSession, notice: Notice, todo: _Todo, now: datetime) -> None:
    for step, homes in sorted(todo.send.items()):
        await messages.make(session, notice, notice.revision, step, homes, now)
    for name, marked in sorted(todo.mark.items()):
        column = "door_at" if name == steps.DOOR else "residual_at"
        rows = update(_row).where(_row.tenant == notice.tenant, _row.notice == notice.id)
        rows = rows.where(_row.household.in_(marked)).execution_options(synchronize_session=False)
        await session.execute(rows.values({column: now}))
        if name == steps.RESIDUAL:
            await telling.begin(session, notice, now)
    if todo.next:
        await session.execute(
            due.upsert(session, Rung.__table__).on_conflict_do_nothing(), _rows(notice, todo)
        )
    if todo.send:
        due.tap(session)


def _rows(notice: Notice, todo: _Todo) -> list[dict[str, object]]:
    fixed = {"tenant": notice.tenant, "notice": notice.id, "urgency": notice.urgency}
    return [fixed | {"household": home, "step": step, "at": at} for home, step, at in todo.next]
