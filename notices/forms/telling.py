"""Whoever waited and has a place now is told: by all their channels, as soon as they wish to be disturbed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.memos.rows import Answer, Said
from notices.memos.short_letters import short_of
from notices.memos.telling import to_be_said, write_to
from notices.models import Address, Association, FormAnswer, Memo, Notice, Resident
from notices.outcomes import Skipped
from notices.planning import carried
from notices.vault import Vault
from notices.wording.words import words_of

PLACE: Final = "form-place"


async def tell(session: AsyncSession, notice: Notice, row: FormAnswer, now: datetime) -> None:
    """The household's people, or the person."""
    lives = select(Resident.person).where(
        Resident.tenant == row.tenant, Resident.household == row.household, Resident.until.is_(None)
    )
    people = lives if row.whose == row.household else [row.whose]
    await write_to(session, row.tenant, people, PLACE, notice.id, now)


async def said(
    session: AsyncSession,
    vault: Vault,  # noqa: ARG001 - every room of memos is asked alike
    tenant: str,
    memos: Sequence[Memo],
    now: datetime,  # noqa: ARG001
) -> dict[str, Answer]:
    """Message → what it says, or why it says nothing after all."""
    query = to_be_said(tenant, memos, Notice).add_columns(Association.name)
    here = and_(Association.tenant == Memo.tenant, Association.id == Notice.association)
    query = query.join(Association, here)
    found: dict[str, Answer] = {}
    for memo, notice, address, locale, _, association in (await session.execute(query)).all():
        if why := await _why_not(session, memo, notice, address):
            found[memo.message] = Skipped(why)
            continue
        heading, text = words_of(locale).place
        letter = short_of(notice.id, (heading(notice.title), text), association, locale, f"/n/{notice.id}")
        found[memo.message] = Said(address, letter)
    return found


async def _why_not(session: AsyncSession, memo: Memo, notice: Notice, address: Address) -> str | None:
    if notice.state != "published":
        return "withdrawn"
    lives = select(Resident.household).where(
        Resident.tenant == memo.tenant, Resident.person == memo.person, Resident.until.is_(None)
    )
    homes = [*(await session.scalars(lives)), memo.person]
    row = FormAnswer
    has = select(row.whose).where(row.tenant == memo.tenant, row.notice == notice.id, row.whose.in_(homes))
    if await session.scalar(has.where(row.has_place).limit(1)) is None:
        return "form-changed"
    return None if carried.takes(address, "ordinary") else carried.why_not(address)
