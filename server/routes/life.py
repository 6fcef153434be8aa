"""What changes in homes, for officers: move in, come to live in a home, move out, split, merge, death; and taking it back.

Each with `dryRun` tells what would follow, and changes nothing. (A move within the association: PATCH of the household.)
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from litestar import Request, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from sqlalchemy import select

from notices.life import arriving, leaving, sharing_a_home, taking_back
from notices.life.arriving import Newcomer, Place
from notices.life.scene import Scene
from notices.life.sharing_a_home import NewHome
from notices.models import Association
from notices.town import directory
from server.edge.auth import insist_on_officer, reading, writing
from server.edge.life_wire import Death, Merge, MoveOut, NewHousehold, NewPeople, Split
from server.edge.wire import an_id
from server.house import House

Asked = Request[Any, Any, Any]
Body = dict[str, Any]
DryRun = Annotated[bool, QueryParameter(name="dryRun")]
OFFICER = {"who": "officer"}


@asynccontextmanager
async def _home(house: House, request: Asked, household: str) -> AsyncIterator[Scene]:
    """The scene for an officer of this household's association."""
    async with writing(house, request) as (session, caller):
        home = await directory.household(session, caller.tenant, an_id(household, "household"))
        insist_on_officer(caller.standing, home.association)
        yield Scene(session, house.keys.vault, caller.tenant, caller.person, house.clock())


@get("/associations/{association:str}/neighbours", opt=OFFICER, summary="The city's other associations")
async def neighbours(association: FromPath[str], request: Asked, house: NamedDependency[House]) -> Body:
    """Where a home may move to that stays in the city."""
    async with reading(house, request) as (session, caller):
        insist_on_officer(caller.standing, association)
        query = select(Association.id, Association.name).where(
            Association.tenant == caller.tenant,
            Association.ended_at.is_(None),
            Association.id != association,
        )
        rows = await session.execute(query.order_by(Association.name, Association.id))
        return {"associations": [{"id": id, "name": name} for id, name in rows]}


@post(
    "/associations/{association:str}/households",
    opt=OFFICER,
    status_code=200,
    summary="A household moves in",
)
async def move_in(
    association: FromPath[str],
    data: JSONBody[NewHousehold],
    request: Asked,
    house: NamedDependency[House],
    dry_run: DryRun = False,
) -> Body:
    """New people, or with `arrival` those whom another association sent on. The same `id` again changes nothing."""
    place = Place(data.id, data.block, data.name, data.walk, data.street, data.paper)
    async with writing(house, request) as (session, caller):
        insist_on_officer(caller.standing, association)
        scene = Scene(session, house.keys.vault, caller.tenant, caller.person, house.clock())
        if data.arrival is not None:
            follows = await arriving.take_in(scene, association, data.arrival, place, preview=dry_run)
        else:
            people = [
                Newcomer(each.name, each.kana, each.born, each.phone, each.mail) for each in data.people
            ]
            follows = await arriving.move_in(scene, association, place, people, preview=dry_run)
    return {"follows": follows}


@post(
    "/households/{household:str}/people",
    opt=OFFICER,
    status_code=200,
    summary="Somebody new lives in a household",
)
async def join(
    household: FromPath[str],
    data: JSONBody[NewPeople],
    request: Asked,
    house: NamedDependency[House],
    dry_run: DryRun = False,
) -> Body:
    """A child is born, a mother moves in. Who lives there hears of it. The same ids again change nothing."""
    people = [
        Newcomer(each.name, each.kana, each.born, each.phone, each.mail, each.id) for each in data.people
    ]
    async with _home(house, request, household) as scene:
        follows = await arriving.join(scene, household, people, preview=dry_run)
    return {"follows": follows}


@post("/households/{household:str}/move-out", opt=OFFICER, status_code=200, summary="A household moves out")
async def move_out(
    household: FromPath[str],
    data: JSONBody[MoveOut],
    request: Asked,
    house: NamedDependency[House],
    dry_run: DryRun = False,
) -> Body:
    """All of it, or `people`; away, or `to` another association of the city."""
    async with _home(house, request, household) as scene:
        follows = await leaving.move_out(scene, household, data.people, data.to, preview=dry_run)
    return {"follows": follows}


@post("/households/{household:str}/split", opt=OFFICER, status_code=200, summary="A household is split")
async def split(
    household: FromPath[str],
    data: JSONBody[Split],
    request: Asked,
    house: NamedDependency[House],
    dry_run: DryRun = False,
) -> Body:
    """`people` become a household of their own, `id`. Circulars that are out count for the old one."""
    new = NewHome(data.id, data.name, data.block, data.walk, data.street)
    async with _home(house, request, household) as scene:
        follows = await sharing_a_home.split(scene, household, data.people, new, preview=dry_run)
    return {"follows": follows}


@post("/households/{household:str}/merge", opt=OFFICER, status_code=200, summary="Two households become one")
async def merge(
    household: FromPath[str],
    data: JSONBody[Merge],
    request: Asked,
    house: NamedDependency[House],
    dry_run: DryRun = False,
) -> Body:
    """Its people live in `into` from now on; it ends."""
    async with _home(house, request, household) as scene:
        follows = await sharing_a_home.merge(scene, household, data.into, preview=dry_run)
    return {"follows": follows}


@post("/households/{household:str}/death", opt=OFFICER, status_code=200, summary="Somebody has died")
async def death(
    household: FromPath[str],
    data: JSONBody[Death],
    request: Asked,
    house: NamedDependency[House],
    dry_run: DryRun = False,
) -> Body:
    """Homes, seats, addresses and phones end at once, and what is planned is not sent."""
    async with _home(house, request, household) as scene:
        follows = await leaving.die(scene, household, data.person, preview=dry_run)
    return {"follows": follows}


@post("/changes/{change:str}/take-back", opt=OFFICER, status_code=200, summary="Take back such a change")
async def take_back(change: FromPath[str], request: Asked, house: NamedDependency[House]) -> Body:
    """Within seven days, once, where nothing changed since. Phones that were ended stay so."""
    async with writing(house, request) as (session, caller):
        scene = Scene(session, house.keys.vault, caller.tenant, caller.person, house.clock())
        association = await taking_back.association_of(scene, an_id(change, "change"))
        insist_on_officer(caller.standing, association)
        return await taking_back.take_back(scene, change)


router = Router(
    "/api/v1",
    route_handlers=[neighbours, move_in, join, move_out, split, merge, death, take_back],
    tags=["life of a town"],
)
