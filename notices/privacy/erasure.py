"""A PERSON BECOMES A NUMBER here: asked for, left to cool for a week, done, and never undone.

What goes: the name, reading, year of birth, telephone, addresses, phones, codes, wishes, consents, questions; the name
under what she wrote as an officer. What stays: her number in ledgers and in the chained record, which never held her
name; and the household, which the association goes on bringing paper to.
"""

from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningDelete

from notices import audit, due
from notices.enrolment import devices
from notices.forms import forgetting as form_answers
from notices.ledger import reach
from notices.models import (
    Address,
    Consent,
    Device,
    Due,
    Greeting,
    Household,
    Idempotency,
    LineCode,
    MailedCode,
    Notice,
    NoticeHousehold,
    Passkey,
    Person,
    Question,
    Resident,
    StepUp,
    Term,
    Ticket,
)
from notices.privacy.privacy_errors import StillInOffice
from notices.proxies import ending
from notices.records import audience as places
from notices.records import projection
from notices.records.projection import Touched
from notices.safety import forgetting as safety_answers
from notices.tokyo import today, wire
from notices.vault import Vault
from sync import Change, record

KIND: Final = "erase"
"""Of the due row; its subject is the person."""
COOLING: Final = timedelta(days=7)
"""A press by mistake, or by a grandchild, can be taken back; also by somebody who is off for some days."""
NAMELESS: Final = "nameless"
"""Of the due row that follows: its name is taken out of what it signed and out of the log."""

GOES: Final = {
    "person": "blanked but for the number",
    "resident": "ends",
    "term": "ends",
    "device": "ends, without its name and key",
    "ticket": "revoked",
    "address": "deleted",
    "line_code": "deleted",
    "question": "deleted",
    "idempotency": "deleted",
    "consent": "deleted",
    "greeting": "deleted",
    "proxy": "ends on both sides",
    "passkey": "deleted",
    "mailed_code": "deleted",
    "step_up": "deleted, by her devices",
    "safety_answer": "deleted; what she said of others, without her note: safety/forgetting.py",
    "form_answer": "without what she wrote in words of her own; a number, until retention.py takes it",
    "notice": "without the name: unsigning.py",
    "approval": "without the name: unsigning.py",
    "circulation": "without the name: unsigning.py",
    "handover": "without the name: unsigning.py",
}
"""Table that names a person → what becomes of her there."""
STAYS: Final = {
    "audit": "a number in the chained record",
    "cap_rule": "a number: who wrote it, and who switched it on",
    "carriage": "a number, until retention.py takes it",
    "delivery": "a number, until retention.py takes it",
    "file": "a number: who put it there",
    "life_change": "a number, for a season",
    "look": "a number, until retention.py takes it",
    "memo": "a number, until retention.py takes it",
    "message": "a number, until retention.py takes it",
    "notice_household": "a number, until retention.py takes it",
    "notice_revision": "a number: who corrected",
    "nudge": "a number, until retention.py takes it",
    "sheet": "a number: who printed",
    "stamp": "a number, until retention.py takes it",
    "upload": "parts of a file on its way, gone within days",
    "visit": "a number, until retention.py takes it",
}
"""Table that names a person → why the row stays: it never held a name."""


async def ask(session: AsyncSession, tenant: str, person: str, actor: str | None, now: datetime) -> datetime:
    """→ when it will be done; asking again changes nothing. Raises StillInOffice."""
    await insist_on_no_seat(session, tenant, person, now)
    if (before := await asked(session, tenant, person)) is not None:
        return before
    at = now + COOLING
    await due.put(session, tenant, KIND, person, at)
    await _tell(session, tenant, person, at)
    await audit.write(session, tenant, actor, "erasure.asked", person, {"at": at.isoformat()}, now)
    return at


async def take_back(
    session: AsyncSession, tenant: str, person: str, actor: str | None, now: datetime
) -> None:
    """What was not asked for, or is done already, stays as it is."""
    if await session.scalar(_waiting(tenant, person)) is not None:
        await _tell(session, tenant, person, None)
        await audit.write(session, tenant, actor, "erasure.taken-back", person, {}, now)


def _waiting(tenant: str, person: str) -> ReturningDelete[str]:
    row = delete(Due).where(Due.tenant == tenant, Due.kind == KIND, Due.subject == person)
    return row.returning(Due.subject).execution_options(synchronize_session=False)


async def asked(session: AsyncSession, tenant: str, person: str) -> datetime | None:
    query = select(Due.at).where(Due.tenant == tenant, Due.kind == KIND, Due.subject == person)
    return await session.scalar(query)


async def insist_on_no_seat(session: AsyncSession, tenant: str, person: str, now: datetime) -> None:
    """Whoever holds a seat, or will, hands it over first: else an association stands without an officer overnight."""
    if any(term.ends is None or term.ends > today(now) for term in await _terms(session, tenant, person)):
        raise StillInOffice()


