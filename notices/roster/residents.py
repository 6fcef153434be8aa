"""PURE: a roster file against the register: people, where they live, and their mail addresses.

A person is known by 住民番号, else by name within the household; somebody who holds a seat and lives in no
household yet (the first officer, from `init`) by name; somebody of another association by number, name and year
of birth together, as two associations may both count from 1. A number under which name, year of birth and
household are all others is another person's: devices never pass to a stranger because a list was renumbered.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from notices.life import ending
from notices.models import Address, Person, Resident
from notices.planning.carried import BY_ITS_OWNER, STOPPED, STOPPED_WHOLLY
from notices.roster.changes import Import, Move
from notices.roster.on_file import SENT_TO, Register
from notices.roster.rows import HouseholdRow, PersonRow, Problem, same, same_number
from notices.town import mail_address

Places = Sequence[tuple[str, HouseholdRow]]
BY_ROSTER: Final = frozenset({"replaced", "removed", ending.DIED})
"""Why a roster, or an officer, switches an address off; who stands on a list again has not died. What a person switched
off stays off, whatever a file says."""


@dataclass(frozen=True, slots=True)
class Living:
    """A person of the file, in the household with this id."""

    household: str
    home: HouseholdRow
    row: PersonRow


def compare(work: Import, places: Places) -> dict[str, Living]:
    """→ everybody in the file, by id."""
    people = [Living(household, home, row) for household, home in places for row in home.people]
    known = recognised(work, people)
    homes: dict[str, Living] = {}
    for living, person in zip(people, known, strict=True):
        homes[_person(work, living, person)] = living
    _residences(work, homes)
    if work.has("mail"):
        for id, living in homes.items():
            _mail(work, id, living.row.mail)
    return homes


def recognised(work: Import, people: Sequence[Living]) -> list[Person | None]:
    """Who each row is, as far as we know; nobody twice."""
    register = work.register
    found: list[Person | None] = [None] * len(people)
    taken: set[str] = set()

    def take(place: int, candidates: Sequence[Person]) -> None:
        for person in candidates:
            if found[place] is None and person.id not in taken:
                found[place] = person
                taken.add(person.id)

    numbers, homes = _by_number(register), _by_home(register)
    seated, city = _seated(register), _by_number_in_city(register)
    for place, living in enumerate(people):
        if living.row.number:
            holder = numbers.get(same_number(living.row.number))
            if holder is not None and not _is_same(holder, living, homes):
                _warn_of_renumbering(work, living)
            elif holder is not None:
                take(place, [holder])
            take(
                place, city.get((same_number(living.row.number), same(living.row.name), living.row.born), [])
            )
    for place, living in enumerate(people):
        take(place, homes.get((living.household, same(living.row.name)), []))
    for place, living in enumerate(people):
        take(place, seated.get(same(living.row.name), []))
    return found


def _is_same(person: Person, living: Living, homes: Mapping[tuple[str, str], Sequence[Person]]) -> bool:
    if same(person.name) == same(living.row.name):
        return True
    if person.born is not None and person.born == living.row.born:
        return True
    return person in homes.get((living.household, same(person.name)), [])


def _warn_of_renumbering(work: Import, living: Living) -> None:
    message = (
        f"住民番号{living.row.number}は別の人のものでした。{living.row.name}さんを新しい人として登録します。"
    )
    work.warnings.append(Problem(living.row.line, "warning", message))


def _by_number(register: Register) -> dict[str, Person]:
    """Those who live here win over those who left."""
    order = sorted(register.people.values(), key=lambda person: person.ended_at is None)
    return {same_number(person.number): person for person in order if person.number}


def _by_home(register: Register) -> Mapping[tuple[str, str], list[Person]]:
    """By household and name, those who live there first."""
    homes: dict[tuple[str, str], list[Person]] = defaultdict(list)
    for resident in sorted(register.residents, key=lambda resident: resident.until is not None):
        person = register.people[resident.person]
        homes[resident.household, same(person.name)].append(person)
    return homes


def _seated(register: Register) -> Mapping[str, list[Person]]:
    housed = {resident.person for resident in register.residents}
    seated: dict[str, list[Person]] = defaultdict(list)
    for person in register.people.values():
        if person.id not in housed:
            seated[same(person.name)].append(person)
    return seated


def _by_number_in_city(register: Register) -> Mapping[tuple[str, str, int | None], list[Person]]:
    known: dict[tuple[str, str, int | None], list[Person]] = defaultdict(list)
    for person in register.known_in_city:
        if person.number and person.born is not None:
            known[same_number(person.number), same(person.name), person.born].append(person)
    return known


def _person(work: Import, living: Living, person: Person | None) -> str:
    row, changes = living.row, work.changes
    if person is None:
        id = changes.add(
            Person,
            "peopleAdded",
            number=row.number or None,
            name=row.name,
            kana=row.kana,
            born=row.born,
            phone=work.sealed(row.phone),
            created_at=work.now,
            ended_at=None,
        )
        changes.touched.people.add(id)
        return id
    if changes.set(person, **_wanted(work, person, row)):
        changes.counts["peopleReturned" if person.ended_at else "peopleChanged"] += 1
        changes.touched.people.add(person.id)
        changes.touched.households.add(living.household)
        changes.touched.seats |= {term.seat for term in work.register.terms if term.person == person.id}
    return person.id


def _wanted(work: Import, person: Person, row: PersonRow) -> dict[str, Any]:
    wanted: dict[str, Any] = {"name": row.name, "ended_at": None}
    if row.number and same_number(row.number) != same_number(person.number or ""):
        wanted["number"] = row.number
    if work.has("kana"):
        wanted["kana"] = row.kana
    if work.has("born"):
        wanted["born"] = row.born
    if work.has("phone"):
        wanted |= work.resealed("phone", person.phone, row.phone)
    return wanted


def _residences(work: Import, homes: Mapping[str, Living]) -> None:
    """Who moved in, who moved out; who lives nowhere any more, and does nothing else in this city, has left."""
    changes, touched = work.changes, work.changes.touched
    known = {(resident.household, resident.person): resident for resident in work.register.residents}
    for person, living in homes.items():
        resident = known.get((living.household, person))
        if resident is None:
            row = {"household": living.household, "person": person, "since": work.now, "until": None}
            changes.insert(Resident, "residencesAdded", **row)
        elif resident.until is None or not changes.set(resident, since=work.now, until=None):
            continue
        touched.people.add(person)
        touched.households.add(living.household)
    for (household, person), resident in known.items():
        stays = person in homes and homes[person].household == household
        if resident.until is None and not stays:
            ending.residence(changes, resident, work.now)
            if person in homes:
                changes.counts["peopleMoved"] += 1
                work.moves.append(Move(person, household, homes[person].household))
            else:
                ending.area(changes, work.register.people[person], work.association)
                _end(work, work.register.people[person])


def _end(work: Import, person: Person) -> None:
    work.changes.counts["peopleLeft"] += 1
    if person.id not in work.register.elsewhere:
        ending.person(work.changes, person, work.now)


def _mail(work: Import, person: str, wanted: str) -> None:
    """The file's address is the one; a person who stopped mail has stopped it at a new address too."""
    known = {work.vault.decrypt(work.tenant, row.secret): row for row in work.register.mails.get(person, ())}
    sent_to = any(row.state in SENT_TO for row in known.values())
    stops = {row.reason for row in known.values() if row.reason in BY_ITS_OWNER}
    wholly = STOPPED_WHOLLY if STOPPED_WHOLLY in stops else STOPPED
    state, reason = ("off", wholly) if stops and not sent_to else ("live", None)
    if wanted and wanted not in known:
        _add_mail(work, person, wanted, state, reason, _not_wanted(known.values()))
    elif wanted and known[wanted].state == "off" and known[wanted].reason in BY_ROSTER:
        _switch(work, known[wanted], state, reason)
    for mail, row in known.items():
        if mail != wanted and (row.state in SENT_TO or (wanted and row.reason in BY_ITS_OWNER)):
            _switch(work, row, "off", "replaced" if wanted else "removed")


def _not_wanted(rows: Iterable[Address]) -> list[str] | None:
    return sorted({topic for row in rows for topic in row.stopped_topics or ()}) or None


def _switch(work: Import, row: Address, state: str, reason: str | None) -> None:
    work.changes.set(row, state=state, reason=reason, changed_at=work.now)
    work.changes.counts["mailsEnded" if reason in BY_ROSTER else "mailsAdded"] += 1


def _add_mail(
    work: Import, person: str, mail: str, state: str, reason: str | None, topics: list[str] | None
) -> None:
    work.changes.add(
        Address,
        "mailsAdded",
        person=person,
        channel="mail",
        secret=work.sealed(mail),
        lookup=work.vault.lookup(work.tenant, mail.lower()),
        lane=mail_address.domain_of(mail),
        state=state,
        reason=reason,
        stopped_topics=topics,
        device=None,
        created_at=work.now,
        changed_at=work.now,
    )
