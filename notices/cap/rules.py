"""Which alerts the city lets go out by themselves. None do, until one person has written a rule and another switched it on.

A rule names a sender, an event and the grades from which on it speaks: urgency, severity, certainty, as CAP has them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit, ids
from notices.cap import judging, sources
from notices.cap.cap_errors import CapRuleOwn, CapRuleWrong
from notices.cap.message import CERTAINTIES, CODES, SEVERITIES, URGENCIES, Alert
from notices.circulation import recipients
from notices.errors import NotAllowed, NotFound
from notices.models import CapAlert, CapRule
from notices.town.standing import Standing

GRADES: Final = {"urgency": URGENCIES, "severity": SEVERITIES, "certainty": CERTAINTIES}
_CALLED: Final = {
    "sender": "発信元",
    "event": "警報の名前",
    "urgency": "緊急度",
    "severity": "重大度",
    "certainty": "確実度",
}


async def of(session: AsyncSession, row: CapAlert, alert: Alert, earlier: CapAlert | None) -> CapRule | None:
    """The rule by which this alert goes out; the end of what one has sent goes out by the same. No exercise does: two people
    have agreed that what is real is sent by itself, and a drill of somebody else is none of theirs."""
    if alert.status != "Actual":
        return None
    query = select(CapRule).where(
        CapRule.tenant == row.tenant,
        CapRule.sender == alert.sender,
        CapRule.active,
        CapRule.ended_at.is_(None),
    )
    there = (await session.scalars(query.order_by(CapRule.written_at, CapRule.id))).all()
    if alert.msg_type == "Cancel":
        sent_by = earlier.rule if earlier is not None else None
        return next((rule for rule in there if rule.id == sent_by), None)
    info = judging.main_info(alert)
    return next(
        (
            rule
            for rule in there
            if info is not None
            and rule.event == info.event
            and judging.grave_enough(info, rule.urgency, rule.severity, rule.certainty)
        ),
        None,
    )


async def write(
    session: AsyncSession,
    by: Standing,
    said: Mapping[str, str],
    audience: Mapping[str, object],
    now: datetime,
) -> CapRule:
    """`said`: sender, event, urgency, severity, certainty. It does nothing yet. Raises CapRuleWrong, NotAllowed."""
    # What goes out by it goes out as if the writer had asked: two approvers together would send without any clerk.
    if by.clerk is None:
        raise NotAllowed()
    known = {sender for row in await sources.listed(session, [by.tenant]) for sender in row.senders}
    if said["sender"] not in known:
        raise _wrong("sender")
    if not said["event"].strip():
        raise _wrong("event")
    for name in GRADES:
        if said[name] not in CODES[name]:
            raise _wrong(name)
    await recipients.insist(session, by.tenant, audience)
    row = CapRule(tenant=by.tenant, id=ids.new_id(), audience=dict(audience), active=False, **said)
    row.written_by, row.written_at = by.person, now
    session.add(row)
    detail = {name: said[name] for name in ("sender", "event", *GRADES)} | {"audience": dict(audience)}
    await audit.write(session, by.tenant, by.person, "cap.rule-written", row.id, detail, now)
    return row


async def switch(session: AsyncSession, by: Standing, id: str, now: datetime, *, active: bool) -> CapRule:
    """On by somebody other than its writer, off by anybody. Raises CapRuleOwn, NotFound, NotAllowed."""
    row = await _found(session, by, id)
    if active and row.written_by == by.person:
        raise CapRuleOwn()
    if row.active != active:
        row.active, row.switched_by, row.switched_at = active, by.person, now
        action = "cap.rule-on" if active else "cap.rule-off"
        await audit.write(session, by.tenant, by.person, action, row.id, {}, now)
    return row


async def end(session: AsyncSession, by: Standing, id: str, now: datetime) -> None:
    row = await _found(session, by, id)
    row.active, row.ended_at = False, now
    await audit.write(session, by.tenant, by.person, "cap.rule-ended", row.id, {}, now)


async def listed(session: AsyncSession, tenant: str) -> Sequence[CapRule]:
    query = select(CapRule).where(CapRule.tenant == tenant, CapRule.ended_at.is_(None))
    return (await session.scalars(query.order_by(CapRule.written_at, CapRule.id))).all()


async def _found(session: AsyncSession, by: Standing, id: str) -> CapRule:
    _insist(by)
    row = await session.get(CapRule, (by.tenant, id), with_for_update=True) if ids.is_id(id) else None
    if row is None or row.ended_at is not None:
        raise NotFound()
    return row


def _wrong(field: str) -> CapRuleWrong:
    return CapRuleWrong(field=field, what=_CALLED[field])


def _insist(by: Standing) -> None:
    if not by.works_for_city:
        raise NotAllowed()


def told(row: CapRule, names: Mapping[str, str]) -> dict[str, Any]:
    """`names`: of people by id."""
    said = {name: getattr(row, name) for name in ("id", "sender", "event", *GRADES, "active")}
    switched = names.get(row.switched_by or "")
    return said | {
        "audience": dict(row.audience) or "all",
        "writtenBy": names.get(row.written_by, ""),
        "switchedBy": switched,
    }
