"""The ledger: what is known about each household and a notice. Its columns always add up to its households.

Each row counts in exactly one grade, its highest. The facts are columns of the row, so a ledger is one indexed read.
"Handed over" is a server's word and never "read"; only a stamp or a visit is a person's.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Update, and_, case, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices import due, many
from notices.ledger import homes
from notices.many import Bare
from notices.models import Block, Notice, NoticeHousehold, Planning, Resident

GRADES = ("noChannel", "planned", "handedOver", "onThePhone", "stamped")
HOWS = ("app", "paper", "told", "answer")
"""Of what is stamped, by what proof."""
DEBOUNCE = timedelta(seconds=1)
CHANGED: Final = "reach"
ANSWERED: Final = "answered"
"""What is due for a block: the same writing for both. Where somebody has said how they are, it stands behind no ledgers of
a town that is only just being written to."""
Body = dict[str, Any]
_row = NoticeHousehold


def grade(planning_open: ColumnElement[bool]) -> ColumnElement[str]:
    """The highest grade of a household's row. While the planning runs, nobody is without a channel yet."""
    undecided = and_(planning_open, _row.failed.is_(None))
    return case(
        (_row.stamped_at.is_not(None), "stamped"),
        (_row.on_phone_at.is_not(None), "onThePhone"),
        (homes.IN_HANDS, "handedOver"),
        (_row.planned > 0, "planned"),
        (undecided, "planned"),
        else_="noChannel",
    )


@dataclass(slots=True)
class BlockLedger:
    block: str
    name: str
    grades: Body
    paper: int = 0
    """Of those without a channel, how many get it on paper: nobody has forgotten them."""
    hows: Body = field(default_factory=lambda: dict.fromkeys(HOWS, 0))
    """Of those that are stamped, by what proof; they add up to them, proxies included."""
    proxies: int = 0
    """Of those that are stamped, for how many somebody else answered."""

    @property
    def households(self) -> int:
        return sum(self.grades.values())

    def count(self, grade: str, how: str | None, homes: int, *, paper: bool, proxy: bool) -> None:
        self.grades[grade] += homes
        self.paper += homes if paper and grade == "noChannel" else 0
        if grade == "stamped":
            self.hows[how or "app"] += homes
            self.proxies += homes if proxy else 0


async def ledger(
    session: AsyncSession, notice: Notice, blocks: Collection[str] | None = None
) -> Sequence[BlockLedger]:
    """A line per block, in the association's order; `blocks` limits it to these."""
    graded = grade(await planning_open(session, notice)).label("grade")
    query = (
        select(Block.id, Block.name, graded, _row.paper, _row.stamped_how, _row.proxy, func.count())
        .select_from(_row)
        .join(Block, (Block.tenant == _row.tenant) & (Block.id == _row.block))
        .where(_row.tenant == notice.tenant, _row.notice == notice.id)
        .group_by(Block.id, Block.name, Block.position, graded, _row.paper, _row.stamped_how, _row.proxy)
        .order_by(Block.position, Block.id)
    )
    if blocks is not None:
        query = query.where(_row.block.in_(blocks))
    lines: dict[str, BlockLedger] = {}
    for block, name, each, paper, how, proxy, count in (await session.execute(query)).all():
        line = lines.setdefault(block, BlockLedger(block, name, dict.fromkeys(GRADES, 0)))
        line.count(each, how, count, paper=paper, proxy=proxy)
    return list(lines.values())


async def counted(session: AsyncSession, notice: Notice) -> dict[str, int]:
    """The whole ledger in one line."""
    graded = grade(await planning_open(session, notice)).label("grade")
    query = select(graded, func.count()).where(_row.tenant == notice.tenant, _row.notice == notice.id)
    found = {name: count for name, count in await session.execute(query.group_by(graded))}
    return {each: found.get(each, 0) for each in GRADES}


def total(lines: Sequence[BlockLedger]) -> Body:
    return {each: sum(line.grades[each] for line in lines) for each in GRADES}


def proofs(lines: Sequence[BlockLedger]) -> Body:
    """How the stamped ones of all these were proved, and for how many of them somebody else answered."""
    hows = {each: sum(line.hows[each] for line in lines) for each in HOWS}
    return {"hows": hows, "proxies": sum(line.proxies for line in lines)}


async def changed(
    session: AsyncSession,
    tenant: str,
    notice: str,
    now: datetime,
    blocks: Collection[str] | None = None,
    *,
    kind: str = CHANGED,
) -> None:
    """The leaders' and officers' copies are due; a second of changes becomes one record."""
    if blocks is None:
        query = select(_row.block).where(_row.tenant == tenant, _row.notice == notice).distinct()
        blocks = (await session.scalars(query)).all()
    subjects = [f"{notice}.{block}" for block in blocks]
    due.soon(session, tenant, kind, subjects, now + DEBOUNCE)


