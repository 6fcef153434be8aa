"""A CITY'S CIRCULAR GOES OUT here, and nowhere else: written, sent, and after its hold with every association it is for.

Residents get it through their association (forwarding.py); what they get is a notice like every other.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import insert, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit, due, ids
from notices.approval import asking
from notices.attachments import files
from notices.circulation import nudges, recipients, records
from notices.circulation.errors import AwaitsNobody, CircularExpired, CircularText
from notices.circulation.passage import CIRCULAR_LENGTH
from notices.errors import DeadlinePast, IdTaken, NotAllowed
from notices.forms.form_errors import FormNotForCity
from notices.forms.shape import Form
from notices.gateways import calls
from notices.models import Association, Circulation, Due, Notice
from notices.publishing import drafts, life, publish
from notices.publishing.compose import Draft, checked
from notices.town.standing import Standing

FORWARD: Final = "forward"
"""Of due rows: `forward <circular>.<association>`, of those that forward by themselves."""


async def write(
    session: AsyncSession, by: Standing, draft: Draft, now: datetime, id: str | None = None
) -> Notice:
    """A new draft of the city. Raises what compose.checked and recipients.insist raise, CircularText, IdTaken."""
    if by.clerk is None:
        raise NotAllowed()
    checked(draft, now)
    fits(draft.body)
    may_ask(draft.form)
    await recipients.insist(session, by.tenant, draft.audience)
    if id is not None and await session.get(Notice, (by.tenant, id)) is not None:
        raise IdTaken()
    circular = drafts.drafted(by, None, draft, id or ids.new_id(), by.clerk.title, now)
    session.add(circular)
    await session.flush()
    await files.attach(session, by, circular.id, draft.files, now)
    await records.keep(session, circular)
    await audit.write(session, by.tenant, by.person, "circular.write", circular.id, {"kind": draft.kind}, now)
    return circular


def may_ask(form: Form | None) -> None:
    """Each association's copy is answered for itself: a vote is an association's, and places are not shared out."""
    if form is not None and (form.kind == "assembly" or form.places is not None):
        raise FormNotForCity()


def fits(body: str) -> None:
    if len(body) > CIRCULAR_LENGTH:
        raise CircularText(most=CIRCULAR_LENGTH, length=len(body))


async def ask(
    session: AsyncSession, by: Standing, circular: Notice, now: datetime, at: datetime | None = None
) -> None:
    """The press: it waits for a second person (notices/approval), to go out when approved, or `at`. Twice asks once."""
    if life.stays(circular.state, "ask"):
        return
    await _insist(session, circular, max(now, at or now))
    circular.publish_at = at
    await asking.ask(session, by, circular, now)
    await records.keep(session, circular)


async def approved(session: AsyncSession, circular: Notice, now: datetime, undo: timedelta) -> None:
    """A second person has pressed: held for `undo`, or scheduled, or out at once where there is no hold."""
    await _insist(session, circular, max(now, circular.publish_at or now))
    if not await publish.wait(session, circular, now, undo, circular.publish_at):
        await go_out(session, circular, now)


async def _insist(session: AsyncSession, circular: Notice, goes_out: datetime) -> None:
    if circular.deadline is not None and circular.deadline <= goes_out:
        raise DeadlinePast()
    if circular.expires_at is not None and circular.expires_at <= goes_out:
        raise CircularExpired()
    if not await _anybody(session, circular):
        raise AwaitsNobody()


async def go_out(session: AsyncSession, circular: Notice, now: datetime) -> None:
    """The hold is over. A circular that is not waiting any more is left as it is: a straggler."""
    if life.stays(circular.state, "release"):
        return
    if not await _anybody(session, circular) or not await publish.still_speaks(session, circular, now):
        await publish.give_back(session, circular, now)
        return
    circular.state, circular.published_at = life.after(circular.state, "release"), now
    await _circulate(session, circular, now)
    session.add(publish.revision(circular, "all", circular.author, now))
    await files.grant(session, circular)
    await records.place(session, circular)
    await records.keep(session, circular)
    if circular.expires_at is not None:
        await due.put(session, circular.tenant, "expire", circular.id, circular.expires_at)
    await nudges.begin(session, circular, now)
    if not circular.audience:
        await calls.tell(session, circular, "published", now)
    due.tap(session)


async def _circulate(session: AsyncSession, circular: Notice, now: datetime) -> None:
    """Each association has it, in one statement; those that forward by themselves have their turn after this one."""
    tenant, associations = circular.tenant, recipients.chosen(circular.tenant, circular.audience)
    rows = associations.with_only_columns(
        Association.tenant,
        literal(circular.id, Circulation.circular.type),
        Association.id,
        literal("received"),
        literal(now, Circulation.received_at.type),
    ).order_by(Association.id)
    columns = ("tenant", "circular", "association", "state", "received_at")
    statement = insert(Circulation).from_select(columns, rows, include_defaults=False)
    await session.execute(statement, execution_options={"journalled": True})
    by_themselves = associations.where(Association.forwards_by_itself).order_by(Association.id)
    turns: list[dict[str, Any]] = [
        {"tenant": tenant, "kind": FORWARD, "subject": f"{circular.id}.{association}", "at": now}
        for association in await session.scalars(by_themselves)
    ]
    if turns:
        await session.execute(insert(Due), turns)


async def _anybody(session: AsyncSession, circular: Notice) -> bool:
    query = select(recipients.chosen(circular.tenant, circular.audience).exists())
    return bool(await session.scalar(query))
