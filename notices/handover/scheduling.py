"""THE SEATS CHANGE HANDS here: one transaction writes all that will be true on the day, and one press takes it back until then.

Nothing happens on the day itself but that terms begin and end: rights are judged by their dates.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit, due, ids
from notices.errors import IdTaken, NotFound
from notices.handover import states
from notices.handover.handover_errors import OnlyThePresident
from notices.handover.proposal import Body, Proposal, Wish, judged
from notices.handover.telling import preview, scheduled
from notices.models import Association, Handover, Seat, Term
from notices.records import audience as places
from notices.records.projection import Touched, refresh
from notices.tokyo import midnight, spoken, today
from notices.town.standing import Held, Standing, runs
from notices.vault import Vault
from sync import Change, record


async def foresee(session: AsyncSession, by: Standing, association: str, wish: Wish, now: datetime) -> Body:
    """The preview: telling.preview. Raises what `schedule` raises; nothing is written."""
    await decider(session, by, association, now)
    proposal = await judged(session, by.tenant, association, wish, now)
    await _insist_on_none_to_come(session, by.tenant, association, now)
    return preview(proposal)


async def schedule(
    session: AsyncSession,
    vault: Vault,
    by: Standing,
    association: str,
    wish: Wish,
    id: str | None,
    now: datetime,
) -> Body:
    """`id`: the client's own; a second press with it is answered as the first.

    Raises NotFound, OnlyThePresident, HandoverPending, IdTaken, and what proposal.judged raises.
    """
    await _lock(session, by.tenant, association)
    seat = await decider(session, by, association, now)
    if id is not None and (known := await session.get(Handover, (by.tenant, id))) is not None:
        if known.association != association or known.by != by.person:
            raise IdTaken()
        states.after(states.state_of(known, now), "again")
        return scheduled(known)
    proposal = await judged(session, by.tenant, association, wish, now)
    await _insist_on_none_to_come(session, by.tenant, association, now)
    row = Handover(
        tenant=by.tenant,
        id=id or ids.new_id(),
        association=association,
        begins=wish.begins,
        overlap_weeks=wish.overlap_weeks,
        said=preview(proposal),
        altered=[_alteration(term, ends) for term, ends in proposal.altered],
        by=by.person,
        by_name=by.name,
        by_title=seat.title,
        made_at=now,
    )
    session.add(row)
    await _write(session, vault, row, proposal, now)
    detail = {"association": association, "begins": row.begins.isoformat(), "seats": len(wish.seats)}
    await audit.write(session, by.tenant, by.person, "handover.scheduled", row.id, detail, now)
    return scheduled(row)


async def cancel(session: AsyncSession, vault: Vault, by: Standing, association: str, now: datetime) -> None:
    """Everything is as if it had never been pressed. Raises NotFound, OnlyThePresident, NoHandoverPending."""
    await _lock(session, by.tenant, association)
    await decider(session, by, association, now)
    row = await newest(session, by.tenant, association)
    states.after(states.state_of(row, now), "cancel")
    assert row is not None
    row.cancelled_at = now
    touched = Touched()
    made = select(Term).where(Term.tenant == by.tenant, Term.handover == row.id)
    for term in await session.scalars(made):
        # It stays on record as one that never began.
        term.ends = term.begins
        _touch(touched, term)
    for each in row.altered:
        term = await session.get_one(Term, (by.tenant, each["term"]))
        # Where the roster or the city has said something else since, that stands.
        if term.ends == _day(each["after"]):
            term.ends = _day(each["before"])
            _touch(touched, term)
    await _tell(session, vault, row, touched, now)
    await audit.write(session, by.tenant, by.person, "handover.cancelled", row.id, {}, now)


async def pending(session: AsyncSession, tenant: str, association: str, now: datetime) -> Handover | None:
    """The one that is to come."""
    row = await newest(session, tenant, association)
    return row if states.state_of(row, now) == "to-come" else None


async def newest(session: AsyncSession, tenant: str, association: str) -> Handover | None:
    """Where an association is: of those that stand the latest, which alone can be to come; else one that was cancelled."""
    query = select(Handover).where(Handover.tenant == tenant, Handover.association == association)
    stands_first = (Handover.cancelled_at.is_not(None), Handover.begins.desc(), Handover.id.desc())
    return await session.scalar(query.order_by(*stands_first).limit(1))


async def decider(session: AsyncSession, by: Standing, association: str, now: datetime) -> Held:
    """The seat by which this person decides: the president's, or where nobody holds that, any officer's."""
    seat = by.seat_in(association)
    if seat is None:
        raise NotFound()
    own = [held for held in by.seats if held.association == association and held.role == "president"]
    if own:
        return own[0]
    query = select(Term.id).join(Seat, (Seat.tenant == Term.tenant) & (Seat.id == Term.seat))
    query = query.where(Seat.tenant == by.tenant, Seat.association == association, Seat.role == "president")
    if await session.scalar(query.where(Seat.ended_at.is_(None), runs(now)).limit(1)) is not None:
        raise OnlyThePresident()
    return seat


def keep(session: AsyncSession, row: Handover) -> None:
    """The officers of the association have it on their phones, also once it has happened; a cancelled one goes."""
    body = scheduled(row) if row.cancelled_at is None else None
    record(session, row.tenant, Change(places.officers_scope(row.association), "handovers", row.id, body))


async def _lock(session: AsyncSession, tenant: str, association: str) -> None:
    # Two officers at once would each see that no handover is to come.
    query = select(Association.id).where(Association.tenant == tenant, Association.id == association)
    await session.execute(query.with_for_update())


async def _insist_on_none_to_come(
    session: AsyncSession, tenant: str, association: str, now: datetime
) -> None:
    there = await newest(session, tenant, association)
    begins = "" if there is None else spoken(midnight(there.begins))
    states.after(states.state_of(there, now), "schedule", begins=begins)


async def _write(
    session: AsyncSession, vault: Vault, row: Handover, proposal: Proposal, now: datetime
) -> None:
    touched = Touched()
    for term, ends in proposal.altered:
        term.ends = ends
        _touch(touched, term)
    for seat, person in proposal.added:
        term = Term(tenant=row.tenant, id=ids.new_id(), seat=seat, person=person, begins=row.begins)
        term.handover = row.id
        session.add(term)
        _touch(touched, term)
    await _tell(session, vault, row, touched, now)


async def _tell(session: AsyncSession, vault: Vault, row: Handover, touched: Touched, now: datetime) -> None:
    await refresh(session, vault, row.tenant, touched, now)
    turns = [day for day in (row.begins, row.begins + timedelta(weeks=row.overlap_weeks)) if day > today(now)]
    if turns:
        # Whose next turn is another day is looked at a day too early, and then on that day.
        due.soon(session, row.tenant, "term", touched.people, midnight(min(turns)))
    keep(session, row)


def _touch(touched: Touched, term: Term) -> None:
    touched.people.add(term.person)
    touched.seats.add(term.seat)


def _alteration(term: Term, ends: date | None) -> dict[str, str | None]:
    before, after = (None if day is None else day.isoformat() for day in (term.ends, ends))
    return {"term": term.id, "before": before, "after": after}


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