async def planning_open(session: AsyncSession, notice: Notice) -> ColumnElement[bool]:
    query = (
        select(func.count())
        .select_from(Planning)
        .where(Planning.tenant == notice.tenant, Planning.notice == notice.id, Planning.closed_at.is_(None))
    )
    return literal(bool(await session.scalar(query)))


async def settled(
    session: AsyncSession, tenant: str, sent: Collection[Bare], lost: Mapping[Bare, str], now: datetime
) -> None:
    """`sent`: messages that a push or mail server took: every home they were for is a step further. `lost`: those that
    will never arrive, and why: a way less for their homes, and the reason shown; "" shows none.
    """
    await homes.lock_of(session, tenant, [*sent, *lost])
    if sent:
        for notice, blocks in sorted((await homes.hand_over(session, tenant, sent, now)).items()):
            await changed(session, tenant, notice, now, blocks)
    if lost:
        await _take_off_all(session, tenant, lost, now)


async def failed(
    session: AsyncSession, tenant: str, messages: Collection[str], reason: str, now: datetime
) -> None:
    """These will never arrive: so many ways less for their households, and the reason shown."""
    await settled(session, tenant, (), dict.fromkeys(many.bared(session, messages), reason), now)


async def came_back(
    session: AsyncSession, tenant: str, notice: str, households: Collection[str], reason: str, now: datetime
) -> None:
    """Nothing of the notice is in the hands of these homes any more."""
    values = {"came_back_at": now, "failed": reason}
    await _set(session, tenant, notice, _rows(tenant, notice, households), values, now)


async def fewer(session: AsyncSession, tenant: str, messages: Collection[str], now: datetime) -> None:
    """These are not sent because something better is: no failure, only so many ways less."""
    await failed(session, tenant, messages, "", now)


class _Less(NamedTuple):
    """Of one household: so many ways less, and why; "" is no failure."""

    ways: int = 0
    reason: str = ""

    def and_one(self, reason: str) -> "_Less":
        return _Less(self.ways + 1, max(self.reason, reason))


async def _take_off_all(session: AsyncSession, tenant: str, lost: Mapping[Bare, str], now: datetime) -> None:
    less: dict[Bare, dict[Bare, _Less]] = defaultdict(dict)
    for notice, household, message in await homes.of(session, tenant, lost.keys()):
        less[notice][household] = less[notice].get(household, _Less()).and_one(lost[message])
    for notice in sorted(less, key=many.text_of):
        await _take_off(session, tenant, many.text_of(notice), less[notice], now)


async def _take_off(
    session: AsyncSession, tenant: str, notice: str, less_of: Mapping[Bare, _Less], now: datetime
) -> None:
    alike: dict[_Less, list[str]] = defaultdict(list)
    for household, less in less_of.items():
        alike[less].append(many.text_of(household))
    for less, households in sorted(alike.items()):
        left: Body = {"planned": case((_row.planned > less.ways, _row.planned - less.ways), else_=0)}
        values = left | ({"failed": less.reason} if less.reason else {})
        await _set(session, tenant, notice, _rows(tenant, notice, households), values, now)


def _rows(tenant: str, notice: str, households: Collection[str]) -> Update:
    rows = update(_row).where(_row.tenant == tenant, _row.notice == notice, _row.household.in_(households))
    return rows.execution_options(synchronize_session=False)


async def _set(
    session: AsyncSession, tenant: str, notice: str, rows: Update, values: Body, now: datetime
) -> None:
    blocks = set((await session.scalars(rows.values(values).returning(_row.block))).all())
    await changed(session, tenant, notice, now, blocks)


async def on_phones(
    session: AsyncSession, tenant: str, held: Mapping[str, Collection[str]], now: datetime
) -> None:
    """By notice, the people of whom a device presented a cursor that covers it: a town that comes back at once is a few
    statements, and holds up nobody who wants to write.
    """
    lived_in = await _lived_in(session, tenant, {person for people in held.values() for person in people})
    for notice, people in sorted(held.items()):
        households = sorted({home for person in people for home in lived_in[person]})
        await homes.lock(session, tenant, notice, many.bared(session, households))
        rows = _rows(tenant, notice, households).where(_row.on_phone_at.is_(None))
        await _set(session, tenant, notice, rows, {"on_phone_at": now}, now)


async def _lived_in(
    session: AsyncSession, tenant: str, people: Collection[str]
) -> Mapping[str, Collection[str]]:
    """The homes of each today."""
    found: dict[str, list[str]] = defaultdict(list)
    query = select(Resident.person, Resident.household).where(
        Resident.tenant == tenant, Resident.person.in_(people), Resident.until.is_(None)
    )
    for person, household in await session.execute(query):
        found[person].append(household)
    return found
