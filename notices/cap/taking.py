"""AN ALERT COMES IN here: kept as it came, and made what it is for the clerks: a draft, the end of one, or nothing.

Nothing goes out by an alert alone, but where a rule of the city says so (rules.py). The same alert twice is one.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit, ids
from notices.alarm import sending
from notices.alarm.alarm_errors import ChainOver
from notices.alarm.chain import FIRST
from notices.approval import deciding
from notices.cap import drafting, judging, rules, sources, telling
from notices.cap.cap_errors import CapNobodyHere
from notices.cap.message import Alert
from notices.errors import KairanError
from notices.models import CapAlert, CapSource, City, Notice
from notices.publishing import amend, life, publish
from notices.publishing.compose import Draft
from notices.tokyo import today
from notices.town.city_hall import first_clerk
from notices.town.standing import Held, Standing


async def take(
    session: AsyncSession, source: CapSource, alert: Alert, xml: bytes, now: datetime
) -> tuple[CapAlert, bool]:
    """→ the alert as it is kept, and whether it is new. Raises what sources, judging and cap_errors.py name."""
    sources.insist_on_sender(source, alert.sender)
    # One after the other: of two that bring the same alert at once the second finds it.
    await session.get_one(City, source.tenant, with_for_update=True)
    if (known := await _known(session, source.tenant, [alert.reference])) is not None:
        return known, False
    row = _row(source, alert, xml, now)
    row.why = judging.ignored(alert)
    if row.why is None:
        judging.insist(alert, now)
        await _become(session, source, row, alert, now)
    session.add(row)
    detail = {"became": row.became, "notice": row.notice, "source": source.id}
    await audit.write(session, row.tenant, None, "cap.taken", row.id, detail, now)
    if row.became != "ignored":
        await telling.tell(session, row, now)
    return row, True


def _row(source: CapSource, alert: Alert, xml: bytes, now: datetime) -> CapAlert:
    return CapAlert(
        tenant=source.tenant,
        id=ids.new_id(),
        source=source.id,
        sender=alert.sender,
        identifier=alert.identifier,
        sent=alert.sent,
        status=alert.status,
        msg_type=alert.msg_type,
        xml=xml,
        became="ignored",
        received_at=now,
        **drafting.said_of(alert),
    )


async def _known(
    session: AsyncSession, tenant: str, references: Sequence[tuple[str, str, str]]
) -> CapAlert | None:
    """The first of these that came in."""
    key = tuple_(CapAlert.sender, CapAlert.identifier, CapAlert.sent)
    query = select(CapAlert).where(CapAlert.tenant == tenant, key.in_([tuple(each) for each in references]))
    return await session.scalar(query.order_by(CapAlert.received_at, CapAlert.id).limit(1))


async def _become(
    session: AsyncSession, source: CapSource, row: CapAlert, alert: Alert, now: datetime
) -> None:
    if await first_clerk(session, row.tenant, now) is None:
        raise CapNobodyHere()
    by = await _machine(session, source, now)
    earlier = await _earlier(session, row, alert)
    row.first = None if earlier is None else earlier.first or earlier.id
    notice = await _notice_of(session, row, earlier)
    by_hand = await _by_hand(session, row)
    if alert.msg_type == "Cancel":
        await _cancel(session, row, alert, by, notice, now)
    elif notice is not None and notice.state == "draft" and notice.id not in by_hand:
        await _rewrite(session, row, alert, by, notice, now)
    else:
        await _draft(session, row, alert, by, await _out(session, notice), now)
    if row.notice is not None and row.became == "draft" and not by_hand:
        await _send(session, row, alert, earlier, now)


async def _machine(session: AsyncSession, source: CapSource, now: datetime) -> Standing:
    """Whose deeds these are: of the machine that brought the alert, and of nobody who works here."""
    city = await session.get_one(City, source.tenant)
    desk = Held(source.id, "clerk", city.name, None, None, today(now), None)
    return Standing(source.tenant, source.id, source.name, (), (desk,))


async def _by_hand(session: AsyncSession, row: CapAlert) -> set[str]:
    """What waits of the chain and is a person's by now: it is neither written over, nor overtaken by a rule."""
    if row.first is None:
        return set()
    chain = (CapAlert.id == row.first) | (CapAlert.first == row.first)
    query = select(Notice.id).where(
        Notice.tenant == row.tenant,
        Notice.id.in_(select(CapAlert.notice).where(CapAlert.tenant == row.tenant, chain)),
        Notice.state.in_(life.WAITING),
        Notice.announced_by.is_not(None),
    )
    return set(await session.scalars(query))


