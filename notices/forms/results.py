"""How a form stands: in counts, for the officers' phones within a second or two; home by home for whoever asks."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import due
from notices.forms import counting, form_records, said, seating, shape
from notices.forms.answering import COUNT
from notices.forms.counting import Given
from notices.forms.shape import Form
from notices.models import Block, FormAnswer, FormTally, Household, Notice, NoticeHousehold, Person, Resident
from notices.privacy import naming
from notices.privacy.naming import Reader
from notices.tokyo import wire

Body = dict[str, Any]


async def begin(session: AsyncSession, notice: Notice, now: datetime) -> None:
    """A notice with a form is out, or has one from now on."""
    if notice.form is None or await session.get(FormTally, (notice.tenant, notice.id)) is not None:
        return
    session.add(FormTally(tenant=notice.tenant, notice=notice.id, turns=0, counts={}))
    await session.flush()
    due.soon(session, notice.tenant, COUNT, [notice.id], now)


def followed(session: AsyncSession, notice: Notice, now: datetime) -> None:
    """Its deadline or its end has changed, or what is asked."""
    if notice.form is not None:
        due.soon(session, notice.tenant, COUNT, [notice.id], now)


def closed(notice: Notice, now: datetime) -> bool:
    return notice.state != "published" or (notice.deadline is not None and notice.deadline <= now)


async def write(session: AsyncSession, tenant: str, notice_id: str, now: datetime) -> None:
    """What the due row does: counts anew, tells the officers and those who wait, and comes back when the form closes."""
    tally = await session.get(FormTally, (tenant, notice_id), with_for_update=True)
    notice = await session.get(Notice, (tenant, notice_id))
    if tally is None or notice is None or notice.form is None or tally.forgotten_at is not None:
        return
    form, over = shape.of_json(notice.form), closed(notice, now)
    tally.counts = await counted(session, notice, form)
    form_records.keep_counts(session, notice, form, counting.hidden(form, tally.counts, closed=over))
    if not over:
        await seating.tell_lines(session, notice)
        if notice.deadline is not None:
            await due.put(session, tenant, COUNT, notice_id, notice.deadline)


async def counted(session: AsyncSession, notice: Notice, form: Form) -> Body:
    rows = select(FormAnswer).where(FormAnswer.tenant == notice.tenant, FormAnswer.notice == notice.id)
    given = [
        Given(row.whose, said.of_json(row.said), row.letter_to, row.has_place)
        for row in await session.scalars(rows)
    ]
    return {"asked": await _asked(session, notice, form)} | counting.tally(form, given)


async def _asked(session: AsyncSession, notice: Notice, form: Form) -> int:
    """How many might answer: homes as of publication, or those who live in them now."""
    row = NoticeHousehold
    query = select(func.count()).select_from(row).where(row.tenant == notice.tenant, row.notice == notice.id)
    if form.per == "person":
        lives = (Resident.tenant == row.tenant) & (Resident.household == row.household)
        query = query.join(Resident, lives & Resident.until.is_(None))
    return await session.scalar(query) or 0


async def told(session: AsyncSession, notice: Notice, now: datetime) -> Body:
    """As of this moment; of answers that are gone as they stood last."""
    assert notice.form is not None
    form, over = shape.of_json(notice.form), closed(notice, now)
    tally = await session.get_one(FormTally, (notice.tenant, notice.id))
    counts = dict(tally.counts) if tally.forgotten_at else await counted(session, notice, form)
    head = {"notice": notice.id, "title": notice.title, "form": notice.form, "closed": over}
    return head | {"counts": counting.hidden(form, counts, closed=over)}


async def answers(
    session: AsyncSession, notice: Notice, reader: Reader, blocks: Collection[str] | None = None
) -> list[Body]:
    """Who has answered, in walking order, and what, to those whom privacy/naming.py lets know it. Homes without an answer
    are in it where the form asks homes."""
    assert notice.form is not None
    form = shape.of_json(notice.form)
    if not naming.names_who_answered(reader):
        return []
    rows = await _per_home(session, notice, blocks) if form.per == "household" else []
    rows = rows or await _per_person(session, notice, blocks)
    with_what = naming.names_answers(reader, secret=form.secret)
    names = await _letters(session, [row for *_, row in rows if row is not None])
    return [_line(*line, names) if with_what else _who(*line) for line in rows]


Line = tuple[str, int, str, str, str, FormAnswer | None]
"""Name of the block, place in its walk, name of the home, whose, their name, the answer."""


async def _per_home(session: AsyncSession, notice: Notice, blocks: Collection[str] | None) -> Sequence[Line]:
    row, answer = NoticeHousehold, FormAnswer
    mine = (answer.tenant == row.tenant) & (answer.notice == row.notice) & (answer.whose == row.household)
    query = (
        select(Block.name, row.walk, Household.name, row.household, Household.name, answer)
        .join(Household, (Household.tenant == row.tenant) & (Household.id == row.household))
        .join(Block, (Block.tenant == row.tenant) & (Block.id == row.block))
        .outerjoin(answer, mine)
        .where(row.tenant == notice.tenant, row.notice == notice.id)
        .order_by(Block.position, Block.id, row.walk, row.household)
    )
    if blocks is not None:
        query = query.where(row.block.in_(blocks))
    return [(*line,) for line in (await session.execute(query)).all()]


async def _per_person(
    session: AsyncSession, notice: Notice, blocks: Collection[str] | None
) -> Sequence[Line]:
    answer = FormAnswer
    query = (
        select(Block.name, Household.walk, Household.name, answer.whose, Person.name, answer)
        .join(Household, (Household.tenant == answer.tenant) & (Household.id == answer.household))
        .join(Block, (Block.tenant == Household.tenant) & (Block.id == Household.block))
        .join(Person, (Person.tenant == answer.tenant) & (Person.id == answer.whose))
        .where(answer.tenant == notice.tenant, answer.notice == notice.id)
        .order_by(Block.position, Block.id, Household.walk, answer.whose)
    )
    if blocks is not None:
        query = query.where(Household.block.in_(blocks))
    return [(*line,) for line in (await session.execute(query)).all()]


async def _letters(session: AsyncSession, rows: Sequence[FormAnswer]) -> dict[str, str]:
    """Names of those who hold letters."""
    held = {str(row.said["letter"]) for row in rows if row.letter_to is not None}
    if not held:
        return {}
    query = select(Person.id, Person.name).where(Person.tenant == rows[0].tenant, Person.id.in_(sorted(held)))
    return {id: name for id, name in await session.execute(query)}


def _who(block: str, walk: int, home: str, whose: str, name: str, row: FormAnswer | None) -> Body:
    line: Body = {"block": block, "walk": walk, "home": home, "whose": whose, "name": name}
    if row is None:
        return line | {"answered": False}
    return line | {
        "answered": True,
        "how": row.how,
        "proxy": row.proxy,
        "at": wire(row.at),
        "place": form_records.place_of(row),
    }


def _line(
    block: str, walk: int, home: str, whose: str, name: str, row: FormAnswer | None, names: dict[str, str]
) -> Body:
    line = _who(block, walk, home, whose, name, row)
    if row is None:
        return line
    letter = row.said["letter"]
    return line | {
        "answers": row.said["answers"],
        "people": row.said["people"],
        "letter": letter if row.letter_to is None else {"name": names.get(str(letter), "")},
    }
