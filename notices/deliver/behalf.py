"""For whom a proxy gets a message: the names of those for whom they read, of a batch in one statement."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import Date, Select, Table, and_, bindparam, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import many
from notices.deliver.whom import Recipient
from notices.many import Bare
from notices.models import Person, Proxy, Resident
from notices.proxies.acting import stands
from notices.tokyo import today
from notices.wording.behalf import OWN, Behalf
from sync import Question, ask

_resident = cast(Table, Resident.__table__)
_lives = _resident.alias("lives")
Represented = Mapping[Bare, Mapping[Bare, Sequence[str]]]
"""Proxy → household in which they do not live themselves → those there for whom they read, by name."""


async def represented(
    session: AsyncSession, tenant: str, recipients: Mapping[Bare, Sequence[Recipient]], now: datetime
) -> Represented:
    told = [each.key for of in recipients.values() for each in of]
    if not told:
        return {}
    people, homes = ({key[part] for key in told} for part in (0, 2))
    given: dict[str, Any] = {"tenant": tenant, "day": today(now)}
    given |= {"people": many.listed(session, people), "homes": many.listed(session, homes)}
    found: dict[Bare, dict[Bare, list[str]]] = defaultdict(lambda: defaultdict(list))
    for proxy, household, name in await ask(session, _REPRESENTED, **given):
        found[proxy][household].append(name)
    return found


def of_each(for_whom: Represented, notices: Sequence[str], told: Sequence[Recipient]) -> tuple[Behalf, ...]:
    """Of each notice that one message carries; two who share a mailbox share it. Empty where nobody reads as a proxy."""
    each = [_behalf(for_whom, [part for part in told if part.notice == notice]) for notice in notices]
    return tuple(each) if any(whose.names for whose in each) else ()


def _behalf(for_whom: Represented, told: Sequence[Recipient]) -> Behalf:
    names: dict[str, None] = {}
    own = False
    for each in told:
        person, _, household = each.key
        theirs = for_whom.get(person, {}).get(household, ())
        own = own or not theirs
        names |= dict.fromkeys(theirs)
    return Behalf(tuple(names), own) if names else OWN


def _represented(dialect: str) -> Select[*tuple[Any, ...]]:
    """Also of homes in which they have lived: one may have become a part of another while the notice was on its way.

    Proxies are few and are found first, and of those for whom they speak the homes that are written to: else SQLite, which
    knows no sizes, begins with all residents of the town.
    """
    embedded = dialect == "sqlite"
    theirs = (
        select(Proxy.tenant, Proxy.person, Proxy.represented, Proxy.accepted_at, Proxy.id)
        .where(Proxy.tenant == bindparam("tenant"), many.among(Proxy.person, "people", embedded=embedded))
        .where(Proxy.receive.is_(True), stands(bindparam("day", type_=Date)))
    )
    of = theirs.cte("speaks").prefix_with("MATERIALIZED").c
    too = exists().where(
        _lives.c.tenant == of.tenant,
        _lives.c.person == of.person,
        _lives.c.household == _resident.c.household,
        _lives.c.until.is_(None),
    )
    return (
        select(many.bare(of.person), many.bare(_resident.c.household), Person.name)
        .join(_resident, and_(_resident.c.tenant == of.tenant, _resident.c.person == of.represented))
        .join(Person, and_(Person.tenant == of.tenant, Person.id == of.represented))
        .where(many.among(_resident.c.household, "homes", embedded=embedded), ~too)
        .order_by(of.accepted_at, of.id)
    )


_REPRESENTED: Final = Question(_represented)
