"""A press too much is taken back: within a week, once, and only where nobody has changed the same rows since.

What an operation wrote is kept as the states of its rows, before and after; ids, days and words of our own, and nothing
that is encrypted. Rows that it added end; rows that it changed are again as they were. Not brought
back are a seat that somebody else holds by now, one of a handover that was cancelled, and a phone that was told to wipe
itself; nor anybody who asked to be forgotten, and was.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import inspect, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.life import ending, walking
from notices.life.changes import Changes
from notices.life.life_errors import ChangedSince
from notices.life.scene import Scene, homes_of, terms_of
from notices.models import Address, Block, Handover, Household, Person, Resident, Seat, Term
from sync import Base

_MODELS: Final[Mapping[str, type[Base]]] = {
    model.__tablename__: model for model in (Household, Person, Resident, Address, Term)
}
_FREE: Final = frozenset({"walk", "changed_at"})
"""Columns that may have moved since: a place in the walking order is found anew."""
State = dict[str, Any]


def states(changes: Changes) -> list[State]:
    """Asked before they are written."""
    found: dict[int, State] = {}
    for row, values in changes.changed:
        if type(row) not in _MODELS.values():
            continue
        state = found.setdefault(
            id(row), {"of": row.__tablename__, "key": _key(row), "before": {}, "after": {}}
        )
        if isinstance(row, Household):
            state.setdefault("walk", row.walk)
        for name, value in values.items():
            if (
                name not in _FREE
                and not isinstance(value, bytes)
                and not isinstance(getattr(row, name), bytes)
            ):
                state["before"].setdefault(name, _told(getattr(row, name)))
                state["after"][name] = _told(value)
    added = [
        {
            "of": model.__tablename__,
            "key": [row["household"], row["person"]] if model is Resident else [row["id"]],
        }
        for model in (Household, Person, Resident)
        for row in changes.added[model]
    ]
    return [*added, *(state for state in found.values() if state["after"])]


def _key(row: Base) -> list[str]:
    return list(inspect(type(row)).primary_key_from_instance(row)[1:])


def _told(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    return {"day": value.isoformat()} if isinstance(value, date) else value


def _meant(said: Any) -> Any:
    if isinstance(said, dict):
        return datetime.fromisoformat(said["at"]) if "at" in said else date.fromisoformat(said["day"])
    return said


async def collect(scene: Scene, kept: Sequence[State], since: datetime) -> None:
    """Fills the scene's changes with the way back from what was done at `since`. Raises ChangedSince."""
    rows = [(state, await _row(scene.session, scene.tenant, state)) for state in kept]
    await _insist_on_nobody_erased(scene, [row for _, row in rows])
    await _insist_on_homes(scene, rows)
    for state, row in rows:
        if "after" in state:
            await _back(scene, state, row, since)
    new = [row for state, row in rows if "after" not in state]
    await _end_what_was_new(scene, new)
    homes = {row.id for _, row in rows if isinstance(row, Household)}
    homes |= {row.household for _, row in rows if isinstance(row, Resident)}
    scene.changes.touched.households |= homes


async def _row(session: AsyncSession, tenant: str, state: State) -> Any:
    row = await session.get(_MODELS[state["of"]], (tenant, *state["key"]), populate_existing=True)
    if row is None:
        raise ChangedSince
    return row


async def _back(scene: Scene, state: State, row: Any, since: datetime) -> None:
    before = {name: _meant(value) for name, value in state["before"].items()}
    after = {name: _meant(value) for name, value in state["after"].items()}
    if isinstance(row, Term) and (await _cancelled(scene.session, row) or await _taken(scene.session, row)):
        return
    if any(getattr(row, name) != value for name, value in after.items()):
        raise ChangedSince
    if isinstance(row, Term):
        before |= await _end_without_handover(scene.session, row, before, since)
    if isinstance(row, Household):
        before |= await _place(scene, row, before, state["walk"])
    scene.changes.set(row, **before)
    touched = scene.changes.touched
    if isinstance(row, Person):
        touched.people.add(row.id)
    elif isinstance(row, Resident | Term):
        touched.people.add(row.person)
    if isinstance(row, Term):
        touched.seats.add(row.seat)


