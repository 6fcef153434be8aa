"""The roster, tickets and devices of an association, for its officers."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

from litestar import Request, Response, Router, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from notices import roster
from notices.enrolment import devices, tickets
from notices.errors import NotFound
from notices.life import moving
from notices.life.scene import Scene
from notices.planning import forecast, reachability
from notices.roster import sheet
from notices.roster.sheet import LARGEST
from notices.tokyo import today, wire
from notices.town import addresses, directory, people
from notices.town.people_errors import TicketsForNobody
from server.edge.auth import insist_on_officer as _insist
from server.edge.auth import reading, writing
from server.edge.wire import HouseholdChange, NewMailAddress, NewTickets, an_id
from server.house import House

Asked = Request[Any, Any, Any]
Body = dict[str, Any]
OFFICER = {"who": "officer"}


@get("/associations/{association:str}/people", opt=OFFICER, summary="Homes, people, devices, slips")
async def listed(association: FromPath[str], request: Asked, house: NamedDependency[House]) -> Body:
    async with reading(house, request) as (session, caller):
        _insist(caller.standing, association)
        return await directory.people(session, caller.tenant, association)


@get("/associations/{association:str}/forecast", opt=OFFICER, summary="Whom a notice would reach now")
async def foreseen(
    association: FromPath[str],
    request: Asked,
    house: NamedDependency[House],
    topic: FromQuery[str | None] = None,
    urgency: FromQuery[str] = "ordinary",
    deadline: FromQuery[str | None] = None,
) -> Body:
    """Counts of homes, as a whole and per block: told within half an hour, later, on paper, not at all and why.

    Of a notice like that, were it published now; without a `topic`, of one that everybody wants.
    """
    async with reading(house, request) as (session, caller):
        _insist(caller.standing, association)
        about = forecast.about(association, topic, urgency, deadline)
        return await forecast.by_block(session, caller.tenant, association, about, house.clock())


@get("/associations/{association:str}/reachability", opt=OFFICER, summary="Homes that cannot be reached")
async def unreachable(association: FromPath[str], request: Asked, house: NamedDependency[House]) -> Body:
    """Each with why and what helps; homes that get paper are not among them. No address is shown."""
    async with reading(house, request) as (session, caller):
        _insist(caller.standing, association)
        return await reachability.unreachable(session, caller.tenant, association, house.clock())


@put("/associations/{association:str}/people/{person:str}/mail", opt=OFFICER, summary="A mail address")
async def give_mail(
    association: FromPath[str],
    person: FromPath[str],
    data: JSONBody[NewMailAddress],
    request: Asked,
    house: NamedDependency[House],
) -> Body:
    """Takes the place of the one on file. `state`: live, or off where its person has stopped mail."""
    now, vault = house.clock(), house.keys.vault
    async with writing(house, request) as (session, caller):
        _insist(caller.standing, association)
        await directory.insist_on_person(session, caller.tenant, association, an_id(person, "person"))
        by = (caller.tenant, person, data.address, caller.person, now)
        return {"state": await addresses.give_mail(session, vault, *by)}


@get("/associations/{association:str}/roster", opt=OFFICER, summary="The roster as CSV")
async def export(
    association: FromPath[str],
    request: Asked,
    house: NamedDependency[House],
    encoding: FromQuery[str] = "utf-8",
) -> Response[bytes]:
    """`encoding`: utf-8 (with BOM, as Excel wants it) or cp932."""
    async with reading(house, request) as (session, caller):
        _insist(caller.standing, association)
        rows = await roster.export(session, house.keys.vault, caller.tenant, association, house.clock())
    headers = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="roster.csv"'}
    return Response(sheet.format(rows, encoding), media_type="text/csv", headers=headers)


@post(
    "/associations/{association:str}/roster",
    opt=OFFICER,
    status_code=200,
    request_max_body_size=LARGEST,
    summary="Import a roster (text/csv)",
)
async def take_in(
    association: FromPath[str],
    request: Asked,
    house: NamedDependency[House],
    dry_run: Annotated[bool, QueryParameter(name="dryRun")] = False,
    really: FromQuery[bool] = False,
) -> Body:
    """All rows or none. `dryRun` tells what would change; `really` is asked for where half the town would leave."""
    async with reading(house, request) as (_, caller):
        _insist(caller.standing, association)
    now = house.clock()
    # Half a second for a large town: the others' requests should not wait for it.
    parsed = await asyncio.to_thread(sheet.parse, await request.body(), today(now))
    async with writing(house, request) as (session, caller):
        _insist(caller.standing, association)
        report = await roster.apply(
            session,
            house.keys.vault,
            caller.tenant,
            association,
            parsed,
            caller.person,
            now,
            dry_run=dry_run,
            really=really,
        )
    return asdict(report)


@post("/associations/{association:str}/tickets", opt=OFFICER, summary="Tickets for people's phones")
async def issue(
    association: FromPath[str], data: JSONBody[NewTickets], request: Asked, house: NamedDependency[House]
) -> Response[Body]:
    """Codes are shown this once. A new ticket ends the person's earlier open one."""
    now, vault = house.clock(), house.keys.vault
    async with writing(house, request) as (session, caller):
        _insist(caller.standing, association)
        wanted = data.people
        if data.all or data.block is not None:
            wanted = await directory.of_block(session, caller.tenant, association, data.block)
        lines = await directory.slip_lines(session, caller.tenant, association, set(wanted))
        if not wanted:
            raise TicketsForNobody()
        if any(person not in lines for person in wanted):
            raise NotFound()
        issued = await tickets.issue(session, vault, caller.tenant, wanted, data.kind, caller.person, now)
    body = {
        "tickets": [
            lines[each.person]
            | {
                "id": each.ticket,
                "person": each.person,
                "code": each.code,
                "url": f"{house.settings.origin}/enrol#{each.code}",
                "expiresAt": wire(each.expires_at),
            }
            for each in issued
        ]
    }
    return Response(body, status_code=201, headers={"Cache-Control": "no-store"})


