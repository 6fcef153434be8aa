"""What the city changes in a circular that is out follows to the copies: a correction as a new revision of each, a
withdrawal as a withdrawal. Each copy in a transaction of its own: a circular of a town has hundreds.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit, due
from notices.approval import asking
from notices.attachments import files
from notices.circulation import counting, forwarding, nudges, records, sending
from notices.circulation.errors import CorrectionAlone
from notices.errors import ChoiceUnknown
from notices.forms import shape
from notices.forms.shape import Form
from notices.gateways import calls
from notices.models import Approval, Circulation, Due, Notice, NoticeRevision
from notices.publishing import amend, drafts, life, publish, rewriting, whom
from notices.publishing.compose import Attached
from notices.town.standing import Standing

FOLLOW: Final = "follow"
"""Of due rows: `follow <copy>.<revision>.<p or w>`, of a circular that is published or withdrawn."""


async def correct(
    session: AsyncSession,
    by: Standing,
    circular: Notice,
    base_revision: int,
    changes: dict[str, Any],
    attached: Sequence[Attached] | None,
    now: datetime,
    resend: str = "none",
    ask_again: bool = False,
    drop_answers: bool = False,  # noqa: ARG001 - what is out asks what it asked
) -> None:
    """As amend.correct, of the city's circular; those who have it are told by their association's copy.

    What is out was approved as it stands: one person alone moves its deadline. Another title or text waits for a second
    person (approved), and nothing else of it changes. Raises CorrectionAlone, and what asking.ask_correction raises.
    """
    out = circular.state == "published"
    _insist(changes, resend, out=out, more=attached is not None or ask_again)
    said = circular.title, circular.body
    same = await rewriting.says_so(session, circular, changes, attached)
    amend.change(circular, circular.revision if same else base_revision, amend.said_in(changes), now)
    await whom.change(session, circular, changes)
    _ask(circular, changes)
    sending.fits(circular.body)
    wished = circular.title, circular.body
    if out:
        circular.title, circular.body = said
    else:
        circular.revision += not same
    if attached is not None:
        await files.attach(session, by, circular.id, tuple(attached), now)
    detail = {"resend": resend} | whom.noted(changes)
    await audit.write(session, by.tenant, by.person, "circular.correct", circular.id, detail, now)
    if out and wished != said:
        await asking.ask_correction(session, by, circular, *wished, now)
    elif out and "deadline" in changes:
        await _move(session, by, circular, now)
    await records.keep(session, circular)


def _insist(changes: dict[str, Any], resend: str, *, out: bool, more: bool) -> None:
    """Raises ChoiceUnknown, CorrectionAlone."""
    if resend not in amend.RESEND:
        raise ChoiceUnknown(field="resend", choices=", ".join(amend.RESEND))
    if out and (more or resend != "none" or not _is_one_step(changes)):
        raise CorrectionAlone()


def _ask(circular: Notice, changes: dict[str, Any]) -> None:
    if "form" not in changes:
        return
    form: Form | None = changes["form"]
    sending.may_ask(form)
    if form is not None:
        shape.checked(form, has_deadline=circular.deadline is not None)
    circular.form = None if form is None else shape.as_json(form)


def _is_one_step(changes: dict[str, Any]) -> bool:
    return changes.keys() <= {"deadline"} or changes.keys() <= {"title", "body"}


async def approved(
    session: AsyncSession, circular: Notice, row: Approval, now: datetime, undo: timedelta
) -> None:
    """A second person has pressed: it goes out, or what is out says what they have seen, here and in every copy."""
    if row.correction is None:
        await sending.approved(session, circular, now, undo)
        return
    life.after(circular.state, "reword")
    circular.title, circular.body = row.correction["title"], row.correction["body"]
    await _put_forth(session, circular, row.asked_by, now)
    await records.keep(session, circular)


async def _move(session: AsyncSession, by: Standing, circular: Notice, now: datetime) -> None:
    """Its deadline is another."""
    await nudges.remind(session, circular, now)
    await _put_forth(session, circular, by.person, now)


async def _put_forth(session: AsyncSession, circular: Notice, by: str, now: datetime) -> None:
    circular.revision += 1
    circular.corrected_at = now
    session.add(publish.revision(circular, "none", by, now))
    await files.grant(session, circular)
    await records.place(session, circular)
    if not circular.audience:
        await calls.tell(session, circular, "corrected", now)
    await _tell(session, circular, now)


async def withdraw(session: AsyncSession, by: Standing, circular: Notice, now: datetime) -> None:
    """The circular, and with it every copy."""
    await amend.withdraw(session, by, circular, now)
    await ended(session, circular, now)
    await _tell(session, circular, now)


async def ended(session: AsyncSession, circular: Notice, now: datetime) -> None:
    """Officers see that it is over, and hear no more of it; a correction that waits is put aside."""
    await asking.drop(session, circular, now)
    await records.place(session, circular)
    await nudges.end(session, circular)


async def _tell(session: AsyncSession, circular: Notice, now: datetime) -> None:
    copies = select(Circulation.notice).where(
        Circulation.tenant == circular.tenant,
        Circulation.circular == circular.id,
        Circulation.notice.is_not(None),
    )
    how = f"{circular.revision}.{circular.state[0]}"
    turns = [
        {"tenant": circular.tenant, "kind": FOLLOW, "subject": f"{copy}.{how}", "at": now}
        for copy in await session.scalars(copies)
    ]
    if turns:
        await session.execute(insert(Due), turns)
        due.tap(session)


async def follow(session: AsyncSession, tenant: str, subject: str, now: datetime) -> None:
    """One copy, as the circular is by now."""
    id, *_ = subject.split(".")
    copy = await session.get(Notice, (tenant, id), with_for_update=True)
    if copy is None or copy.circular is None or copy.association is None:
        return
    circular = await session.get_one(Notice, (tenant, copy.circular))
    if circular.state == "withdrawn":
        await _take_down(session, circular, copy, now)
    elif circular.state == "published" and copy.state in ("published", "held"):
        await _say_as_the_city(session, circular, copy)
        if copy.state == "published":
            by = await _corrected_by(session, circular)
            await amend.put_forth(session, by, copy, "none", now, asked_again=False)
        else:
            await drafts.keep(session, copy)
    counting.soon(session, tenant, copy.circular, copy.association, now)


async def _corrected_by(session: AsyncSession, circular: Notice) -> str:
    """Whose correction it is that follows: seldom the author's own."""
    row = await session.get(NoticeRevision, (circular.tenant, circular.id, circular.revision))
    return row.by if row is not None else circular.author


async def _take_down(session: AsyncSession, circular: Notice, copy: Notice, now: datetime) -> None:
    if copy.state == "published":
        await amend.take_down(session, copy, now)
        await audit.write(
            session, copy.tenant, None, "notice.withdraw", copy.id, {"circular": circular.id}, now
        )
    elif not life.stays(copy.state, "give-back"):
        await publish.give_back(session, copy, now)
        await forwarding.took_back(session, copy, now)


async def _say_as_the_city(session: AsyncSession, circular: Notice, copy: Notice) -> None:
    """Its words under the association's own note, its deadline unless theirs is sooner."""
    row = await session.get_one(Circulation, (copy.tenant, circular.id, copy.association))
    until = circular.deadline
    if row.deadline is not None and (until is None or row.deadline < until):
        until = row.deadline
    copy.deadline = until
    copy.title, copy.body = circular.title, await forwarding.words_of_copy(session, circular, row.cover)