async def _out(session: AsyncSession, notice: Notice | None) -> Notice | None:
    """What an alert goes on with: of an update that waits, the first message."""
    if notice is None or notice.refers_to is None:
        return notice
    return await session.get(Notice, (notice.tenant, notice.refers_to), with_for_update=True)


async def _earlier(session: AsyncSession, row: CapAlert, alert: Alert) -> CapAlert | None:
    """Of the same sender and status: nobody ends what another has said, and no exercise what is real."""
    ours = [each for each in alert.earlier if each.sender == alert.sender]
    found = await _known(session, row.tenant, ours) if ours and alert.msg_type != "Alert" else None
    return found if found is not None and found.status == alert.status else None


async def _notice_of(session: AsyncSession, row: CapAlert, earlier: CapAlert | None) -> Notice | None:
    """The first notice of the chain, locked."""
    if earlier is None:
        return None
    chain = (CapAlert.id == row.first) | (CapAlert.first == row.first)
    query = select(CapAlert.notice).where(CapAlert.tenant == row.tenant, chain, CapAlert.notice.is_not(None))
    of = await session.scalar(query.order_by(CapAlert.received_at.desc(), CapAlert.id.desc()).limit(1))
    found = None if of is None else await session.get(Notice, (row.tenant, of), with_for_update=True)
    return found if found is None or found.state == "draft" else await _out(session, found)


async def _cancel(
    session: AsyncSession, row: CapAlert, alert: Alert, by: Standing, notice: Notice | None, now: datetime
) -> None:
    if notice is None:
        row.why = "cap-nothing-to-cancel"
    elif notice.state in life.WAITING and notice.refers_to is None:
        if notice.state == "awaiting":
            await deciding.recall(session, by, notice.id, now)
        await amend.withdraw(session, by, notice, now)
        row.became, row.notice = "ended", notice.id
    elif notice.state == "draft":
        # An update that nobody has sent yet: what is over now is what is out.
        await amend.withdraw(session, by, notice, now)
        await _draft(session, row, alert, by, await _out(session, notice), now)
    else:
        await _draft(session, row, alert, by, notice, now)


async def _rewrite(
    session: AsyncSession, row: CapAlert, alert: Alert, by: Standing, notice: Notice, now: datetime
) -> None:
    """A draft that nobody has sent yet says what is true now."""
    draft = drafting.draft_of(alert, notice.audience, notice.refers_to, now)
    changes: dict[str, object] = {"title": draft.title, "body": draft.body, "expires_at": draft.expires_at}
    changes["translations"] = {language: dict(said) for language, said in draft.translations.items()}
    await amend.correct(session, by, notice, notice.revision, changes, None, now)
    notice.announced_by = None
    row.became, row.notice = "draft", notice.id


async def _draft(
    session: AsyncSession, row: CapAlert, alert: Alert, by: Standing, first: Notice | None, now: datetime
) -> None:
    out = first is not None and first.state in life.OUT
    if alert.msg_type == "Cancel" and not out:
        row.why = "cap-already-over"
        return
    audience = dict(first.audience) if first is not None and out else {}
    refers_to = first.id if first is not None and out else None
    draft = drafting.draft_of(alert, audience, refers_to, now, first.title if first is not None else None)
    try:
        notice = await sending.write(session, by, draft, now)
    except ChainOver:
        row.why = "cap-already-over"
        if alert.msg_type == "Cancel":
            return
        notice = await sending.write(session, by, _anew(draft), now)
    row.became, row.notice = "draft", notice.id


def _anew(draft: Draft) -> Draft:
    """What comes after the end is something new."""
    return replace(draft, audience={}, refers_to=None, step=FIRST)


async def _send(
    session: AsyncSession, row: CapAlert, alert: Alert, earlier: CapAlert | None, now: datetime
) -> None:
    """By itself, where a rule says so. What cannot go out stays a draft, and the clerks are told."""
    rule = await rules.of(session, row, alert, earlier)
    if rule is None:
        return
    if (await session.get_one(City, row.tenant)).on_hold:
        row.why = "cap-rule-failed"
        return
    notice = await session.get_one(Notice, (row.tenant, row.notice), with_for_update=True)
    if notice.refers_to is None:
        notice.audience = dict(rule.audience)
    try:
        async with session.begin_nested():
            await publish.wait(session, notice, now, timedelta())
            await publish.publish(session, notice, now)
    except KairanError:
        await session.refresh(notice)
    if notice.state != "published":
        row.why = "cap-rule-failed"
        return
    row.became, row.rule = "sent", rule.id
    detail = {"rule": rule.id, "alert": row.id}
    await audit.write(session, row.tenant, None, "cap.sent", notice.id, detail, now)
