"""Which gateway is told what: a row per call, written with the fact; claimed under a lease, settled behind a fence."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import CursorResult, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices import ids
from notices.alarm.follow_ups import overtaken
from notices.deliver import Moment, Office
from notices.gateways.payload import headers, told
from notices.models import Association, City, Gateway, GatewayCall, Notice
from notices.outcomes import Outcome, Refused, Sent
from notices.tokyo import wire

LEASE: Final = timedelta(seconds=30)
"""A call ends within ten."""
AT_ONCE: Final = 20
WAITS: Final = tuple(timedelta(seconds=each) for each in (5, 30, 120, 600, 3600))
WAITS_EMERGENCY: Final = tuple(timedelta(seconds=each) for each in (1, 3, 10, 30, 120))
"""After the first failure, the second … and then it is given up: five retries."""


@dataclass(frozen=True, slots=True)
class Call:
    """Ready to be made; `attempt` is the fence."""

    tenant: str
    id: str
    gateway: str
    attempt: int
    urgent: bool
    url: str = field(repr=False)
    body: bytes = field(repr=False)
    headers: dict[str, str] = field(repr=False)


async def tell(session: AsyncSession, notice: Notice, event: str, now: datetime) -> None:
    """`event` has happened to the notice. What an earlier event still had to say is not said any more.

    Gateways speak in public: only what is for the whole association goes to them, and obituaries where asked for.
    """
    if notice.audience:
        return
    gateways = select(Gateway).where(Gateway.tenant == notice.tenant, Gateway.state == "live")
    for gateway in (await session.scalars(gateways.order_by(Gateway.id))).all():
        if _wants(gateway, notice) and await _untold(session, gateway, notice, event, now):
            session.add(_row(gateway, notice, event, now))


def _row(gateway: Gateway, notice: Notice, event: str, now: datetime) -> GatewayCall:
    call = GatewayCall(tenant=gateway.tenant, id=ids.new_id(), gateway=gateway.id, notice=notice.id)
    call.event, call.revision = event, notice.revision
    call.state, call.attempt, call.created_at, call.due_at = "due", 0, now, now
    return call


def _wants(gateway: Gateway, notice: Notice) -> bool:
    # Of a circular the whole city is told once, by the city's own notice, and not by each association's copy.
    citys = gateway.association is None and notice.circular is None
    theirs = citys or gateway.association == notice.association
    kind = not gateway.kinds or notice.kind in gateway.kinds
    topic = notice.topic in gateway.topics or (not gateway.topics and notice.topic != "obituary")
    return theirs and kind and topic


async def _untold(session: AsyncSession, gateway: Gateway, notice: Notice, event: str, now: datetime) -> bool:
    """Calls off what waits; whether the event is then worth a call: nobody unsays what was never said."""
    of_notice = (GatewayCall.tenant == notice.tenant, GatewayCall.gateway == gateway.id)
    earlier = select(GatewayCall).where(*of_notice, GatewayCall.notice == notice.id)
    rows = (await session.scalars(earlier.with_for_update())).all()
    for row in rows:
        if row.state == "due":
            row.state, row.reason, row.due_at, row.settled_at = "skipped", "superseded", None, now
    heard = any(row.attempt > 0 for row in rows)
    return event == "published" or (event == "corrected" and bool(rows)) or heard


async def claim(session: AsyncSession, office: Office, now: Moment) -> list[Call]:
    """The oldest that are due; each taken counts as one more attempt. Nothing leaves a city on hold."""
    held = select(City.tenant).where(City.on_hold.is_(True))
    due = select(GatewayCall).where(GatewayCall.due_at <= now.ours, GatewayCall.tenant.not_in(held))
    due = due.order_by(GatewayCall.due_at, GatewayCall.id).limit(AT_ONCE).with_for_update(skip_locked=True)
    made = []
    for row in (await session.scalars(due)).all():
        gateway = await session.get_one(Gateway, (row.tenant, row.gateway))
        row.due_at = None
        notice = await session.get_one(Notice, (row.tenant, row.notice))
        if (why_not := await _why_not(session, gateway, row, notice)) is not None:
            row.state, row.reason, row.settled_at = "skipped", why_not, now.ours
            continue
        row.state, row.worker, row.attempt = "sending", office.worker, row.attempt + 1
        row.lease_until = now.database + LEASE
        made.append(await _call(session, office, gateway, row, notice, now.ours))
    return made


async def _why_not(session: AsyncSession, gateway: Gateway, row: GatewayCall, notice: Notice) -> str | None:
    """Looked at again: a call that failed may be due once more after what took it back was told."""
    if gateway.state != "live":
        return "stopped"
    over = notice.state in ("withdrawn", "expired") and row.event in ("published", "corrected")
    if over:
        return notice.state
    # No loudspeaker calls people out of their houses after the all-clear.
    return "superseded" if row.event != "withdrawn" and await overtaken(session, notice) else None


async def _call(
    session: AsyncSession,
    office: Office,
    gateway: Gateway,
    row: GatewayCall,
    notice: Notice,
    now: datetime,
) -> Call:
    place = notice.association
    association = None if place is None else await session.get_one(Association, (row.tenant, place))
    body = told(
        delivery=row.id,
        event=row.event,
        said=_said(notice),
        revision=notice.revision,
        association=None if association is None else {"id": association.id, "name": association.name},
        origin=office.origin,
        at=row.created_at,
    )
    secret = office.vault.decrypt(row.tenant, gateway.secret)
    return Call(
        tenant=row.tenant,
        id=row.id,
        gateway=row.gateway,
        attempt=row.attempt,
        urgent=notice.urgency == "emergency",
        url=office.vault.decrypt(row.tenant, gateway.url),
        body=body,
        headers=headers(secret, body, row.event, row.id, now),
    )


def _said(notice: Notice) -> dict[str, Any]:
    return {
        "id": notice.id,
        "kind": notice.kind,
        "topic": notice.topic,
        "urgency": notice.urgency,
        "title": notice.title,
        "body": notice.body,
        "publishedAt": wire(notice.published_at),
        "deadline": wire(notice.deadline),
        "step": notice.step,
        "refersTo": notice.refers_to,
        "translations": notice.translations,
    }


async def settle(session: AsyncSession, office: Office, call: Call, outcome: Outcome, now: datetime) -> None:
    """What became of it. A straggler, whose lease another has taken over, writes nothing."""
    values = _values(call, outcome, now)
    mine = update(GatewayCall).where(
        GatewayCall.tenant == call.tenant,
        GatewayCall.id == call.id,
        GatewayCall.attempt == call.attempt,
        GatewayCall.worker == office.worker,
        GatewayCall.state == "sending",
    )
    done = await session.execute(mine.values(**values).execution_options(synchronize_session=False))
    if not isinstance(done, CursorResult) or done.rowcount != 1 or values["state"] == "due":
        return
    row = update(Gateway).where(Gateway.tenant == call.tenant, Gateway.id == call.gateway)
    failures = 0 if values["state"] == "sent" else Gateway.failures + 1
    await session.execute(row.values(failures=failures).execution_options(synchronize_session=False))


def _values(call: Call, outcome: Outcome, now: datetime) -> dict[str, Any]:
    end: dict[str, Any] = {"due_at": None, "lease_until": None, "worker": None, "reason": None}
    end |= {"code": getattr(outcome, "code", None), "settled_at": now}
    if isinstance(outcome, Sent):
        return end | {"state": "sent"}
    reason = outcome.reason
    waits = WAITS_EMERGENCY if call.urgent else WAITS
    if isinstance(outcome, Refused) or call.attempt > len(waits):
        return end | {"state": "failed", "reason": reason}
    due_at = now + waits[call.attempt - 1]
    return end | {"state": "due", "reason": reason, "due_at": due_at, "settled_at": None}


async def recover(session: AsyncSession, now: Moment) -> int:
    """Calls whose worker died: due again, under the same id, by which the other side knows a repeat."""
    dead = update(GatewayCall).where(GatewayCall.state == "sending", GatewayCall.lease_until < now.database)
    values = {"state": "due", "due_at": now.ours, "lease_until": None, "worker": None, "reason": "crashed"}
    done = await session.execute(dead.values(**values).execution_options(synchronize_session=False))
    return done.rowcount if isinstance(done, CursorResult) else 0


async def listed(session: AsyncSession, tenants: Sequence[str]) -> Sequence[Gateway]:
    live = select(Gateway).where(Gateway.tenant.in_(tenants), Gateway.state == "live")
    return (await session.scalars(live.order_by(Gateway.tenant, Gateway.created_at, Gateway.id))).all()


async def anything(session: AsyncSession, now: Moment) -> bool:
    """Whether a call is due, or was left by a worker that died."""
    due = GatewayCall.due_at <= now.ours
    left = (GatewayCall.state == "sending") & (GatewayCall.lease_until < now.database)
    return await session.scalar(select(GatewayCall.id).where(due | left).limit(1)) is not None