async def _insist_on_nobody_erased(scene: Scene, rows: Sequence[Any]) -> None:
    people = {row.person for row in rows if isinstance(row, Resident | Term)}
    people |= {row.id for row in rows if isinstance(row, Person)}
    query = select(Person.id).where(
        Person.tenant == scene.tenant, Person.id.in_(sorted(people)), Person.erased_at.is_not(None)
    )
    if await scene.session.scalar(query.limit(1)) is not None:
        raise ChangedSince


async def _insist_on_homes(scene: Scene, rows: Sequence[tuple[State, Any]]) -> None:
    """Nobody goes back to a home that has ended since for another reason: all who had stayed there have left it."""
    back = {
        row.id for state, row in rows if isinstance(row, Household) and "left_at" in state.get("before", ())
    }
    wanted = {
        row.household
        for state, row in rows
        if isinstance(row, Resident) and "until" in state.get("before", ()) and not state["before"]["until"]
    }
    query = select(Household.id).where(
        Household.tenant == scene.tenant,
        Household.id.in_(sorted(wanted - back)),
        Household.left_at.is_not(None),
    )
    if await scene.session.scalar(query.limit(1)) is not None:
        raise ChangedSince


async def _cancelled(session: AsyncSession, term: Term) -> bool:
    """Whether the handover it came from was taken back: it is one that never began."""
    if term.handover is None:
        return False
    handover = await session.get_one(Handover, (term.tenant, term.handover), populate_existing=True)
    return handover.cancelled_at is not None


async def _end_without_handover(
    session: AsyncSession, term: Term, before: Mapping[str, Any], since: datetime
) -> dict[str, date | None]:
    """Where a handover that was cancelled meanwhile had set its end: the one before that."""
    seat = await session.get_one(Seat, (term.tenant, term.seat))
    query = select(Handover.altered).where(
        Handover.tenant == term.tenant,
        Handover.association == seat.association,
        Handover.cancelled_at >= since,
        Handover.made_at <= since,
    )
    for altered in await session.scalars(query):
        for each in altered:
            if "ends" in before and (each["term"], _day(each["after"])) == (term.id, before["ends"]):
                return {"ends": _day(each["before"])}
    return {}


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


async def _taken(session: AsyncSession, term: Term) -> bool:
    """Whether somebody else came to that seat since."""
    query = select(Term.id).where(
        Term.tenant == term.tenant,
        Term.seat == term.seat,
        Term.id != term.id,
        Term.begins >= (term.ends or term.begins),
        or_(Term.ends.is_(None), Term.ends > Term.begins),
    )
    return await session.scalar(query.limit(1)) is not None


async def _place(scene: Scene, home: Household, before: Mapping[str, Any], walk: int) -> dict[str, int]:
    """Its place in the block it comes back to, where it comes from another one or from outside."""
    if "block" not in before and "left_at" not in before:
        return {}
    block = before.get("block", home.block)
    here = await scene.session.get(Block, (scene.tenant, block))
    if here is None or here.ended_at is not None:
        raise ChangedSince
    if home.left_at is None and block != home.block:
        scene.changes.touched.moved[home.id] = home.block
        scene.changes.touched.people |= await _people_of(scene.session, scene.tenant, home.id)
    others = await walking.homes(scene.session, scene.tenant, block, but=home.id)
    return {"walk": walking.make_room(scene.changes, others, walk)}


async def _people_of(session: AsyncSession, tenant: str, household: str) -> set[str]:
    query = select(Resident.person).where(
        Resident.tenant == tenant, Resident.household == household, Resident.until.is_(None)
    )
    return set(await session.scalars(query))


async def _end_what_was_new(scene: Scene, new: Sequence[Any]) -> None:
    """A home that somebody else has moved into since stays, and with it everything; so does who lives elsewhere by now, or
    was given a seat."""
    residents = {(row.household, row.person): row for row in new if isinstance(row, Resident)}
    for row in new:
        if isinstance(row, Household):
            people = await _people_of(scene.session, scene.tenant, row.id)
            if row.left_at is not None or people != {person for home, person in residents if home == row.id}:
                raise ChangedSince
            ending.household(scene.changes, row, scene.now)
        elif isinstance(row, Resident):
            if row.until is not None:
                raise ChangedSince
            ending.residence(scene.changes, row, scene.now)
        elif isinstance(row, Person):
            homes = {home for home, person in residents if person == row.id}
            if await homes_of(scene, row.id) - homes or await terms_of(scene, [row.id]):
                raise ChangedSince
            ending.person(scene.changes, row, scene.now)
