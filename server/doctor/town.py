"""The town itself: who speaks for whom, what waits, what went wrong, and what is on record."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select

from notices.auditing import checking
from notices.models import Association, Audit, City, Due, Gateway, Message, Planning
from notices.town import founding
from server.doctor import Finding, Patient, fail, ok, warn
from server.house import utc_now

LATE: Final = timedelta(minutes=10)
VERY_LATE: Final = timedelta(hours=1)
BACKUP_EVERY: Final = timedelta(hours=30)


async def cities(patient: Patient) -> Sequence[Finding]:
    async with patient.db.read() as session:
        rows = (await session.scalars(select(City).order_by(City.tenant))).all()
    if not rows:
        return [fail("city", "There is no city yet.", "Run `kairan init`.")]
    return [
        fail(
            "city",
            f"{row.name} ({row.tenant}) is on hold: nothing is sent.",
            "Look around, then `kairan release`.",
        )
        if row.on_hold
        else ok("city", f"{row.name} ({row.tenant}) is not on hold.")
        for row in rows
    ]


async def seats(patient: Patient) -> Sequence[Finding]:
    findings = []
    async with patient.db.read() as session:
        query = select(Association).where(Association.ended_at.is_(None)).order_by(Association.slug)
        rows = (await session.scalars(query)).all()
        for row in rows:
            count = len({o[0] for o in await founding.officers(session, row.tenant, row.id, utc_now())})
            if count == 0:
                remedy = f"kairan seats appoint --association {row.slug} --role president --person …"
                findings.append(fail("seats", f"{row.name} ({row.slug}) has no officer.", remedy))
            elif count == 1:
                said = f"{row.name} ({row.slug}) has one officer: nobody can stand in."
                findings.append(warn("seats", said, "Let the officers name a second one."))
    return findings or [ok("seats", f"All {len(rows)} associations have two officers or more.")]


async def messages(patient: Patient) -> Sequence[Finding]:
    """What is late, and what went wrong in a way somebody should look at."""
    now = utc_now()
    held = select(City.tenant).where(City.on_hold.is_(True))
    waiting = Message.due_at.is_not(None)
    async with patient.db.read() as session:
        oldest = [
            await session.scalar(
                select(func.min(Message.due_at)).where(waiting, Message.tenant.not_in(held))
            ),
            await session.scalar(select(func.min(Planning.created_at)).where(Planning.closed_at.is_(None))),
            await session.scalar(select(func.min(Due.at))),
        ]
        query = select(Message.state, func.count()).where(Message.state.in_(("quarantined", "unknown")))
        odd = dict((await session.execute(query.group_by(Message.state))).all())
    return [_lateness([each for each in oldest if each is not None], now), *_odd(odd)]


def _lateness(oldest: Sequence[datetime], now: datetime) -> Finding:
    late = max((now - each for each in oldest), default=timedelta(0))
    if late < LATE:
        return ok("messages", "Nothing that is due waits.")
    said = f"Something has been due for {_spoken(late)}."
    remedy = "Is `kairan serve` (or `kairan work`) running? Its log says what hinders it."
    return fail("messages", said, remedy) if late > VERY_LATE else warn("messages", said, remedy)


def _odd(counts: dict[str, int]) -> list[Finding]:
    findings = []
    if count := counts.get("quarantined"):
        said = f"{count} messages were put aside, as sending them failed again and again."
        findings.append(
            warn("messages", said, "Their officers see them in the ledger; report it as a fault.")
        )
    if count := counts.get("unknown"):
        said = f"Of {count} messages nobody knows whether they arrived."
        findings.append(warn("messages", said, "The mail server hangs up at the end; ask its owner."))
    return findings


async def gateways(patient: Patient) -> Sequence[Finding]:
    async with patient.db.read() as session:
        rows = await session.execute(select(Gateway.name, Gateway.failures).where(Gateway.state == "live"))
        found = sorted((name, failures) for name, failures in rows)
    findings = [
        warn(
            "gateways",
            f"The gateway {name} has not taken the last {failures} calls.",
            "Try it with `kairan gateway test`; ask its owner.",
        )
        for name, failures in found
        if failures
    ]
    return findings or [ok("gateways", f"{len(found)} gateways take their calls.")] if found else []


async def backups(patient: Patient) -> Sequence[Finding]:
    async with patient.db.read() as session:
        made = await session.scalar(select(func.max(Audit.at)).where(Audit.action == "backup.made"))
    if made is None:
        return [warn("backup", "No backup was ever made with `kairan backup`.", "Let it run every night.")]
    age = utc_now() - made
    if age > BACKUP_EVERY:
        return [
            warn("backup", f"The last backup is {_spoken(age)} old.", "Let `kairan backup` run every night.")
        ]
    return [ok("backup", f"The last backup is {_spoken(age)} old.")]


async def audit_chain(patient: Patient) -> Sequence[Finding]:
    findings = []
    async with patient.db.read() as session:
        for tenant in await session.scalars(select(City.tenant).order_by(City.tenant)):
            if (bad := (await checking.check(session, tenant)).bad) is not None:
                mend = "Somebody changed the database by hand: find out who and why."
                findings.append(fail("audit", f"{tenant}: {bad.sentence}.", mend))
    return findings or [ok("audit", "The record of what officers did is whole.")]


def _spoken(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    if hours < 2:
        return f"{hours * 60:.0f} minutes"
    return f"{hours:.0f} hours" if hours < 72 else f"{span.days} days"
