"""A notice as its officers see it: the body of the REST answers, of `drafts` records and, once it is out, of `sent`."""

from collections.abc import Hashable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.alarm import kinds
from notices.circulation import recipients
from notices.circulation import records as circulars
from notices.forms import shape
from notices.ledger.reasons import REASONS
from notices.models import City, Notice, Planning
from notices.planning import forecast, ways
from notices.publishing import life
from notices.publishing.compose import Draft
from notices.records import audience as places
from notices.records.placing import files_of
from notices.tokyo import wire
from notices.town.standing import Standing
from sync import Change, record

Body = dict[str, Any]
COUNT: Final = "count"
"""Of due rows: `count <notice>`, told once more as all are planned."""
_COUNTED: Final = "drafts.counted"


def drafted(
    by: Standing, association: str | None, draft: Draft, id: str, title: str, now: datetime
) -> Notice:
    """`association`: None is the city's own."""
    return Notice(
        tenant=by.tenant,
        id=id,
        association=association,
        kind=draft.kind,
        topic=draft.topic,
        title=draft.title,
        body=draft.body,
        audience=dict(draft.audience),
        urgency=kinds.urgency(draft.kind, draft.urgency),
        translations={language: dict(said) for language, said in draft.translations.items()},
        refers_to=draft.refers_to,
        step=draft.step,
        template=draft.template,
        form=None if draft.form is None else shape.as_json(draft.form),
        state="draft",
        revision=1,
        stamp_round=1,
        author=by.person,
        author_name=by.name,
        author_title=title,
        deadline=draft.deadline,
        expires_at=draft.expires_at,
        created_at=now,
    )


async def told(session: AsyncSession, row: Notice, *, with_forecast: bool = True) -> Body:
    """The whole notice, in camelCase, with its forecast unless it is only to be listed.

    A notice that is being planned has none: whoever presses waits for the first push, not for a count of the town. It
    is told once all are planned (COUNT).
    """
    plans = await _open_plans(session, row) if row.state == "published" else ()
    asked = next((reason for reason in plans if reason is not None), None)
    return {
        "id": row.id,
        "association": row.association,
        "circular": row.circular,
        "kind": row.kind,
        "topic": row.topic,
        "title": row.title,
        "body": row.body,
        "urgency": row.urgency,
        "translations": row.translations,
        "refersTo": row.refers_to,
        "step": row.step,
        "template": row.template,
        "audience": dict(row.audience) or "all",
        "files": await files_of(session, row.tenant, row.id),
        "form": row.form,
        "deadline": wire(row.deadline),
        "expiresAt": wire(row.expires_at),
        "state": row.state,
        "revision": row.revision,
        "stampRound": row.stamp_round,
        "author": {"name": row.author_name, "title": row.author_title},
        "createdAt": wire(row.created_at),
        "publishAt": wire(row.publish_at),
        "heldUntil": wire(row.held_until),
        "publishedAt": wire(row.published_at),
        "withdrawnAt": wire(row.withdrawn_at),
        # Why sending has stopped and waits for an officer's word: see misgivings.py.
        "asks": {"reason": asked, "sentence": REASONS[asked]} if asked else None,
        "forecast": await _forecast(session, row) if with_forecast and None not in plans else None,
    }


async def _open_plans(session: AsyncSession, row: Notice) -> Sequence[str | None]:
    """Of each, why it has stopped, if it has."""
    query = select(Planning.stopped).where(Planning.tenant == row.tenant, Planning.notice == row.id)
    return (await session.scalars(query.where(Planning.closed_at.is_(None)))).all()


async def _forecast(session: AsyncSession, row: Notice) -> Body | None:
    """Counted once in a transaction, however often the notice is told in it."""
    if row.association is None:
        return await recipients.forecast(session, row.tenant, row.audience)
    blocks = places.blocks_of(row.audience)
    about = ways.About(row.association, row.topic, row.urgency)
    counted: dict[Hashable, Body] = session.info.setdefault(_COUNTED, {})
    key = (row.tenant, None if blocks is None else tuple(blocks), about)
    if key not in counted:
        counted[key] = await forecast.of_audience(session, row.tenant, row.association, blocks, about)
    return counted[key]


async def keep(session: AsyncSession, row: Notice) -> None:
    """The officers' phones hold every notice of theirs: `drafts` until it is out, `sent` from then on; none that was thrown away
    before it was.

    `sent` stays after a withdrawal, when everybody's copy is gone. Its forecast is the one of this moment, or of a moment
    later (COUNT); who was reached is told by `reach`. Of the city's alarms clerks hold the same.
    """
    if row.association is not None:
        scope = places.officers_scope(row.association)
    elif kinds.direct(row.association, row.kind):
        scope = places.clerks_scope((await session.get_one(City, row.tenant)).id)
    else:
        await circulars.keep(session, row)
        return
    if life.is_thrown_away(row.state, row.published_at):
        record(session, row.tenant, Change(scope, "drafts", row.id, None))
        return
    waiting = row.state in life.WAITING
    body = await told(session, row)
    record(session, row.tenant, Change(scope, "drafts", row.id, body if waiting else None))
    record(session, row.tenant, Change(scope, "sent", row.id, None if waiting else body))


def drop(session: AsyncSession, row: Notice) -> None:
    """A draft that is thrown away."""
    assert row.association is not None
    record(session, row.tenant, Change(places.officers_scope(row.association), "drafts", row.id, None))
