"""Places are given here, under the lock of the form's row: in the order in which the server was asked, never too many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
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
        given, waiting = await _parties(session, row.tenant, row.notice)
        others = Party("", 0, given - row.people, has=True)
        if not places.may_grow([others, _party(row), *map(_party, waiting)], row.whose, people, form.places):
            raise NoPlacesLeft()
    return Seat(row.turn, row.has_place)


async def call_up(
    session: AsyncSession, notice: Notice, form: Form, now: datetime, just: FormAnswer | None = None
) -> None:
    """Whoever's turn it is has a place now, and is told; `just` has answered this moment, and sees it anyway."""
    if form.kind != "attendance":
        return
    if just is not None and form.places is None:
        just.line = None  # there is room for all, and nobody waits
        return
    given, rows = await _parties(session, notice.tenant, notice.id)
    up = places.called_up([Party("", 0, given, has=True), *map(_party, rows)], form.places)
    for row in rows[: len(up)]:
        row.has_place, row.line = True, None
        if row is not just:
            await form_records.keep(session, row)
            await telling.tell(session, notice, row, now)
    if just is not None:
        waiting = rows[len(up) :]
        just.line = 1 + waiting.index(just) if just in waiting else None
    await session.flush()


async def tell_lines(session: AsyncSession, notice: Notice) -> None:
    """Those who wait see how far they have come."""
    _, waiting = await _parties(session, notice.tenant, notice.id)
    for place, row in enumerate(waiting, 1):
        if row.line != place:
            row.line = place
            await form_records.keep(session, row)


def _party(row: FormAnswer) -> Party:
    return Party(row.whose, row.turn or 0, row.people, row.has_place)


async def _parties(session: AsyncSession, tenant: str, notice: str) -> tuple[int, Sequence[FormAnswer]]:
    """For how many people places are given, and who waits, in the order of their turns."""
    of = (FormAnswer.tenant == tenant, FormAnswer.notice == notice)
    given = await session.scalar(select(func.sum(FormAnswer.people)).where(*of, FormAnswer.has_place))
    waits = select(FormAnswer).where(*of, FormAnswer.people > 0, ~FormAnswer.has_place)
    rows = await session.scalars(waits.order_by(FormAnswer.turn).execution_options(populate_existing=True))
    return given or 0, rows.all()
