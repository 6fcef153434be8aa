"""What an officer presses when something changes in a home, and how the town must be left by it."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import httpx
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import ids
from notices.models import Household, Person, Resident, Term
from sync.models import SyncRecord, SyncScope
from tests.phone import Phone
from tests.town import TENANT, Town

Body = dict[str, Any]


async def press(by: Phone, household: str, what: str, *, dry: bool = False, **said: Any) -> httpx.Response:
    path = f"/api/v1/households/{household}/{what}"
    return await by.http.post(path, json=said, params={"dryRun": "true"} if dry else {})


async def done(by: Phone, household: str, what: str, **said: Any) -> Body:
    """Previewed, pressed, and the preview told the truth. → what followed."""
    told = await press(by, household, what, dry=True, **said)
    assert told.status_code == 200, told.text
    answer = await press(by, household, what, **said)
    assert answer.status_code == 200, answer.text
    follows: Body = answer.json()["follows"]
    rehearsed = told.json()["follows"]
    assert rehearsed["change"] is None
    assert rehearsed | {"change": 0} == follows | {"change": 0}, "the preview told the truth"
    return follows


async def refused(by: Phone, household: str, what: str, **said: Any) -> tuple[int, str]:
    """… with a sentence, and nothing is done. → status and slug."""
    answer = await press(by, household, what, **said)
    assert answer.headers["content-type"].startswith("application/problem+json"), answer.text
    assert answer.json()["detail"].endswith("。"), "a sentence says what to do"
    return answer.status_code, answer.json()["slug"]


async def take_back(by: Phone, change: str) -> httpx.Response:
    return await by.http.post(f"/api/v1/changes/{change}/take-back")


async def move_in(by: Phone, association: str, **said: Any) -> httpx.Response:
    return await by.http.post(
        f"/api/v1/associations/{association}/households", json={"id": ids.new_id()} | said
    )


async def in_order(here: Town) -> None:
    """Everybody lives somewhere or has ended; no two homes at one place; nobody who has ended holds a seat; lists are held by
    whom they are for."""
    async with here.house.db.read() as session:
        homes = {row.id: row for row in await session.scalars(select(Household))}
        people = (await session.scalars(select(Person).where(Person.tenant == TENANT))).all()
        lives: dict[str, set[str]] = {}
        for row in await session.scalars(select(Resident).where(Resident.until.is_(None))):
            assert homes[row.household].left_at is None, "nobody lives in a home that has ended"
            lives.setdefault(row.person, set()).add(row.household)
        for person in people:
            at_home = person.id in lives
            assert at_home == (person.ended_at is None), f"{person.name} lives somewhere, or has ended"
        await _lists_in_order(session, [row for row in homes.values() if row.left_at is None])
        places = Counter((row.block, row.walk) for row in homes.values() if row.left_at is None)
        assert max(places.values()) == 1, "one home at each place of a walk"
        ended = {person.id for person in people if person.ended_at is not None}
        day = here.clock().date()
        for term in await session.scalars(select(Term)):
            over = term.ends is not None and (term.ends <= day or term.ends <= term.begins)
            assert over or term.person not in ended, "a seat is not held by somebody who is gone"


async def _lists_in_order(session: AsyncSession, living: Iterable[Household]) -> None:
    """Officers and the leader of its block hold each home, and no other leader holds it."""
    query = (
        select(SyncScope.kind, SyncScope.key, SyncRecord.rid)
        .join(SyncScope, (SyncScope.tenant == SyncRecord.tenant) & (SyncScope.id == SyncRecord.scope_id))
        .where(SyncRecord.type == "roster", SyncRecord.deleted.is_(False))
    )
    told = {tuple(row) for row in await session.execute(query)}
    wanted = {("leader", row.block, f"{row.id}.{row.block}") for row in living}
    assert told == wanted | {("officers", row.association, f"{row.id}.o") for row in living}


def changes(phone: Phone) -> list[str]:
    """What its holder is told has changed in homes, in order."""
    told = [record for record in phone.all("changes") if not record["undone"]]
    return [record["kind"] for record in sorted(told, key=lambda record: record["at"])]
