"""Places are given here, under the lock of the form's row: in the order in which the server was asked, never too many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.forms import form_records, places, telling
from notices.forms.form_errors import NoPlacesLeft
from notices.forms.places import Party
from notices.forms.shape import Form
from notices.models import FormAnswer, FormTally, Notice

DEBOUNCE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Seat:
    turn: int | None = None
    has_place: bool = False


async def seat(
    session: AsyncSession, form: Form, tally: FormTally, row: FormAnswer | None, people: int
) -> Seat:
    """Of whom this answer is, before it is written; the caller holds the lock. Raises NoPlacesLeft."""
    if form.kind != "attendance" or people == 0:
        return Seat()
    if row is None or not row.people:
        tally.turns += 1
        return Seat(tally.turns, form.places is None)
    if row.has_place and form.places is not None:
        parties = [_party(each) for each in await _coming(session, row.tenant, row.notice)]
        if not places.may_grow(parties, row.whose, people, form.places):
            raise NoPlacesLeft()
    return Seat(row.turn, row.has_place)


async def call_up(
    session: AsyncSession, notice: Notice, form: Form, now: datetime, just: FormAnswer | None = None
) -> None:
    """Whoever's turn it is has a place now, and is told; `just` has answered this moment, and sees it anyway."""
    if form.kind != "attendance":
        return
    rows = await _coming(session, notice.tenant, notice.id)
    up = places.called_up([_party(row) for row in rows], form.places)
    by = {row.whose: row for row in rows}
    for whose in up:
        row = by[whose]
        row.has_place, row.line = True, None
        if row is not just:
            await form_records.keep(session, row)
            await telling.tell(session, notice, row, now)
    if just is not None:
        waiting = [row for row in rows if not row.has_place]
        just.line = None if just not in waiting else 1 + waiting.index(just)
    await session.flush()


async def tell_lines(session: AsyncSession, notice: Notice) -> None:
    """Those who wait see how far they have come."""
    waiting = [row for row in await _coming(session, notice.tenant, notice.id) if not row.has_place]
    for place, row in enumerate(waiting, 1):
        if row.line != place:
            row.line = place
            await form_records.keep(session, row)


def _party(row: FormAnswer) -> Party:
    return Party(row.whose, row.turn or 0, row.people, row.has_place)


async def _coming(session: AsyncSession, tenant: str, notice: str) -> Sequence[FormAnswer]:
    """In the order of their turns."""
    query = select(FormAnswer).where(FormAnswer.tenant == tenant, FormAnswer.notice == notice)
    query = query.where(FormAnswer.people > 0).order_by(FormAnswer.turn)
    return (await session.scalars(query.execution_options(populate_existing=True))).all()
