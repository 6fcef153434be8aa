"""A notice after it was published: corrected, withdrawn, expired. What was said stays in the record for ever."""

from collections.abc import Sequence, Set
from datetime import datetime
from typing import Any, Final

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit
from notices.alarm.alarm_errors import AlarmStands
from notices.alarm.kinds import ALARMS, SAFETY_CHECK
from notices.attachments import files
from notices.circulation.errors import WordsOfTheCity
from notices.errors import ChoiceUnknown, DeadlinePast, RevisionOld
from notices.forms import changing, results, shape
from notices.forms.shape import Form
from notices.gateways import calls
from notices.ladder import beginning
from notices.ledger import reach
from notices.models import Notice, NoticeHousehold
from notices.planning import calloff, plan
from notices.publishing import drafts, life, rewriting, whom
from notices.publishing.compose import Attached, checked_body, checked_title, checked_translations
from notices.publishing.publish import revision, undo
from notices.records import placing
from notices.sheets import sheet_records
from notices.town.standing import Standing

RESEND: Final = ("none", "unstamped", "all")
APART: Final = ("audience", "form")
"""What is looked at beside the notice itself, and so not set like its words."""


async def correct(
    session: AsyncSession,
    by: Standing,
    notice: Notice,
    base_revision: int,
    changes: dict[str, Any],
    attached: Sequence[Attached] | None,
    now: datetime,
    resend: str = "none",
    ask_again: bool = False,
    drop_answers: bool = False,
) -> None:
    """A new revision. Silent on phones unless `resend`; stamps stand unless `ask_again` begins a new round.

    `changes`: any of title, body, translations, topic, audience, urgency, deadline, form, already read. A draft is rewritten:
    by who has seen it as it is, unless it says all that already. `drop_answers`: what its form asks no more may be lost.
    """
    if resend not in RESEND:
        raise ChoiceUnknown(field="resend", choices=", ".join(RESEND))
    if notice.circular is not None and (changes or attached is not None):
        raise WordsOfTheCity()
    if notice.kind in ALARMS:
        more = attached is not None or resend != "none" or ask_again
        _insist_on_alarm(notice, changes.keys(), more=more)
    same = await rewriting.says_so(session, notice, changes, attached)
    change(notice, notice.revision if same else base_revision, said_in(changes), now)
    await whom.change(session, notice, changes)
    await _change_form(session, notice, changes, now, drop=drop_answers)
    if attached is not None:
        await files.attach(session, by, notice.id, tuple(attached), now)
    detail = {"resend": resend} | whom.noted(changes)
    await audit.write(session, by.tenant, by.person, "notice.correct", notice.id, detail, now)
    if notice.state == "draft":
        notice.revision += not same
        if notice.circular is None:
            notice.announced_by = by.person
        await drafts.keep(session, notice)
        return
    await put_forth(session, by.person, notice, resend, now, asked_again=ask_again)


def _insist_on_alarm(notice: Notice, changed: Set[str], *, more: bool) -> None:
    """What is out moves its deadline, and nothing else; its kind says its urgency. Raises AlarmStands."""
    if "urgency" in changed or (notice.state != "draft" and (more or changed - {"deadline"})):
        raise AlarmStands()


async def _change_form(
    session: AsyncSession, notice: Notice, changes: dict[str, Any], now: datetime, *, drop: bool
) -> None:
    """Where that is asked for; and one that stays has to fit a deadline that moves."""
    if "form" in changes:
        form: Form | None = changes["form"]
        if form is not None:
            shape.checked(form, has_deadline=notice.deadline is not None)
        if notice.state == "published":
            await changing.change(session, notice, form, now, drop=drop)
        else:
            notice.form = None if form is None else shape.as_json(form)
    if notice.form is not None:
        shape.checked(shape.of_json(notice.form), has_deadline=notice.deadline is not None)


def said_in(changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in changes.items() if name not in APART}