@delete("/associations/{association:str}/devices/{device:str}", opt=OFFICER, summary="Revoke a lost phone")
async def revoke(
    association: FromPath[str], device: FromPath[str], request: Asked, house: NamedDependency[House]
) -> None:
    """It is told to wipe itself at its next request."""
    now = house.clock()
    async with writing(house, request) as (session, caller):
        _insist(caller.standing, association)
        await directory.insist_on_device(session, caller.tenant, association, an_id(device, "device"))
        await devices.revoke_device(session, caller.tenant, device, caller.person, now)


@patch("/households/{household:str}", opt=OFFICER, summary="Move a household, write its address, paper")
async def change(
    household: FromPath[str],
    data: JSONBody[HouseholdChange],
    request: Asked,
    house: NamedDependency[House],
    dry_run: Annotated[bool, QueryParameter(name="dryRun")] = False,
) -> Body:
    """`block`, `walk`: its place in the walking order; `street`; `paper`: whether it gets a printed sheet.

    `follows`: what a move or a new address brings with it; with `dryRun` nothing is changed.
    """
    now, vault = house.clock(), house.keys.vault
    async with writing(house, request) as (session, caller):
        home = await directory.household(session, caller.tenant, an_id(household, "household"))
        _insist(caller.standing, home.association)
        follows = None
        if data.block is not None or data.walk is not None:
            scene = Scene(session, vault, caller.tenant, caller.person, now)
            follows = await moving.move(
                scene, household, data.block or home.block, data.walk, preview=dry_run
            )
        if data.street is not None:
            scene = Scene(session, vault, caller.tenant, caller.person, now)
            follows = await moving.readdress(scene, household, data.street, preview=dry_run) or follows
        if data.paper is not None and not dry_run:
            await people.set_paper(session, vault, caller.tenant, household, data.paper, caller.person, now)
        where = {"block": home.block, "walk": home.walk, "paper": home.on_paper}
        return {"id": home.id} | where | {"follows": follows}


router = Router(
    "/api/v1",
    route_handlers=[listed, foreseen, unreachable, give_mail, export, take_in, issue, revoke, change],
    tags=["people"],
)
