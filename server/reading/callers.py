"""Who pulls, and which scopes they are in at this moment: from memory while nothing was committed and the day is the same.

The day is a part of the question: a term that begins or ends at midnight in Tokyo is written by nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, LargeBinary, Select, String, bindparam, select

from notices.columns import Id
from notices.models import City, Device, Person, Resident, Term
from notices.standing import Held, Home, Standing, homes, terms
from notices.tokyo import today
from server.auth import Caller
from server.errors import DeviceRevoked, NotSignedIn
from server.keys import Keys
from sync import ScopeKey
from sync.questions import Cut, Question

_TENANT = bindparam("tenant", type_=String())


@dataclass(frozen=True, slots=True)
class Known:
    """A device that may pull, and what it is in. `scopes` in the order of delivery."""

    caller: Caller
    scopes: list[ScopeKey]
    seen_at: datetime | None


def _device(_: str) -> Select[*tuple[Any, ...]]:
    here = (City.tenant == Device.tenant, Person.tenant == Device.tenant, Person.id == Device.person)
    columns = select(Device.id, Device.person, Device.revoked_at, Device.seen_at, City.id, Person.name)
    found = columns.join(City, here[0]).join(Person, here[1] & here[2], isouter=True)
    return found.where(Device.tenant == _TENANT, Device.token_hash == bindparam("hash", type_=LargeBinary()))


DEVICE = Question(_device)
HOMES = Question(
    lambda _: homes(Resident.tenant == _TENANT, Resident.person == bindparam("person", type_=Id()))
)
TERMS = Question(
    lambda _: terms(
        bindparam("day", type_=Date()), Term.tenant == _TENANT, Term.person == bindparam("person", type_=Id())
    )
)


async def known(cut: Cut, keys: Keys, token: str, now: datetime) -> Known:
    """Raises NotSignedIn, DeviceRevoked; Unread."""
    key = (token, today(now))
    if (found := cut.recall(key)) is None:
        found = await _look_up(cut, keys, token, key[1])
        cut.keep(key, found)
    here: Known = found
    return here


async def _look_up(cut: Cut, keys: Keys, token: str, day: date) -> Known:
    tenant = token.partition("_")[0]
    rows = await cut.ask(DEVICE, tenant=tenant, hash=keys.vault.token_hash(token))
    if not rows:
        raise NotSignedIn()
    device, person, revoked_at, seen_at, city, name = rows[0]
    if revoked_at is not None or name is None:
        raise DeviceRevoked()
    lives = [Home(*row) for row in await cut.ask(HOMES, tenant=tenant, person=person)]
    holds = [Held(*row[1:]) for row in await cut.ask(TERMS, tenant=tenant, person=person, day=day)]
    caller = Caller(Standing(tenant, person, name, lives, holds), device, city)
    return Known(caller, caller.scopes, seen_at)
