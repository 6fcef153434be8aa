"""PURE: what it means that something ends: a term, a residence, a person's life here, a home. An operation on one home and
a roster of a whole association end things by the same steps. Nothing is ever deleted.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from notices.life.changes import Changes
from notices.models import Address, Household, Person, Resident, Term
from notices.tokyo import today

DIED: Final = "died"
"""Why an address of somebody who has died is off."""


def term(changes: Changes, row: Term, now: datetime) -> bool:
    """Over from today; one that has not begun never will. False where it was over."""
    if not changes.set(row, ends=max(today(now), row.begins)):
        return False
    changes.counts["termsEnded"] += 1
    changes.touched.seats.add(row.seat)
    changes.touched.people.add(row.person)
    return True


def residence(changes: Changes, row: Resident, now: datetime) -> None:
    changes.set(row, until=now)
    changes.touched.people.add(row.person)
    changes.touched.households.add(row.household)


def person(changes: Changes, row: Person, now: datetime) -> None:
    """Who lives nowhere in this city any more, and does nothing else in it. Messages that wait for them are not sent
    (deliver/whom.py); their phones stay, and show them nothing."""
    changes.set(row, ended_at=now)
    changes.ended_people.add(row.id)
    changes.touched.people.add(row.id)


def area(changes: Changes, row: Person, association: str) -> None:
    """Who wanted the messages of the association alone that they leave wants those of wherever they live now."""
    if row.area == association:
        changes.set(row, area=None)
        changes.touched.people.add(row.id)


def household(changes: Changes, row: Household, now: datetime) -> None:
    changes.set(row, left_at=now)
    changes.counts["householdsLeft"] += 1
    changes.touched.households.add(row.id)


def addresses(changes: Changes, rows: Iterable[Address], now: datetime) -> None:
    """Of somebody who has died: nothing is ever written there again, whatever else might be found to say."""
    for row in rows:
        if row.state in ("live", "suppressed"):
            changes.set(row, state="off", reason=DIED, changed_at=now)
