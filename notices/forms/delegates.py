"""Who holds a proxy letter: somebody of the association, by the name as people write it."""

import unicodedata

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.forms.form_errors import DelegateAmbiguous, DelegateAtHome, DelegateUnknown
from notices.models import Household, Notice, NoticeHousehold, Person, Resident

NAME_LENGTH = 80


async def find(session: AsyncSession, notice: Notice, name: str, giver: str) -> tuple[str, str]:
    """→ the person and their household, one that was asked too. Raises DelegateUnknown, DelegateAmbiguous, DelegateAtHome."""
    wanted = _folded(name)
    if not wanted or len(name) > NAME_LENGTH:
        raise DelegateUnknown()
    asked = NoticeHousehold
    query = (
        select(Person.id, Person.name, Resident.household)
        .join(Resident, (Resident.tenant == Person.tenant) & (Resident.person == Person.id))
        .join(Household, (Household.tenant == Resident.tenant) & (Household.id == Resident.household))
        .join(asked, (asked.tenant == Household.tenant) & (asked.household == Household.id))
        .where(asked.tenant == notice.tenant, asked.notice == notice.id)
        .where(Resident.until.is_(None), Household.left_at.is_(None), Person.ended_at.is_(None))
    )
    found = [(id, home) for id, known, home in await session.execute(query) if _folded(known) == wanted]
    others = [each for each in found if each[1] != giver]
    if found and not others:
        raise DelegateAtHome()
    if not others:
        raise DelegateUnknown()
    if len({id for id, _ in others}) > 1:
        raise DelegateAmbiguous()
    return min(others)


def _folded(name: str) -> str:
    """Without the spaces that some write between the names, and in one width."""
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()
