"""A sheet comes back: whose it is by its code, and whether a line of it may be recorded. A sentence for every paper that
somebody may hold in their hand.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.enrolment import codes
from notices.ids import is_id
from notices.models import Block, Household, Notice, NoticeHousehold, Sheet, SheetHome
from notices.sheets import printing
from notices.sheets.printing import Line, Lines
from notices.sheets.sheet_errors import (
    NotOnSheet,
    SheetCodeMistyped,
    SheetOfAnotherBlock,
    SheetOfAnotherNotice,
    SheetOutdated,
    SheetUnknown,
    SheetWithdrawn,
)
from notices.town.standing import OFFICERS, Standing

Body = dict[str, Any]


async def find(session: AsyncSession, by: Standing, typed: str) -> Body:
    """The sheet as phones hold it, with `title` and, per home, whether it is `stamped` already.

    Raises SheetCodeMistyped, SheetUnknown, SheetOfAnotherBlock, SheetWithdrawn, SheetOutdated.
    """
    code = codes.read_code(typed, codes.SHEET)
    if code is None:
        raise SheetCodeMistyped()
    sheets = (await session.scalars(_of_code(by, code))).all()
    mine = [sheet for sheet in sheets if by.leads(sheet.block) or by.officer_of(sheet.association)]
    if not sheets:
        raise SheetUnknown()
    if not mine:
        raise SheetOfAnotherBlock(block=await _block_name(session, sheets[0]))
    notice = await _still_asked(session, mine[0])
    homes = await _homes(session, mine[0])
    lines = Lines(mine[0].block, "", [line for line, _ in homes])
    body = printing.body_of(mine[0], lines) | {"title": notice.title}
    stamped = {line.household: done for line, done in homes}
    body["homes"] = [home | {"stamped": stamped[home["household"]]} for home in body["homes"]]
    return body


def _of_code(by: Standing, code: str) -> Select[Any]:
    """In the associations where they have anything to do with paper."""
    here = {held.association for held in by.seats if held.role in (*OFFICERS, "block-leader")}
    wanted: Collection[str] = sorted(each for each in here if each)
    return select(Sheet).where(Sheet.tenant == by.tenant, Sheet.association.in_(wanted), Sheet.code == code)


async def _block_name(session: AsyncSession, sheet: Sheet) -> str:
    block = await session.get(Block, (sheet.tenant, sheet.block))
    return block.name if block else ""


async def _still_asked(session: AsyncSession, sheet: Sheet) -> Notice:
    notice = await session.get(Notice, (sheet.tenant, sheet.notice))
    if notice is None:
        raise SheetUnknown()
    if notice.state == "withdrawn":
        raise SheetWithdrawn(title=notice.title)
    if sheet.round != notice.stamp_round:
        raise SheetOutdated()
    return notice


async def _homes(session: AsyncSession, sheet: Sheet) -> Sequence[tuple[Line, bool]]:
    row = NoticeHousehold
    query = (
        select(SheetHome.household, Household.name, row.walk, row.stamped_at)
        .join(Household, (Household.tenant == SheetHome.tenant) & (Household.id == SheetHome.household))
        .join(row, (row.tenant == SheetHome.tenant) & (row.household == SheetHome.household))
        .where(SheetHome.tenant == sheet.tenant, SheetHome.sheet == sheet.id, row.notice == sheet.notice)
        .order_by(SheetHome.place)
    )
    found = (await session.execute(query)).all()
    return [(Line(household, name, walk), at is not None) for household, name, walk, at in found]


async def insist(session: AsyncSession, notice: Notice, sheet_id: str, household: str) -> None:
    """That this home stood on that sheet, and the sheet is of this notice and counts.

    Raises SheetUnknown, SheetOfAnotherNotice, SheetOutdated, NotOnSheet.
    """
    sheet = await session.get(Sheet, (notice.tenant, sheet_id)) if is_id(sheet_id) else None
    if sheet is None or sheet.association != notice.association:
        raise SheetUnknown()
    if sheet.notice != notice.id:
        raise SheetOfAnotherNotice()
    if sheet.round != notice.stamp_round:
        raise SheetOutdated()
    if await session.get(SheetHome, (sheet.tenant, sheet.id, household)) is None:
        raise NotOnSheet()
