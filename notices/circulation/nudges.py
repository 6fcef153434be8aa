"""Officers are told that a circular waits for their association, and told again while it does: memos (notices/memos). A row
`nudge` says for whom of several who share a mailbox, and for which association.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import and_, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import due
from notices.circulation import waiting
from notices.ladder import steps
from notices.ladder.hours import Wishes, out_of_quiet
from notices.memos.rows import Answer, Said, memo_of, message_to
from notices.memos.short_letters import nudge_of
from notices.models import (
    Address,
    Association,
    Circulation,
    City,
    Due,
    Memo,
    Message,
    Notice,
    Nudge,
    Person,
    Seat,
    Term,
)
from notices.outcomes import Held, Skipped
from notices.planning import carried
from notices.town.standing import OFFICERS, runs, standings
from notices.vault import Vault

NUDGE: Final = "nudge"
"""What its memos are about, and the kind of due rows: `nudge <circular>.<step>`."""


async def begin(session: AsyncSession, circular: Notice, now: datetime) -> None:
    """The first word, and the reminders of its deadline."""
    for step, at in waiting.times(circular.urgency, circular.deadline, now).items():
        await due.put(session, circular.tenant, NUDGE, f"{circular.id}.{step}", at)


async def remind(session: AsyncSession, circular: Notice, now: datetime) -> None:
    """The reminders of the present deadline in place of those of an earlier one."""
    await end(session, circular)
    for step, at in waiting.times(circular.urgency, circular.deadline, now).items():
        if step == waiting.WORD:
            continue
        await due.put(session, circular.tenant, NUDGE, f"{circular.id}.{step}", at)


async def end(session: AsyncSession, circular: Notice) -> None:
    subjects = [f"{circular.id}.{step}" for step in waiting.STEPS]
    rows = delete(Due).where(Due.tenant == circular.tenant, Due.kind == NUDGE, Due.subject.in_(subjects))
    await session.execute(rows.execution_options(synchronize_session=False))


async def nudge(session: AsyncSession, tenant: str, subject: str, now: datetime) -> None:
    """`<circular>.<step>`: one message to each officer of the associations that have neither forwarded nor declined."""
    id, _, step = subject.partition(".")
    circular = await session.get(Notice, (tenant, id))
    if circular is None or circular.state != "published":
        return
    if circular.deadline is not None and circular.deadline <= now:
        return
    first = step == waiting.WORD
    messages: dict[tuple[str, bytes], Message] = {}
    told: set[tuple[str, str]] = set()
    for association, address in await _officers(session, tenant, id, now, first=first):
        box = (address.channel, address.lookup)
        if box not in messages:
            messages[box] = message_to(address.tenant, address.person, address, now, urgency=circular.urgency)
            session.add_all((messages[box], memo_of(messages[box], NUDGE, id, now)))
        message = messages[box].id
        if (message, address.person) not in told:
            told.add((message, address.person))
            row = Nudge(tenant=tenant, message=message, person=address.person, circular=id)
            row.association, row.again = association, not first
            session.add(row)
    due.tap(session)


async def _officers(
    session: AsyncSession, tenant: str, circular: str, now: datetime, *, first: bool
) -> Sequence[tuple[str, Address]]:
    """(association, address) by which each officer hears first. Those that forward by themselves are not asked at once."""
    query = (
        select(Circulation.association, Address)
        .join(Seat, and_(Seat.tenant == Circulation.tenant, Seat.association == Circulation.association))
        .join(Term, and_(Term.tenant == Seat.tenant, Term.seat == Seat.id))
        .join(Address, and_(Address.tenant == Term.tenant, Address.person == Term.person))
        .where(Circulation.tenant == tenant, Circulation.circular == circular)
        .where(Circulation.state == "received", Seat.role.in_(OFFICERS), Seat.ended_at.is_(None), runs(now))
        .where(Address.state == "live")
        .order_by(Circulation.association, Address.person, Address.id)
    )
    if first:
        place = and_(Association.tenant == Circulation.tenant, Association.id == Circulation.association)
        query = query.join(Association, place).where(Association.forwards_by_itself.is_(False))
    of: dict[tuple[str, str], list[Address]] = defaultdict(list)
    for association, address in await session.execute(query):
        of[association, address.person].append(address)
    return [
        (association, address)
        for (association, _), live in of.items()
        for address in live
        if address.channel in steps.first_channels("ordinary", {each.channel for each in live})
    ]


@dataclass(frozen=True, slots=True)
class Waits:
    """One person of a nudge's message, and how the circular stands now."""

    circular: str
    title: str
    city: City
    again: bool
    passage: str
    state: str
    officer: bool
    address: Address | None
    person: Person | None
    association: Association | None
    urgency: str

    def why_not(self) -> str | None:
        """The reason not to say it after all, a slug of REASONS; None where it is still right."""
        if self.state != "published":
            return "withdrawn"
        if self.passage != "received":
            return "circular-decided"
        if self.person is None or self.association is None or not self.officer:
            return "moved"
        if self.address is None:
            return "address-changed"
        if not carried.takes(self.address, self.urgency):
            return carried.why_not(self.address)
        return None

    def wakes_at(self, now: datetime) -> datetime:
        """Later than now where their night must not be broken."""
        if self.person is None or self.urgency != "ordinary":
            return now
        return out_of_quiet(Wishes(self.person.quiet_from, self.person.quiet_to), now)


