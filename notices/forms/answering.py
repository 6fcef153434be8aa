"""A FORM IS ANSWERED here: by a household or person themselves, or entered from paper by those who go to their door.

What has arrived by the deadline counts, by the server's clock: a phone's clock could be set back. Of two answers of one
household the one pressed later stands, whichever comes first. An answer to a circular is its stamp too.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit, due, ids
from notices.errors import NotFound, Withdrawn
from notices.forms import delegates, form_records, said, seating, shape
from notices.forms.form_errors import FormClosed, NoFormHere, NotYourAnswer
from notices.forms.said import CHAIR, Said
from notices.forms.shape import Form
from notices.ledger import receipts, stamps
from notices.models import FormAnswer, FormTally, Household, Notice, NoticeHousehold, Resident
from notices.records import audience as places
from notices.town.standing import Standing

COUNT = "form"
"""Of due rows: `form <notice>`, how it stands is told to the officers."""


@dataclass(frozen=True, slots=True)
class Reply:
    """`said.letter`: CHAIR, or the name of whom the letter is given to. `entered`: from paper, by an officer or leader."""

    by: Standing
    device: str
    notice: str
    whose: str
    household: str
    said: Said
    at: datetime
    entered: bool = False


@dataclass(frozen=True, slots=True)
class _Asked:
    """`block`: of the household; `counted`: whether it was there when the notice went out."""

    notice: Notice
    form: Form
    block: str
    counted: bool


async def lock(session: AsyncSession, tenant: str, notices: Collection[str]) -> None:
    """In one order, before answers to several forms are taken in one transaction; what a form asks is read after it."""
    known = sorted(notice for notice in set(notices) if ids.is_id(notice))
    query = select(FormTally).where(FormTally.tenant == tenant, FormTally.notice.in_(known))
    query = query.order_by(FormTally.notice).with_for_update()
    await session.scalars(query.execution_options(populate_existing=True))


async def answer(session: AsyncSession, reply: Reply, now: datetime) -> bool:
    """→ whether it stands; False where a newer one is there. Raises NotFound, Withdrawn, and what form_errors.py has."""
    await lock(session, reply.by.tenant, [reply.notice])
    asked = await _asked(session, reply, now)
    speaks = await _speaks(session, reply, asked)
    given, letter_to = await _read(session, reply, asked)
    key = (reply.by.tenant, reply.notice)
    tally = await session.get_one(FormTally, key)
    row = await session.get(FormAnswer, (*key, reply.whose), populate_existing=True)
    if row is not None and not said.newer(reply.at, given, row.at, said.of_json(row.said)):
        return False
    if row is not None and reply.entered and row.how == "app":
        return False  # what a home has pressed itself is not written over from paper
    people = given.people or 0
    seat = await seating.seat(session, asked.form, tally, row, people)
    if row is None:
        row = FormAnswer(tenant=reply.by.tenant, notice=reply.notice, whose=reply.whose)
        row.has_place, row.turn, row.people = False, None, 0
        session.add(row)
    elif row.person != reply.by.person:
        await form_records.unsay(session, row)
    row.household, row.person, row.how = reply.household, reply.by.person, "paper" if reply.entered else "app"
    row.proxy = speaks == "proxy"
    row.said, row.letter_to, row.again = given.as_json(), letter_to, False
    row.people, row.turn, row.has_place = people, seat.turn, seat.has_place
    row.at, row.received_at = reply.at, now
    await session.flush()
    await seating.call_up(session, asked.notice, asked.form, now, just=row)
    await form_records.keep(session, row)
    await _prove(session, reply, asked, now)
    due.soon(session, reply.by.tenant, COUNT, [reply.notice], now + seating.DEBOUNCE)
    return True


async def _asked(session: AsyncSession, reply: Reply, now: datetime) -> _Asked:
    tenant, known = reply.by.tenant, ids.is_id(reply.notice) and ids.is_id(reply.household)
    notice = await session.get(Notice, (tenant, reply.notice), populate_existing=True) if known else None
    if notice is None or notice.published_at is None:
        raise NotFound()
    row = await session.get(NoticeHousehold, (tenant, reply.notice, reply.household))
    home = await session.get(Household, (tenant, reply.household))
    # What is not theirs looks like what is not there.
    if home is None or (row is None and not _reaches(notice, home)):
        raise NotFound()
    if notice.state == "withdrawn":
        raise Withdrawn()
    if notice.form is None:
        raise NoFormHere()
    if notice.state != "published" or (notice.deadline is not None and notice.deadline <= now):
        raise FormClosed()
    return _Asked(notice, shape.of_json(notice.form), row.block if row else home.block, row is not None)


def _reaches(notice: Notice, home: Household) -> bool:
    """Later joiners see it too, and may answer."""
    blocks = places.blocks_of(notice.audience)
    here = home.association == notice.association and home.left_at is None
    return here and (blocks is None or home.block in blocks)


async def _speaks(session: AsyncSession, reply: Reply, asked: _Asked) -> Literal["own", "proxy", "seat"]:
    """By what right they answer for whom they answer for. Raises NotYourAnswer."""
    by = reply.by
    right: Literal["own", "proxy", "seat"] | None
    per_home = asked.form.per == "household"
    if reply.entered:
        goes_there = by.leads(asked.block) or by.officer_of(asked.notice.association)
        lives = per_home or await _lives(session, reply)
        right = "seat" if goes_there and lives else None
    else:
        right = by.speaks_for_home(reply.household, "answer")
        # A vote, and what is secret, is the home's own.
        if right == "proxy" and (asked.form.secret or asked.form.kind == "assembly"):
            right = None
        # What is asked of a person is theirs to say: nobody else at home sees it, and so nobody answers it for them.
        if not per_home and (right != "own" or reply.whose != by.person):
            right = None
    if right is None or (per_home and reply.whose != reply.household):
        raise NotYourAnswer()
    return right


async def _lives(session: AsyncSession, reply: Reply) -> bool:
    if not ids.is_id(reply.whose):
        return False
    row = await session.get(Resident, (reply.by.tenant, reply.household, reply.whose))
    return row is not None and row.until is None


async def _read(session: AsyncSession, reply: Reply, asked: _Asked) -> tuple[Said, str | None]:
    """The answer as it is kept, and the household that its letter goes to."""
    given = said.checked(asked.form, reply.said)
    if given.letter in (None, CHAIR):
        return given, None
    person, home = await delegates.find(session, asked.notice, given.letter or "", reply.household)
    return Said(letter=person), home


async def _prove(session: AsyncSession, reply: Reply, asked: _Asked, now: datetime) -> None:
    """Whoever has answered has read: the first answer is the household's stamp, whoever may answer for it; from paper a visit."""
    notice, by = asked.notice, reply.by
    if reply.entered:
        detail = {"notice": notice.id}
        await audit.write(session, by.tenant, by.person, "form.entered", reply.whose, detail, now)
    if notice.kind != "circular" or not asked.counted:
        return
    if reply.entered:
        call = receipts.Call(ids.new_id(), notice.id, reply.household, "paper", reply.at)
        await receipts.visit(session, by, call, now)
    else:
        press = stamps.Press(
            by, reply.device, notice.id, reply.household, notice.stamp_round, reply.at, right="answer"
        )
        await stamps.stamp(session, press, now)