async def erase(session: AsyncSession, vault: Vault, tenant: str, person: str, now: datetime) -> bool:
    """False where there is nobody, or a number already. A seat that was taken on meanwhile ends."""
    row = await session.get(Person, (tenant, person), with_for_update=True)
    if row is None or row.erased_at is not None:
        return False
    await session.execute(_waiting(tenant, person))
    await _tell(session, tenant, person, None)
    await _end_devices(session, tenant, person, now)
    await _delete_rows(session, tenant, person)
    gone = await ending.with_people(session, tenant, [person], "erased", now)
    touched = Touched(people={person} | gone, households=await _move_out(session, tenant, person, now))
    await form_answers.unwrite(session, tenant, person)
    touched.seats = await _end_terms(session, tenant, person, today(now))
    _blank(row, now)
    await projection.refresh(session, vault, tenant, touched, now)
    await safety_answers.forget_person(session, tenant, person, now)
    await _tell_ledgers(session, tenant, person, now)
    await audit.write(session, tenant, None, "person.erased", person, {}, now)
    await due.put(session, tenant, NAMELESS, person, now)
    return True


async def _tell_ledgers(session: AsyncSession, tenant: str, person: str, now: datetime) -> None:
    """The lists of homes that leaders and officers hold say who stamped, by name alone."""
    row = NoticeHousehold
    query = (
        select(row.notice, row.block)
        .join(Notice, (Notice.tenant == row.tenant) & (Notice.id == row.notice))
        .where(Notice.tenant == tenant, Notice.state == "published", row.stamped_by == person)
        .distinct()
        .order_by(row.notice, row.block)
    )
    for notice, block in (await session.execute(query)).all():
        await reach.changed(session, tenant, notice, now, [block])


def _blank(row: Person, now: datetime) -> None:
    row.name = row.kana = ""
    row.number = row.born = row.phone = row.area = row.quiet_from = row.quiet_to = None
    row.muted, row.digest, row.locale = ",", "now", "ja"
    row.ended_at, row.erased_at = row.ended_at or now, now


async def _end_devices(session: AsyncSession, tenant: str, person: str, now: datetime) -> None:
    """They are told to wipe themselves at their next request."""
    query = select(Device).where(Device.tenant == tenant, Device.person == person)
    for device in await session.scalars(query):
        if device.revoked_at is None:
            await devices.end(session, device, now)
        device.name, device.public_key = "", None
    tickets = select(Ticket).where(Ticket.tenant == tenant, Ticket.person == person)
    for ticket in await session.scalars(tickets.where(Ticket.used_at.is_(None), Ticket.revoked_at.is_(None))):
        ticket.revoked_at = now


async def _delete_rows(session: AsyncSession, tenant: str, person: str) -> None:
    # Records of consents are in the person's own scope, of which nothing is left.
    options = {"journalled": True, "synchronize_session": False}
    phones = select(Device.id).where(Device.tenant == tenant, Device.person == person)
    proofs = delete(StepUp).where(StepUp.tenant == tenant, StepUp.device.in_(phones))
    await session.execute(proofs, execution_options=options)
    of: tuple[Any, ...] = (Greeting, Address, LineCode, Question, Idempotency, Consent, Passkey, MailedCode)
    for table in of:
        rows = delete(table).where(table.tenant == tenant, table.person == person)
        await session.execute(rows, execution_options=options)


async def _move_out(session: AsyncSession, tenant: str, person: str, now: datetime) -> set[str]:
    """→ the homes. One in which nobody else is known is a door that gets paper."""
    query = select(Resident).where(Resident.tenant == tenant, Resident.person == person)
    homes = set()
    for resident in await session.scalars(query.where(Resident.until.is_(None))):
        resident.until = now
        homes.add(resident.household)
        await session.flush()
        others = select(Resident.person).where(
            Resident.tenant == tenant, Resident.household == resident.household, Resident.until.is_(None)
        )
        if await session.scalar(others.limit(1)) is None:
            home = await session.get_one(Household, (tenant, resident.household))
            home.paper, home.fell_at = True, None
    return homes


async def _end_terms(session: AsyncSession, tenant: str, person: str, day: date) -> set[str]:
    seats = set()
    for term in await _terms(session, tenant, person):
        if term.ends is None or term.ends > day:
            term.ends = max(term.begins, day)
        seats.add(term.seat)
    return seats


async def _terms(session: AsyncSession, tenant: str, person: str) -> list[Term]:
    query = select(Term).where(Term.tenant == tenant, Term.person == person).order_by(Term.id)
    return list(await session.scalars(query))


async def _tell(session: AsyncSession, tenant: str, person: str, at: datetime | None) -> None:
    """Herself, and the officers who may be asked about it."""
    body = None if at is None else {"person": person, "at": wire(at)}
    record(session, tenant, Change(places.person_scope(person), "erasures", person, body))
    query = (
        select(Household.association)
        .join(Resident, (Resident.tenant == Household.tenant) & (Resident.household == Household.id))
        .where(Resident.tenant == tenant, Resident.person == person)
        .distinct()
    )
    for association in (await session.scalars(query.order_by(Household.association))).all():
        scope = places.officers_scope(association)
        record(session, tenant, Change(scope, "erasures", f"{person}.{association}", body))