def change(notice: Notice, base_revision: int, changes: dict[str, Any], now: datetime) -> None:
    """Raises RevisionOld, WrongState, DeadlinePast, FormFixed, and what a wrong text raises."""
    if notice.revision != base_revision:
        raise RevisionOld(revision=notice.revision)
    life.after(notice.state, "correct")
    if "deadline" in changes and notice.state == "published":
        changing.insist_open(notice, now)
    for name, value in changes.items():
        setattr(notice, name, value)
    checked_title(notice.title)
    checked_body(notice.body)
    if "translations" in changes:
        checked_translations(changes["translations"])
    if "deadline" in changes and notice.deadline is not None and notice.deadline <= now:
        raise DeadlinePast()


async def put_forth(
    session: AsyncSession, by: str, notice: Notice, resend: str, now: datetime, *, asked_again: bool
) -> None:
    """The next revision of what is published, on every phone and, where it is asked for, by every channel. `by`: who says so."""
    if asked_again:
        await _ask_again(session, notice)
    notice.revision += 1
    notice.corrected_at = now
    session.add(revision(notice, resend, by, now))
    await files.grant(session, notice)
    await placing.place(session, notice)
    if resend != "none":
        await calloff.supersede(session, notice, now)
        await plan.begin(session, notice, resend, now)
    await drafts.keep(session, notice)
    await calls.tell(session, notice, "corrected", now)
    if resend != "none" or asked_again:
        await beginning.begin(session, notice, now)
    else:
        await beginning.remind(session, notice, now)
    await reach.changed(session, notice.tenant, notice.id, now)
    results.followed(session, notice, now)


async def withdraw(session: AsyncSession, by: Standing, notice: Notice, now: datetime) -> None:
    """Off the phones, and nothing more leaves but what is in flight. What was said stays in the record.

    Again is nothing. Raises WrongState.
    """
    if life.stays(notice.state, "withdraw"):
        return
    if life.may(notice.state, "undo"):
        await undo(session, by, notice, now)
    await take_down(session, notice, now)
    await audit.write(session, by.tenant, by.person, "notice.withdraw", notice.id, {}, now)


async def take_down(session: AsyncSession, notice: Notice, now: datetime) -> None:
    notice.state, notice.withdrawn_at = life.after(notice.state, "withdraw"), now
    await _end(session, notice, "withdrawn", now)


async def expire(session: AsyncSession, notice: Notice, now: datetime) -> bool:
    """→ whether it is over by this: a straggler, or one that comes before its time, changes nothing."""
    if life.stays(notice.state, "expire") or notice.expires_at is None or notice.expires_at > now:
        return False
    notice.state = life.after(notice.state, "expire")
    if notice.kind == SAFETY_CHECK:
        notice.closed_at = notice.closed_at or now
    await _end(session, notice, "expired", now)
    return True


async def _end(session: AsyncSession, notice: Notice, reason: str, now: datetime) -> None:
    await placing.place(session, notice)
    await drafts.keep(session, notice)
    await files.revoke(session, notice)
    await beginning.end(session, notice)
    await sheet_records.forget(session, notice)
    await calloff.stop(session, notice, reason, now)
    await calls.tell(session, notice, reason, now)
    await reach.changed(session, notice.tenant, notice.id, now)
    results.followed(session, notice, now)


async def _ask_again(session: AsyncSession, notice: Notice) -> None:
    """A new round: earlier stamps stay in their table, the ledger begins afresh."""
    notice.stamp_round += 1
    await sheet_records.forget(session, notice)
    facts: dict[str, Any] = dict.fromkeys(
        ("stamped_at", "stamped_how", "stamped_by", "not_home_at", "on_phone_at", "door_at", "residual_at")
    )
    rows = update(NoticeHousehold).where(
        NoticeHousehold.tenant == notice.tenant, NoticeHousehold.notice == notice.id
    )
    await session.execute(rows.values(**facts, proxy=False, round=notice.stamp_round))
