"""PURE: a roster file against the register: seats and the terms on which they are held.

A seat is known by role, title and block. Terms of residents are made those of the file; terms of somebody who was
never in a household here (an officer made by `init`, not yet on the list) are left alone, with a warning.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from itertools import zip_longest
from typing import Any

from notices.life import ending
from notices.models import Seat, Term
from notices.roster.changes import Import
from notices.roster.on_file import Register
from notices.roster.residents import Living
from notices.roster.rows import Problem, SeatRow, same
from notices.tokyo import today
from notices.town.standing import OFFICERS

Held = tuple[str, str]
"""(seat, person)."""


def compare(work: Import, blocks: Mapping[str, str], homes: Mapping[str, Living]) -> None:
    wanted = _wanted(work, blocks, homes) if work.has("title") else {}
    known: dict[Held, list[Term]] = defaultdict(list)
    for term in work.register.terms:
        known[term.seat, term.person].append(term)
    for held in dict.fromkeys([*known, *wanted]):
        if _is_ours(work, held[1], homes):
            spared = {term.id for term in known.get(held, []) if _is_spared(work, term, homes)}
            _match(work, held, known.get(held, []), wanted.get(held, []), spared)
        elif work.has("title"):
            _warn_of_guest(work, held)
    _end_seats(work, set(blocks.values()))


def officers(register: Register, day: date) -> set[str]:
    """Who speaks for the association on this day."""
    seats = {seat.id for seat in register.seats if seat.role in OFFICERS}
    return {
        term.person for term in register.terms if term.seat in seats and _runs(term.begins, term.ends, day)
    }


def officers_after(work: Import) -> set[str]:
    """The same when the changes are made."""
    day = today(work.now)
    seats = {seat.id for seat in work.register.seats if seat.role in OFFICERS}
    seats |= {row["id"] for row in work.changes.added[Seat] if row["role"] in OFFICERS}
    altered = {id(row): values for row, values in work.changes.changed}
    terms = [
        (term.seat, term.person, {"begins": term.begins, "ends": term.ends} | altered.get(id(term), {}))
        for term in work.register.terms
    ]
    terms += [(row["seat"], row["person"], row) for row in work.changes.added[Term]]
    return {person for seat, person, at in terms if seat in seats and _runs(at["begins"], at["ends"], day)}


def _runs(begins: date, ends: date | None, day: date) -> bool:
    return begins <= day and (ends is None or day < ends)


def _is_ours(work: Import, person: str, homes: Mapping[str, Living]) -> bool:
    """In the file with its seats; or a resident who is not in it any more."""
    if person in homes:
        return work.has("title")
    return any(resident.person == person for resident in work.register.residents)


def _wanted(
    work: Import, blocks: Mapping[str, str], homes: Mapping[str, Living]
) -> Mapping[Held, list[SeatRow]]:
    seats = {(seat.role, same(seat.title), seat.block): seat.id for seat in work.register.seats}
    wanted: dict[Held, list[SeatRow]] = defaultdict(list)
    for person, living in homes.items():
        for row in living.row.seats:
            block = blocks[same(row.block or living.home.block)] if row.role == "block-leader" else None
            key = (row.role, same(row.title), block)
            if key not in seats:
                seats[key] = _add_seat(work, row, block)
            wanted[seats[key], person].append(row)
    return wanted


def _add_seat(work: Import, row: SeatRow, block: str | None) -> str:
    values = {"role": row.role, "title": row.title, "block": block, "ended_at": None}
    id = work.changes.add(Seat, "seatsAdded", association=work.association, **values)
    work.changes.touched.seats.add(id)
    return id


def _is_spared(work: Import, term: Term, homes: Mapping[str, Living]) -> bool:
    """A term that a handover is yet to bring is no business of a list written before it, unless its person is gone."""
    return term.handover is not None and term.begins > today(work.now) and term.person in homes


def _match(
    work: Import, held: Held, known: Sequence[Term], wanted: Sequence[SeatRow], spared: Collection[str]
) -> None:
    """Terms that begin on the same day belong together; of the rest, the first with the first."""
    rows = {row.begins: row for row in wanted}
    others = []
    for term in sorted(known, key=lambda term: (term.begins, term.id)):
        if term.begins in rows:
            _make(work, held, term, rows.pop(term.begins))
        elif term.id not in spared:
            others.append(term)
    for other, row in zip_longest(others, rows.values()):
        if row is not None:
            _make(work, held, other, row)
        elif other is not None:
            ending.term(work.changes, other, work.now)


def _make(work: Import, held: Held, term: Term | None, row: SeatRow) -> None:
    ends = row.until + timedelta(days=1) if row.until else None
    if term is None:
        begins = row.begins or today(work.now)
        work.changes.add(Term, "termsAdded", seat=held[0], person=held[1], begins=begins, ends=ends)
    else:
        values: dict[str, Any] = {"begins": row.begins or term.begins}
        if work.has("until"):
            values["ends"] = ends
        if not work.changes.set(term, **values):
            return
        work.changes.counts["termsChanged"] += 1
        begins = values["begins"]
    _touch(work, held)
    coming = {day for day in (begins, ends) if day and day > today(work.now)}
    if coming:
        work.changes.turning[held[1]] |= coming


def _touch(work: Import, held: Held) -> None:
    work.changes.touched.seats.add(held[0])
    work.changes.touched.people.add(held[1])


def _warn_of_guest(work: Import, held: Held) -> None:
    seat = next(seat for seat in work.register.seats if seat.id == held[0])
    name = work.register.people[held[1]].name
    message = f"{seat.title}の{name}さんは名簿の世帯にいないため、役職はそのままにします。"
    work.warnings.append(Problem(0, "warning", message))


def _end_seats(work: Import, staying: set[str]) -> None:
    """The seat of a block that is no more."""
    for seat in work.register.seats:
        if seat.block is not None and seat.block not in staying:
            work.changes.set(seat, ended_at=work.now)
            work.changes.touched.seats.add(seat.id)
            work.changes.touched.people |= {
                term.person for term in work.register.terms if term.seat == seat.id
            }
