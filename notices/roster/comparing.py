"""PURE: a roster file against the register: blocks and households that came, moved, changed and left.

A household is known by its 世帯番号. It is another household all the same when both the name and all its people
are others: a house keeps its number when a family moves out and the next one moves in. One that left, and whose
number and name come back, has returned.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from notices.life import ending
from notices.life.changes import Changes
from notices.models import Block, Household
from notices.roster import residents, seating
from notices.roster.changes import Import
from notices.roster.on_file import Register
from notices.roster.rows import HouseholdRow, same, same_number


def compare(work: Import) -> Changes:
    blocks = _blocks(work)
    known = _known_households(work.register)
    names = _names_by_household(work.register)
    places = [(_household(work, row, blocks, known, names), row) for row in work.parsed.households]
    _end_households(work, {household for household, _ in places})
    homes = residents.compare(work, places)
    seating.compare(work, blocks, homes)
    _end_blocks(work, blocks)
    return work.changes


def _blocks(work: Import) -> dict[str, str]:
    """→ id of each block by its name, as `same` sees it. Their order is that of the file."""
    known = {same(block.name): block for block in work.register.blocks}
    blocks: dict[str, str] = {}
    for position, name in enumerate(dict.fromkeys(row.block for row in work.parsed.households), 1):
        block = known.get(same(name))
        if block is None:
            row = {"association": work.association, "name": name, "position": position, "ended_at": None}
            blocks[same(name)] = work.changes.add(Block, "blocksAdded", **row)
            work.changes.touched.blocks.add(blocks[same(name)])
        else:
            blocks[same(name)] = block.id
            if work.changes.set(block, position=position):
                work.changes.counts["blocksChanged"] += 1
                work.changes.touched.blocks.add(block.id)
    return blocks


def _end_blocks(work: Import, blocks: Mapping[str, str]) -> None:
    staying = set(blocks.values())
    for block in work.register.blocks:
        if block.id not in staying:
            work.changes.set(block, ended_at=work.now)
            work.changes.counts["blocksEnded"] += 1
            work.changes.touched.blocks.add(block.id)


def _known_households(register: Register) -> dict[str, Household]:
    """By number; those who are here win over those who left, and of these the last."""
    order = sorted(register.households, key=lambda row: (row.left_at is None, row.left_at or row.joined_at))
    return {same_number(household.number): household for household in order}


def _names_by_household(register: Register) -> Mapping[str, set[str]]:
    names: dict[str, set[str]] = defaultdict(set)
    for resident in register.residents:
        if resident.until is None:
            names[resident.household].add(same(register.people[resident.person].name))
    return names


def _household(
    work: Import,
    row: HouseholdRow,
    blocks: Mapping[str, str],
    known: Mapping[str, Household],
    names: Mapping[str, set[str]],
) -> str:
    """→ the id of the household this row is about."""
    block = blocks[same(row.block)]
    household = known.get(same_number(row.number))
    if household is None or not _is_same(household, row, names.get(household.id, set())):
        return _add(work, row, block)
    _change(work, household, row, block)
    return household.id


def _is_same(household: Household, row: HouseholdRow, living: set[str]) -> bool:
    if same(household.name) == same(row.name):
        return True
    if household.left_at is not None:
        return False
    return not living or not row.people or any(same(person.name) in living for person in row.people)


def _add(work: Import, row: HouseholdRow, block: str) -> str:
    id = work.changes.add(
        Household,
        "householdsAdded",
        association=work.association,
        block=block,
        walk=row.walk,
        number=row.number,
        name=row.name,
        street=work.sealed(row.street),
        paper=row.paper,
        joined_at=work.now,
        left_at=None,
    )
    work.changes.touched.households.add(id)
    return id


def _change(work: Import, household: Household, row: HouseholdRow, block: str) -> None:
    changes, moved = work.changes, household.block != block
    values: dict[str, Any] = {"block": block, "name": row.name, "left_at": None}
    if work.has("walk") or moved:
        values["walk"] = row.walk
    if work.has("paper"):
        values["paper"] = row.paper
    if work.has("street"):
        values |= work.resealed("street", household.street, row.street)
    if not changes.set(household, **values):
        return
    changes.touched.households.add(household.id)
    if household.left_at is not None:
        changes.counts["householdsReturned"] += 1
        return
    changes.counts["householdsMoved" if moved else "householdsChanged"] += 1
    if moved:
        changes.touched.moved[household.id] = household.block
    if moved or household.name != row.name:
        lives = [
            each for each in work.register.residents if each.household == household.id and not each.until
        ]
        changes.touched.people |= {resident.person for resident in lives}


def _end_households(work: Import, staying: set[str]) -> None:
    for household in work.register.households:
        if household.left_at is None and household.id not in staying:
            ending.household(work.changes, household, work.now)
