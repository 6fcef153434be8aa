"""A SHEET IS PRINTED here: the text, and the list of those homes of a block that are on paper now and not yet told.

Nobody keeps such a list: it is made from the roster at the moment of printing, so a home that changes to the phone is
missing from the next print by itself. What was printed is kept (number, code, lines): the paper that comes back is that
print, whatever has changed since.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit, ids
from notices.enrolment import codes
from notices.errors import NoStampAsked, Withdrawn, WrongState
from notices.models import Block, Household, Notice, NoticeHousehold, Sheet, SheetHome
from notices.sheets import sheet_records
from notices.sheets.sheet_errors import NobodyOnPaper
from notices.tokyo import wire
from notices.town.standing import Standing

Body = dict[str, Any]
_row = NoticeHousehold


@dataclass(frozen=True, slots=True)
class Line:
    household: str
    name: str
    walk: int


@dataclass(frozen=True, slots=True)
class Lines:
    """Of one block, in walking order."""

    block: str
    name: str
    homes: Sequence[Line]


async def on_paper(
    session: AsyncSession, notice: Notice, blocks: Collection[str] | None = None
) -> Sequence[Lines]:
    """By block, in the association's order; blocks without such homes are left out. `blocks` limits it to these."""
    query = (
        select(_row.block, Block.name, _row.household, Household.name, _row.walk)
        .join(Household, (Household.tenant == _row.tenant) & (Household.id == _row.household))
        .join(Block, (Block.tenant == _row.tenant) & (Block.id == _row.block))
        .where(_row.tenant == notice.tenant, _row.notice == notice.id, _row.stamped_at.is_(None))
        .where(Household.on_paper, Household.left_at.is_(None))
        .order_by(Block.position, _row.block, _row.walk, _row.household)
    )
    if blocks is not None:
        query = query.where(_row.block.in_(blocks))
    homes: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for block, block_name, household, name, walk in (await session.execute(query)).all():
        homes[block, block_name].append(Line(household, name, walk))
    return [Lines(block, name, lines) for (block, name), lines in homes.items()]


async def make(
    session: AsyncSession,
    by: Standing,
    notice: Notice,
    blocks: Collection[str] | None,
    source: Random,
    now: datetime,
) -> Sequence[Body]:
    """A print for each of these blocks; where the newest print still says the same, that one once more.

    Raises NoStampAsked, Withdrawn, WrongState, NobodyOnPaper.
    """
    _insist_on_round(notice)
    # Two who print at the same moment get two numbers, or the same print.
    await session.refresh(notice, with_for_update=True)
    wanted = await on_paper(session, notice, blocks)
    if not wanted:
        raise NobodyOnPaper()
    newest = await _newest(session, notice)
    return [
        await _print(session, by, notice, lines, newest.get(lines.block), source, now) for lines in wanted
    ]


def _insist_on_round(notice: Notice) -> None:
    if notice.kind != "circular":
        raise NoStampAsked()
    if notice.state == "withdrawn":
        raise Withdrawn()
    if notice.state != "published":
        raise WrongState(state=notice.state)


async def _newest(session: AsyncSession, notice: Notice) -> Mapping[str, Sheet]:
    """By block."""
    query = select(Sheet).where(Sheet.tenant == notice.tenant, Sheet.notice == notice.id)
    return {sheet.block: sheet for sheet in await session.scalars(query.order_by(Sheet.number))}


async def _print(
    session: AsyncSession,
    by: Standing,
    notice: Notice,
    lines: Lines,
    before: Sheet | None,
    source: Random,
    now: datetime,
) -> Body:
    sheet = before if before is not None and await _says_the_same(session, notice, lines, before) else None
    if sheet is None:
        sheet = Sheet(
            tenant=notice.tenant,
            id=ids.new_id(),
            association=notice.association or "",
            notice=notice.id,
            block=lines.block,
            number=1 + (before.number if before else 0),
            code=await _free_code(session, notice, source),
            revision=notice.revision,
            round=notice.stamp_round,
            printed_by=by.person,
            printed_at=now,
        )
        session.add(sheet)
        for place, line in enumerate(lines.homes, 1):
            session.add(SheetHome(tenant=sheet.tenant, sheet=sheet.id, household=line.household, place=place))
        sheet_records.write(session, sheet, body_of(sheet, lines))
        detail = {"notice": notice.id, "number": sheet.number, "homes": len(lines.homes)}
        await audit.write(session, by.tenant, by.person, "sheet.printed", lines.block, detail, now)
    return body_of(sheet, lines) | {"blockName": lines.name}


async def _says_the_same(session: AsyncSession, notice: Notice, lines: Lines, sheet: Sheet) -> bool:
    query = select(SheetHome.household).where(SheetHome.tenant == sheet.tenant, SheetHome.sheet == sheet.id)
    listed = (await session.scalars(query.order_by(SheetHome.place))).all()
    same_text = (sheet.revision, sheet.round) == (notice.revision, notice.stamp_round)
    return same_text and list(listed) == [line.household for line in lines.homes]


async def _free_code(session: AsyncSession, notice: Notice, source: Random) -> str:
    while True:
        code = codes.new_code(source, codes.SHEET)
        taken = select(func.count()).where(
            Sheet.tenant == notice.tenant, Sheet.association == notice.association, Sheet.code == code
        )
        if not await session.scalar(taken):
            return code


def body_of(sheet: Sheet, lines: Lines) -> Body:
    """As phones of leaders and officers hold it, so that a code can be keyed without a signal."""
    return {
        "sheet": sheet.id,
        "notice": sheet.notice,
        "block": sheet.block,
        "number": sheet.number,
        "code": codes.shown(sheet.code),
        "round": sheet.round,
        "at": wire(sheet.printed_at),
        "homes": [
            {"household": line.household, "name": line.name, "walk": line.walk} for line in lines.homes
        ],
    }
