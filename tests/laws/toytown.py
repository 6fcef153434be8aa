"""A town for the laws: one association, three blocks, four homes of one person each; who is where is a command.

花子, 一郎 and 健 are the clients' people; 誠, the president, stays in 三班 and keeps the association alive.
Everything is done by the steps of the product: the roster, moving a household, appointing to a seat.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import roster
from notices.enrolment import devices
from notices.life import moving
from notices.life.scene import Scene
from notices.models import Association, Block, City, Household, Person, Resident, Seat, Term
from notices.records.projection import Touched, refresh
from notices.roster import sheet
from notices.tokyo import today
from notices.town import founding
from notices.town.standing import runs
from server.house import House
from server.operations import seats
from tests.town import MIDORI, SAKURA

SMALL = """班,巡回順,世帯番号,世帯名,住所,紙,住民番号,氏名,ふりがな,生年,電話,メール,役職,任期開始,任期終了
一班,1,101,山田,3丁目 4-1,,1,山田 花子,やまだ はなこ,1948,,,,,
一班,2,102,佐藤,3丁目 4-2,,2,佐藤 一郎,さとう いちろう,1950,,,,,
二班,1,201,高橋,3丁目 7-1,,3,高橋 健,たかはし けん,1975,,,,,
三班,1,301,渡辺,3丁目 9-1,,4,渡辺 誠,わたなべ まこと,1960,,,会長,2026-04-01,2099-03-31
"""
AWAY = "三班"
"""Where those live who have left the blocks of the tests."""
Lists = tuple[tuple[str, str, str], ...]
LISTS: dict[bool, Lists] = {
    False: (("さくら町内会", "sakura", SMALL),),
    True: (("さくら町内会", "sakura", SAKURA), ("みどり自治会", "midori", MIDORI)),
}


async def found(house: House, tenant: str, lists: Lists) -> None:
    """Nothing where the town is there already."""
    now, vault = house.clock(), house.keys.vault
    async with house.db.write() as session:
        if await session.get(City, tenant) is not None:
            return
        await founding.city(session, tenant, "花水木市", "市役所 市民協働課 000-0000-0000", now)
        for name, slug, csv in lists:
            contact = f"{name} 会長 000-0000-0001"
            made = await founding.association(session, vault, tenant, name, slug, contact, now)
            await roster.apply(
                session, vault, tenant, made.id, sheet.parse(csv.encode(), today(now)), None, now
            )


async def described(session: AsyncSession, tenant: str) -> dict[str, Any]:
    """Name → id of everything a test may speak of; by slug for associations."""
    named = {}
    for word, model, name in (
        ("people", Person, Person.name),
        ("households", Household, Household.name),
        ("blocks", Block, Block.name),
        ("associations", Association, Association.slug),
    ):
        query = select(name, model.id).where(model.tenant == tenant).order_by(model.id)
        named[word] = dict((await session.execute(query)).all())
    city = await session.get_one(City, tenant)
    return {"tenant": tenant, "city": city.id, **named}


async def enrol(house: House, session: AsyncSession, tenant: str, person: str, source: Any) -> dict[str, str]:
    id = await _person(session, tenant, person)
    new = devices.newcomer("試験", None)
    came = await devices.enrol(session, house.keys.vault, tenant, id, new, house.clock(), source)
    return {"token": came.token, "device": came.device, "person": id}


async def move(house: House, session: AsyncSession, tenant: str, person: str, block: str) -> None:
    """The person's household into the block of this name, at the end of its walk."""
    homes = select(Resident.household).where(Resident.tenant == tenant, Resident.until.is_(None))
    home = await session.scalar(homes.where(Resident.person == await _person(session, tenant, person)))
    to = await session.scalar(select(Block.id).where(Block.tenant == tenant, Block.name == block))
    if home is None or to is None:
        raise LookupError(f"no home of {person}, or no block {block}")
    scene = Scene(session, house.keys.vault, tenant, None, house.clock())
    await moving.move(scene, home, to)


async def appoint(house: House, tenant: str, person: str, role: str, block: str | None) -> None:
    """As the operator does; of a block's leader the term of whoever led it ends."""
    day = today(house.clock()).isoformat()
    said = {"association": "sakura", "city": tenant, "role": role, "person": person, "from": day}
    if block is not None:
        said["block"] = block
    await seats.appoint(house, said, lambda *_: None)


async def end_terms(house: House, session: AsyncSession, tenant: str, person: str, role: str) -> None:
    """From now on the person holds no seat of this role; what a new roster does to who is not in it any more."""
    id, now = await _person(session, tenant, person), house.clock()
    query = select(Term).join(Seat, (Seat.tenant == Term.tenant) & (Seat.id == Term.seat))
    query = query.where(Term.tenant == tenant, Term.person == id, Seat.role == role, runs(now))
    ended = list(await session.scalars(query))
    for term in ended:
        term.ends = max(today(now), term.begins)
    if ended:
        touched = Touched(people={id}, seats={term.seat for term in ended})
        await refresh(session, house.keys.vault, tenant, touched, now)


async def revoke(session: AsyncSession, tenant: str, device: str, now: datetime) -> None:
    await devices.revoke_device(session, tenant, device, None, now)


async def _person(session: AsyncSession, tenant: str, name: str) -> str:
    id = await session.scalar(select(Person.id).where(Person.tenant == tenant, Person.name == name))
    assert id, f"nobody is called {name}"
    return id