async def said(
    session: AsyncSession,
    vault: Vault,  # noqa: ARG001 - every room of memos is asked alike
    tenant: str,
    memos: Sequence[Memo],
    now: datetime,
) -> dict[str, Answer]:
    read = await _read(session, tenant, [each.message for each in memos], now)
    return {message: _said(waits, now) for message, waits in read.items()}


def _said(waits: Sequence[Waits], now: datetime) -> Answer:
    """It leaves as long as the circular waits for one of those it is for."""
    reasons = [(each.why_not(), each) for each in waits]
    to = next((each for reason, each in reasons if reason is None), None)
    if to is None or to.address is None or to.person is None or to.association is None:
        return Skipped(reasons[0][0] or "moved")
    if (wakes := to.wakes_at(now)) > now:
        return Held(wakes)
    letter = nudge_of(to.association, to.circular, to.city, to.title, to.again, to.person.locale)
    return Said(to.address, letter)


async def _read(
    session: AsyncSession, tenant: str, messages: Sequence[str], now: datetime
) -> Mapping[str, Sequence[Waits]]:
    """Message → whom it is for."""
    query = (
        select(Nudge, Notice, City, Circulation.state, Address, Person, Association)
        .join(Message, and_(Message.tenant == Nudge.tenant, Message.id == Nudge.message))
        .join(Notice, and_(Notice.tenant == Nudge.tenant, Notice.id == Nudge.circular))
        .join(City, City.tenant == Nudge.tenant)
        .join(
            Circulation,
            and_(
                Circulation.tenant == Nudge.tenant,
                Circulation.circular == Nudge.circular,
                Circulation.association == Nudge.association,
            ),
        )
        .outerjoin(Address, and_(Address.tenant == Message.tenant, Address.id == Message.address))
        .outerjoin(Person, and_(Person.tenant == Nudge.tenant, Person.id == Nudge.person))
        .outerjoin(Association, and_(Association.tenant == Nudge.tenant, Association.id == Nudge.association))
        .where(Nudge.tenant == tenant, Nudge.message.in_(messages))
        .order_by(Nudge.message, Nudge.person)
    )
    rows = (await session.execute(query)).all()
    stand = await standings(session, tenant, [row.Nudge.person for row in rows], now) if rows else {}
    found: dict[str, list[Waits]] = defaultdict(list)
    for nudge, circular, city, passage, address, person, association in rows:
        who = stand.get(nudge.person)
        officer = who is not None and who.officer_of(nudge.association)
        facts = (circular.id, circular.title, city, nudge.again, passage, circular.state, officer)
        found[nudge.message].append(Waits(*facts, address, person, association, circular.urgency))
    return found
