"""What an operation sees of the town, and how each of them ends: rows, records, who is told, one entry in the audit."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.life import ending
from notices.life.changes import Changes
from notices.life.life_errors import LastOfficerLeaves, PeopleNotHere
from notices.models import Association, Household, Person, Resident, Seat, Term
from notices.tokyo import today
from notices.town.people_errors import HouseholdUnknown
from notices.town.standing import OFFICERS, runs
from notices.vault import Vault


@dataclass(slots=True)
class Scene:
    """An operation while it goes on. `actor` None: the operator."""

    session: AsyncSession
    vault: Vault
    tenant: str
    actor: str | None
    now: datetime
    changes: Changes = field(init=False)

    def __post_init__(self) -> None:
        self.changes = Changes(self.tenant)


@dataclass(frozen=True, slots=True)
class Home:
    """A household that lives, and who lives in it, in the order in which they are shown."""

    row: Household
    living: Mapping[str, tuple[Resident, Person]]

    @property
    def people(self) -> list[Person]:
        return [person for _, person in self.living.values()]


async def lock(scene: Scene, association: str) -> None:
    """Whatever changes homes of one association comes one after the other, imports of its roster too."""
    query = select(Association.id).where(
        Association.tenant == scene.tenant, Association.id == association, Association.ended_at.is_(None)
    )
    if await scene.session.scalar(query.with_for_update()) is None:
        raise HouseholdUnknown


async def home(scene: Scene, id: str) -> Home:
    """Raises HouseholdUnknown."""
    query = select(Household).where(
        Household.tenant == scene.tenant, Household.id == id, Household.left_at.is_(None)
    )
    if (where := await scene.session.scalar(query)) is None:
        raise HouseholdUnknown
    await lock(scene, where.association)
    # Somebody may have been faster: what was read before the lock is read again.
    row = await scene.session.scalar(
        query.with_for_update().execution_options(populate_existing=True),
    )
    if row is None:
        raise HouseholdUnknown
    return Home(row, await _living(scene, id))


async def _living(scene: Scene, household: str) -> dict[str, tuple[Resident, Person]]:
    query = (
        select(Resident, Person)
        .join(Person, (Person.tenant == Resident.tenant) & (Person.id == Resident.person))
        .where(Resident.tenant == scene.tenant, Resident.household == household, Resident.until.is_(None))
        .order_by(Person.id)
    )
    rows = await scene.session.execute(query.execution_options(populate_existing=True))
    return {person.id: (resident, person) for resident, person in rows}


def chosen(home: Home, people: Sequence[str]) -> list[str]:
    """Raises PeopleNotHere for nobody, and for whoever does not live there."""
    wanted = list(dict.fromkeys(people))
    if not wanted or not set(wanted) <= home.living.keys():
        raise PeopleNotHere
    return wanted


async def settle_in(scene: Scene, household: str, people: Collection[str]) -> None:
    """They live there from now on; who lived there before lives there again."""
    query = select(Resident).where(
        Resident.tenant == scene.tenant, Resident.household == household, Resident.person.in_(sorted(people))
    )
    known = {row.person: row for row in await scene.session.scalars(query)}
    for person in people:
        if person in known:
            scene.changes.set(known[person], since=scene.now, until=None)
        else:
            row = {"household": household, "person": person, "since": scene.now, "until": None}
            scene.changes.insert(Resident, "residencesAdded", **row)
    scene.changes.touched.people |= set(people)
    scene.changes.touched.households.add(household)


async def go(scene: Scene, home: Home, people: Sequence[str]) -> list[tuple[Term, Seat]]:
    """They live here no more. Seats of an association in which they have no other home are vacant from today; who has no
    home in the city and no seat elsewhere has left it. → terms that end, with their seats. Raises LastOfficerLeaves.
    """
    changes, now, association = scene.changes, scene.now, home.row.association
    for id in people:
        ending.residence(changes, home.living[id][0], now)
    if len(people) == len(home.living):
        ending.household(changes, home.row, now)
    others = await _other_homes(scene, home.row.id, people)
    ended: list[tuple[Term, Seat]] = []
    elsewhere: set[str] = {person for person, _ in others}
    for term, seat in await terms_of(scene, people):
        if seat.association != association:
            elsewhere.add(term.person)
        elif (term.person, association) not in others and ending.term(changes, term, now):
            ended.append((term, seat))
    for id in people:
        if (id, association) not in others:
            ending.area(changes, home.living[id][1], association)
        if id not in elsewhere:
            ending.person(changes, home.living[id][1], now)
    await insist_on_an_officer(scene, association)
    return ended


async def _other_homes(scene: Scene, but: str, people: Sequence[str]) -> set[tuple[str, str]]:
    """(person, association) of their homes beside this one."""
    query = (
        select(Resident.person, Household.association)
        .join(Household, (Household.tenant == Resident.tenant) & (Household.id == Resident.household))
        .where(Resident.tenant == scene.tenant, Resident.person.in_(people), Resident.until.is_(None))
        .where(Household.id != but, Household.left_at.is_(None))
    )
    return {(person, association) for person, association in await scene.session.execute(query)}


async def homes_of(scene: Scene, person: str) -> set[str]:
    """Households that live, in which this person does."""
    query = (
        select(Resident.household)
        .join(Household, (Household.tenant == Resident.tenant) & (Household.id == Resident.household))
        .where(Resident.tenant == scene.tenant, Resident.person == person, Resident.until.is_(None))
        .where(Household.left_at.is_(None))
    )
    return set(await scene.session.scalars(query))


async def terms_of(scene: Scene, people: Sequence[str]) -> list[tuple[Term, Seat]]:
    """Theirs that are not over, the first first."""
    query = _terms(scene).where(Term.person.in_(people)).order_by(Term.begins, Term.id)
    return [(term, seat) for term, seat in await scene.session.execute(query)]


def _terms(scene: Scene) -> Select[Term, Seat]:
    seat = (Seat.tenant == Term.tenant) & (Seat.id == Term.seat)
    not_over = or_(Term.ends.is_(None), (Term.ends > today(scene.now)) & (Term.ends > Term.begins))
    return (
        select(Term, Seat)
        .join(Seat, seat)
        .where(Term.tenant == scene.tenant, Seat.ended_at.is_(None), not_over)
    )


async def insist_on_an_officer(scene: Scene, association: str) -> None:
    """Raises LastOfficerLeaves where what is collected would end the last term that runs."""
    ended = {id(row) for row, values in scene.changes.changed if isinstance(row, Term) and "ends" in values}
    query = _terms(scene).where(Seat.association == association, Seat.role.in_(OFFICERS), runs(scene.now))
    speaking = [term for term, _ in await scene.session.execute(query)]
    if any(id(term) in ended for term in speaking) and all(id(term) in ended for term in speaking):
        raise LastOfficerLeaves
