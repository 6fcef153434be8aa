"""A form that is out is corrected: more may be asked, and what was answered is not lost unless an officer says so."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.forms import form_records, places, results, said, seating, shape
from notices.forms.form_errors import FormFixed, OptionHasAnswers, PlacesGiven
from notices.forms.places import Party
from notices.forms.shape import Form, Removed
from notices.models import FormAnswer, FormTally, Notice


async def change(
    session: AsyncSession, notice: Notice, after: Form | None, now: datetime, *, drop: bool
) -> None:
    """Of a published notice; the caller has checked `after`. Raises FormFixed, PlacesGiven, OptionHasAnswers.

    `drop`: an officer knows that answers are lost, and wants it.
    """
    if notice.form is None:
        notice.form = None if after is None else shape.as_json(after)
        await results.begin(session, notice, now)
        return
    before = shape.of_json(notice.form)
    if after is None or (before.kind, before.per, before.secret) != (after.kind, after.per, after.secret):
        raise FormFixed()
    await session.get_one(FormTally, (notice.tenant, notice.id), with_for_update=True)
    query = select(FormAnswer).where(FormAnswer.tenant == notice.tenant, FormAnswer.notice == notice.id)
    rows = list(await session.scalars(query))
    given = places.given([Party(row.whose, row.turn or 0, row.people, row.has_place) for row in rows])
    if after.places is not None and given > after.places:
        raise PlacesGiven(given=given)
    gone = shape.removed(before, after)
    if before.secret and gone and rows:
        raise FormFixed()  # how many have chosen it would say who has
    await _take_away(session, rows, gone, drop=drop)
    notice.form = shape.as_json(after)
    await session.flush()
    await seating.call_up(session, notice, after, now)


def insist_open(notice: Notice, now: datetime) -> None:
    """Whoever has seen how a vote stands does not open it again. Raises FormFixed."""
    if notice.form is None or notice.deadline is None or notice.deadline > now:
        return
    form = shape.of_json(notice.form)
    if form.secret or form.kind == "assembly":
        raise FormFixed()


async def _take_away(session: AsyncSession, rows: list[FormAnswer], gone: Removed, *, drop: bool) -> None:
    left = [(row, said.without(said.of_json(row.said), gone)) for row in rows if gone]
    lost = [(row, rest) for row, rest in left if rest != said.of_json(row.said)]
    if lost and not drop:
        raise OptionHasAnswers(lost=len(lost))
    for row, rest in lost:
        row.said, row.again = rest.as_json(), True
        await form_records.keep(session, row)
