"""Somebody hears what is no notice: a memo to each mailbox, phone and LINE of theirs; one that is shared is written to once.
And what each of these memos is about, read as it leaves.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import due
from notices.ladder.hours import Wishes, out_of_quiet
from notices.memos.rows import memo_of, message_to
from notices.models import Address, City, Memo, Message, Person


async def write_to(
    session: AsyncSession,
    tenant: str,
    people: Collection[str] | Select[str],
    about: str,
    subject: str,
    now: datetime,
    *,
    urgency: str = "ordinary",
    at_night: bool = False,
) -> None:
    """`people`: ids, or a query for them. `about`, `subject`: the room and the row of its words (reading.ROOMS)."""
    query = (
        select(Address, Person.quiet_from, Person.quiet_to)
        .join(Person, and_(Person.tenant == Address.tenant, Person.id == Address.person))
        .where(Address.tenant == tenant, Address.person.in_(people), Address.state == "live")
        .order_by(Address.id)
    )
    told: set[tuple[str, bytes]] = set()
    for address, quiet_from, quiet_to in (await session.execute(query)).all():
        if (address.channel, address.lookup) in told:
            continue
        told.add((address.channel, address.lookup))
        at = now if at_night else out_of_quiet(Wishes(quiet_from, quiet_to), now)
        message = message_to(tenant, address.person, address, at, urgency=urgency)
        session.add_all((message, memo_of(message, about, subject, now)))
    due.tap(session)


def to_be_said(tenant: str, memos: Sequence[Memo], about: Any) -> Select[Memo, Any, Address, str, str]:
    """Each with the row of its subject, whereto it goes, in which language, and the city's name. `about`: a model with an id."""
    same = Memo.tenant
    return (
        select(Memo, about, Address, Person.locale, City.name)
        .join(Message, and_(Message.tenant == same, Message.id == Memo.message))
        .join(about, and_(about.tenant == same, about.id == Memo.subject))
        .join(Address, and_(Address.tenant == same, Address.id == Message.address))
        .join(Person, and_(Person.tenant == same, Person.id == Memo.person))
        .join(City, City.tenant == same)
        .where(same == tenant, Memo.message.in_([each.message for each in memos]))
    )
