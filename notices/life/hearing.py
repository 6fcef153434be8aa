"""For whom it changes something that somebody lives in another home: who lives there now, and whoever speaks for one of them.
A memo each; one more where it is taken back.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Select, and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.life.telling import Told
from notices.memos.rows import Answer, Said
from notices.memos.short_letters import short_of
from notices.memos.telling import to_be_said, write_to
from notices.models import Association, Household, LifeChange, Memo, Message, Person, Proxy, Resident
from notices.outcomes import Skipped
from notices.planning import carried
from notices.proxies import acting
from notices.tokyo import today
from notices.vault import Vault
from notices.wording.homes import homes

ABOUT: Final = "life"
PATH: Final = "/family"
_INTO_ANOTHER: Final = frozenset({"merged", "split", "arrived", "listed"})
_HEARD: Final = _INTO_ANOTHER | {"joined"}
"""Who lives there hears also of somebody new, who may press for the home; nobody else's home is another one by that."""


async def tell(session: AsyncSession, row: LifeChange, by: str | None, now: datetime) -> None:
    """Whoever pressed it knows; that it was taken back is told to whom it had been told."""
    if row.kind not in _HEARD:
        return
    if row.undone_at is not None:
        await write_to(session, row.tenant, _told(row), ABOUT, row.id, now)
        return
    concerned = await _concerned(session, row)
    moved = concerned if row.kind in _INTO_ANOTHER else ()
    speaking = _speaking(row.tenant, moved, now).with_only_columns(Proxy.person).order_by(None)
    people = {*concerned, *await session.scalars(speaking)} - {by}
    await write_to(session, row.tenant, sorted(filter(None, people)), ABOUT, row.id, now)


def _told(row: LifeChange) -> Select[str]:
    """To whom a memo has left, or is leaving: what waits says nothing any more."""
    return (
        select(Memo.person)
        .join(Message, and_(Message.tenant == Memo.tenant, Message.id == Memo.message))
        .where(Memo.tenant == row.tenant, Memo.about == ABOUT, Memo.subject == row.id)
        .where(Message.state.not_in(("due", "later")))
    )


def _home(row: LifeChange) -> str:
    """Where they live now."""
    return Told(**row.said).other or row.household


async def _living(session: AsyncSession, row: LifeChange) -> dict[str, str]:
    """Person → name, of the new home."""
    query = (
        select(Person.id, Person.name)
        .join(Resident, and_(Resident.tenant == Person.tenant, Resident.person == Person.id))
        .where(Resident.tenant == row.tenant, Resident.household == _home(row), Resident.until.is_(None))
        .order_by(Person.id)
    )
    return {id: name for id, name in await session.execute(query)}


async def _concerned(session: AsyncSession, row: LifeChange) -> list[str]:
    """Also who lives elsewhere again, where it was taken back."""
    return sorted({*await _living(session, row), *Told(**row.said).people})


def _speaking(tenant: str, people: Sequence[str], now: datetime) -> Select[str]:
    """The names of those for whom somebody speaks."""
    query = select(Person.name).join(
        Proxy, and_(Proxy.tenant == Person.tenant, Proxy.represented == Person.id)
    )
    query = query.where(Person.tenant == tenant, Person.id.in_(people), acting.stands(today(now)))
    return query.distinct().order_by(Person.name)


async def said(
    session: AsyncSession,
    vault: Vault,  # noqa: ARG001 - every room of memos is asked alike
    tenant: str,
    memos: Sequence[Memo],
    now: datetime,
) -> dict[str, Answer]:
    query = to_be_said(tenant, memos, LifeChange).add_columns(Association.name)
    query = query.join(
        Association, and_(Association.tenant == Memo.tenant, Association.id == LifeChange.association)
    )
    found: dict[str, Answer] = {}
    for memo, row, address, locale, _, association in (await session.execute(query)).all():
        words = await _words(session, memo, row, locale, now)
        if address.person != memo.person or isinstance(words, str):
            found[memo.message] = Skipped(words if isinstance(words, str) else "moved")
        elif not carried.takes(address, "ordinary"):
            found[memo.message] = Skipped(carried.why_not(address))
        else:
            found[memo.message] = Said(address, short_of(row.id, words, association, locale, PATH))
    return found


async def _words(
    session: AsyncSession, memo: Memo, row: LifeChange, locale: str, now: datetime
) -> tuple[str, str] | str:
    """Or why there is nothing to say any more."""
    words, living = homes(locale), await _living(session, row)
    concerned = await _concerned(session, row)
    whose = await session.scalars(_speaking(row.tenant, concerned, now).where(Proxy.person == memo.person))
    names = whose.all()
    if memo.person not in concerned and not names:
        return "proxy-ended"
    if row.undone_at is not None:
        return words.undone if memo.at >= row.undone_at else "change-undone"
    home = (await session.get_one(Household, (row.tenant, _home(row)))).name
    if memo.person in living:
        return words.lives(home, words.each([*living.values()]))
    return words.speaks(words.each(names), home, words.each([*living.values()])) if names else "moved"
