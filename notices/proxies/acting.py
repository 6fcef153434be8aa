"""For which homes a person speaks today: the one statement by which every right of a proxy is judged.

It holds from the request in which it was taken up to the one after it ended. Whoever is represented must live in the home;
a block leader must hold the seat. A worker that is late changes nothing of that.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select

from notices.models import Association, Block, Household, Person, Proxy, Resident, Term

What = Literal["receive", "stamp", "answer"]
"""What somebody may be asked to do for another."""
WHATS: tuple[What, ...] = ("receive", "stamp", "answer")


@dataclass(frozen=True, slots=True)
class Acting:
    """A home for which somebody speaks, because `represented` lives there and consented."""

    proxy: str
    represented: str
    represented_name: str
    receive: bool
    stamp: bool
    answer: bool
    household: str
    household_name: str
    association: str
    association_name: str
    block: str
    block_name: str

    def may(self, what: What) -> bool:
        return {"receive": self.receive, "stamp": self.stamp, "answer": self.answer}[what]


def acting(day: date | ColumnElement[date], *whose: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Who speaks, and the columns of `Acting`; `whose` speaks of Proxy.

    Proxies are few and are found first: else SQLite, which knows no sizes, begins with all residents of the town.
    """
    its = Proxy.tenant, Proxy.person, Proxy.id, Proxy.represented, Proxy.accepted_at
    theirs = select(*its, Proxy.receive, Proxy.stamp, Proxy.answer).where(*whose, stands(day))
    of = theirs.cte("speaks").prefix_with("MATERIALIZED").c
    return (
        select(of.person, of.id, of.represented, Person.name, of.receive, of.stamp, of.answer)
        .add_columns(Household.id, Household.name, Association.id, Association.name, Block.id, Block.name)
        .join(Person, and_(Person.tenant == of.tenant, Person.id == of.represented))
        .join(Resident, and_(Resident.tenant == of.tenant, Resident.person == of.represented))
        .join(Household, and_(Household.tenant == of.tenant, Household.id == Resident.household))
        .join(Association, and_(Association.tenant == of.tenant, Association.id == Household.association))
        .join(Block, and_(Block.tenant == of.tenant, Block.id == Household.block))
        .where(Resident.until.is_(None), Household.left_at.is_(None))
        .order_by(of.accepted_at, of.id, Household.id)
    )


def open_() -> ColumnElement[bool]:
    """Of Proxy: it was taken up and has not ended, as far as workers have written it down."""
    return and_(Proxy.accepted_at.is_not(None), Proxy.ended_at.is_(None))


def stands(day: date | ColumnElement[date]) -> ColumnElement[bool]:
    """Of Proxy: it was taken up, has not ended, and today is one of its days."""
    return and_(
        open_(),
        Proxy.begins <= day,
        Proxy.ends > day,
        or_(Proxy.seat.is_(None), _holds_it(day)),
    )


def _holds_it(day: date | ColumnElement[date]) -> ColumnElement[bool]:
    return exists().where(
        Term.tenant == Proxy.tenant,
        Term.seat == Proxy.seat,
        Term.person == Proxy.person,
        Term.begins <= day,
        or_(Term.ends.is_(None), Term.ends > day),
    )
