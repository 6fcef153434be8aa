"""PURE: who has a place. Whoever's "we come" the server took first has it; the others wait in that order.

Nobody is overtaken: where the first in line needs more places than are free, those stay free until they are enough.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Party:
    """`turn`: the order in which places were asked for. `has`: has places already."""

    whose: str
    turn: int
    people: int
    has: bool


def given(parties: Sequence[Party]) -> int:
    return sum(party.people for party in parties if party.has)


def called_up(parties: Sequence[Party], places: int | None) -> list[str]:
    """Who gets places now, of those that wait, in their order."""
    free = None if places is None else places - given(parties)
    up = []
    for party in sorted((party for party in parties if not party.has), key=lambda each: each.turn):
        if free is not None:
            if party.people > free:
                break
            free -= party.people
        up.append(party.whose)
    return up


def may_grow(parties: Sequence[Party], whose: str, people: int, places: int | None) -> bool:
    """Whether somebody with places may have so many instead: nobody who waits is overtaken by it."""
    if places is None:
        return True
    others = given([party for party in parties if party.whose != whose])
    before = next(party.people for party in parties if party.whose == whose)
    waits = any(not party.has for party in parties)
    return people <= before or (not waits and others + people <= places)
