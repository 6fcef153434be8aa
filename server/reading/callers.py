"""Who pulls, and which scopes they are in at this moment: from memory while nothing was committed and the day is the same.

The day is a part of the question: a term that begins or ends at midnight in Tokyo is written by nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any, cast

from sqlalchemy import ColumnElement, Date, LargeBinary, Select, String, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine

from notices.columns import Id
from notices.models import City, Device, Person, Proxy, Resident, Term
from notices.proxies.acting import Acting, acting
from notices.tokyo import today
from notices.town.standing import Held, Home, Standing, homes, terms
from server.edge.auth import Caller
from server.edge.errors import DeviceRevoked, NotSignedIn
from server.keys import Keys
from sync import ScopeKey
from sync.log import QUESTIONS
from sync.pull import Reader
from sync.questions import Cut, Question

_TENANT = bindparam("tenant", type_=String())


@dataclass(frozen=True, slots=True)
class Known:
    """A device that may pull, and what it is in. `scopes` in the order of delivery."""

    caller: Caller
    scopes: list[ScopeKey]
    reader: Reader
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Found:
    """A device that is on file; `still` is None for one that may no longer pull."""

    still: Known | None


def _one_of(dialect: str, column: Any, name: str, type: TypeEngine[Any]) -> ColumnElement[bool]:
    """One is asked for at a time where asking costs nothing, and all at once where it is a journey."""
    if dialect == "sqlite":
        return cast(ColumnElement[bool], column == bindparam(name, type_=type))
    return cast(ColumnElement[bool], column == any_(bindparam(name, type_=ARRAY(type))))


def _device(dialect: str) -> Select[*tuple[Any, ...]]:
    device = (Device.token_hash, Device.id, Device.person, Device.revoked_at, Device.seen_at)
    found = select(*device, City.id, Person.name).join(City, City.tenant == Device.tenant)
    person = (Person.tenant == Device.tenant) & (Person.id == Device.person)
    mine = _one_of(dialect, Device.token_hash, "hash", LargeBinary())
    return found.join(Person, person, isouter=True).where(Device.tenant == _TENANT, mine)


def _homes(dialect: str) -> Select[*tuple[Any, ...]]:
    mine = _one_of(dialect, Resident.person, "person", Id())
    return homes(Resident.tenant == _TENANT, mine).add_columns(Resident.person)


def _terms(dialect: str) -> Select[*tuple[Any, ...]]:
    mine = _one_of(dialect, Term.person, "person", Id())
    return terms(bindparam("day", type_=Date()), Term.tenant == _TENANT, mine)


def _acting(dialect: str) -> Select[*tuple[Any, ...]]:
    mine = _one_of(dialect, Proxy.person, "person", Id())
    return acting(bindparam("day", type_=Date()), Proxy.tenant == _TENANT, mine)


DEVICE, HOMES, TERMS = Question(_device), Question(_homes), Question(_terms)
ACTING = Question(_acting)


async def get_ready(cut: Cut) -> None:
    """The statements of all pulls are made: else the first phone after a start waits for as long as for ten pages."""
    for question in (DEVICE, HOMES, TERMS, ACTING, *QUESTIONS):
        question.on(cut.dialect)


async def known(cut: Cut, keys: Keys, token: str, now: datetime) -> Known:
    """Raises NotSignedIn, DeviceRevoked; Unread."""
    key = (token, today(now))
    if (found := cut.recall(key)) is None:
        await learn(cut, keys, _tenant(token), [token], key[1])
        found = cut.recall(key)
    if found is None:
        raise NotSignedIn()
    here: Known | None = found.still
    if here is None:
        raise DeviceRevoked()
    return here


def recall(cut: Cut, token: str, now: datetime) -> Known | None:
    """Only where the cut's memory has it."""
    found: Found | None = cut.recall((token, today(now)))
    return None if found is None else found.still


async def learn_all(cut: Cut, keys: Keys, tokens: Iterable[str], now: datetime) -> None:
    """Into the cut's memory, in as few journeys as there are cities."""
    day = today(now)
    unknown = sorted({token for token in tokens if cut.recall((token, day)) is None}, key=_tenant)
    for tenant, mine in groupby(unknown, key=_tenant):
        await learn(cut, keys, tenant, list(mine), day)


async def learn(cut: Cut, keys: Keys, tenant: str, tokens: Sequence[str], day: date) -> None:
    hashes = {keys.vault.token_hash(token): token for token in tokens}
    devices = await cut.ask(DEVICE, tenant=tenant, hash=_given(cut, list(hashes)))
    people = sorted({row[2] for row in devices if _stands(row)})
    lives: dict[str, list[Home]] = {person: [] for person in people}
    holds: dict[str, list[Held]] = {person: [] for person in people}
    acts: dict[str, list[Acting]] = {person: [] for person in people}
    if people:
        for *home, person in await cut.ask(HOMES, tenant=tenant, person=_given(cut, people)):
            lives[person].append(Home(*home))
        for person, *held in await cut.ask(TERMS, tenant=tenant, person=_given(cut, people), day=day):
            holds[person].append(Held(*held))
        for person, *acted in await cut.ask(ACTING, tenant=tenant, person=_given(cut, people), day=day):
            acts[person].append(Acting(*acted))
    for row in devices:
        hash, device, person, _, seen_at, city, name = row
        still = None
        if _stands(row):
            standing = Standing(tenant, person, name, lives[person], holds[person], acts[person])
            caller = Caller(standing, device, city)
            still = Known(caller, caller.scopes, Reader(tenant, person, device), seen_at)
        cut.keep((hashes[bytes(hash)], day), Found(still))


def _stands(row: Sequence[Any]) -> bool:
    """Neither revoked, nor of a person this city never had."""
    return row[3] is None and row[6] is not None


def _given(cut: Cut, values: list[Any]) -> Any:
    return values[0] if cut.dialect == "sqlite" else values


def _tenant(token: str) -> str:
    return token.partition("_")[0]
