"""Answers that have been kept long enough go, and what an erased person wrote; how the form stood stays, in numbers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.forms import form_records, said, shape
from notices.models import FormAnswer, FormTally, Notice

AT_ONCE = 200
"""Rows in one transaction."""


async def old(session: AsyncSession, tenant: str, before: datetime) -> Sequence[tuple[str, str]]:
    """(notice, whose) of answers to what went out before."""
    query = (
        select(FormAnswer.notice, FormAnswer.whose)
        .join(Notice, (Notice.tenant == FormAnswer.tenant) & (Notice.id == FormAnswer.notice))
        .where(Notice.tenant == tenant, Notice.published_at < before, FormAnswer.received_at < before)
        .limit(AT_ONCE)
    )
    return [(notice, whose) for notice, whose in await session.execute(query)]


async def forget(session: AsyncSession, tenant: str, rows: Sequence[Any], now: datetime) -> None:
    for notice in sorted({notice for notice, _ in rows}):
        tally = await session.get_one(FormTally, (tenant, notice), with_for_update=True)
        tally.forgotten_at = tally.forgotten_at or now
    for notice, whose in rows:
        row = await session.get(FormAnswer, (tenant, notice, whose))
        if row is not None:
            form_records.drop(session, row)
            await session.delete(row)


async def unwrite(session: AsyncSession, tenant: str, person: str) -> None:
    """What somebody wrote in their own words goes; what they chose is a number among numbers."""
    query = select(FormAnswer, Notice.form).join(
        Notice, (Notice.tenant == FormAnswer.tenant) & (Notice.id == FormAnswer.notice)
    )
    # What she entered or said for another home is that home's.
    pressed = and_(FormAnswer.person == person, FormAnswer.proxy.is_(False), FormAnswer.how == "app")
    hers = or_(FormAnswer.whose == person, pressed)
    for row, form in (await session.execute(query.where(FormAnswer.tenant == tenant, hers))).all():
        texts = [each.id for each in shape.of_json(form).questions if each.asks == "text"] if form else []
        kept = said.of_json(row.said)
        row.said = said.Said(
            {id: choice for id, choice in kept.answers.items() if form and id not in texts},
            kept.people,
            kept.letter,
        ).as_json()
        await form_records.keep(session, row)
