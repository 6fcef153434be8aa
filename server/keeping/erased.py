"""WHO WAS ERASED stays erased. A restore brings back what the backup held, so their numbers lie beside the attachments,
outside the database and of every backup's reach; at each start, and every hour, whoever came back is erased again.

    <tenant>/erased/<person>      in the place that KAIRAN_FILES_URL names
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from notices import due
from notices.ids import is_id
from notices.models import Due, Person
from notices.privacy import erasure, unsigning
from server.attachments.store import Store
from server.house import House
from sync import Change, record
from sync.mentions import Mention, mentions

_AT_ONCE: Final = 100
"""Records in one transaction."""


async def erase(house: House, tenant: str, person: str, now: datetime) -> None:
    """At once, by the operator or after a restore. Noted first: who is noted and not erased is, in the next hour.

    Raises StoreAway.
    """
    await note(house.store, tenant, person)
    async with house.db.write() as session:
        await erasure.erase(session, house.keys.vault, tenant, person, now)


async def when_due(house: House, piece: Due, now: datetime) -> None:
    """After the days of cooling off, unless it is taken back in the last moment. Raises StoreAway."""
    await note(house.store, piece.tenant, piece.subject)
    async with house.db.write() as session:
        still_wanted = await due.take(session, piece, now)
        if still_wanted:
            await erasure.erase(session, house.keys.vault, piece.tenant, piece.subject, now)
    if not still_wanted:
        await house.store.place.delete(_key(piece.tenant, piece.subject))


async def note(store: Store, tenant: str, person: str) -> None:
    await store.place.put(_key(tenant, person), b"1")


async def noted(store: Store, tenant: str) -> set[str]:
    keys = [key async for key, _ in store.place.listed(f"{tenant}/erased")]
    return {id for key in keys if is_id(id := key.rpartition("/")[2])}


async def stay_erased(house: House, tenant: str, now: datetime) -> int:
    """Who came back with a restore goes again; who is not noted, as the store was empty, is. → how many went."""
    known = await noted(house.store, tenant)
    async with house.db.read() as session:
        gone = set(await session.scalars(_people(tenant).where(Person.erased_at.is_not(None))))
        back = [
            person
            for batch in _batches(sorted(known - gone))
            for person in await session.scalars(_people(tenant).where(Person.id.in_(batch)))
        ]
    for person in sorted(gone - known):
        await note(house.store, tenant, person)
    for person in back:
        await erase(house, tenant, person, now)
    return len(back)


def _key(tenant: str, person: str) -> str:
    return f"{tenant}/erased/{person}"


def _people(tenant: str) -> Any:
    return select(Person.id).where(Person.tenant == tenant)


def _batches(ids: list[str]) -> list[list[str]]:
    return [ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE)]


async def make_nameless(house: House, piece: Due, now: datetime) -> None:
    """The name is taken out of what it signed, and of every record that phones hold; a step at a time."""
    tenant, person = piece.tenant, piece.subject
    async with house.db.write() as session:
        more = await unsigning.unsign(session, tenant, person)
    if more:
        return
    async with house.db.read() as session:
        found = [
            change for each in await mentions(session, tenant, person) if (change := _without(each, person))
        ]
    async with house.db.write() as session:
        record(session, tenant, *found[:_AT_ONCE])
        if len(found) <= _AT_ONCE:
            await due.take(session, piece, now)


def _without(mention: Mention, person: str) -> Change | None:
    """None where nothing is to be taken out."""
    if mention.scope == ("person", person):
        return Change(mention.scope, mention.type, mention.id, None)
    body = unsigning.without_name(mention.body, person)
    return None if body == mention.body else Change(mention.scope, mention.type, mention.id, body)
