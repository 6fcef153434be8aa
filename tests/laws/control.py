"""`/toy/…`: what a test does to the server's side of the world. POST, JSON in and out; never in the product.

`tenant` may be left out of every body and is then `hana`; a test that wants a town to itself founds one.

| route | body | answer |
|---|---|---|
| found | {tenant?} | {tenant, city, people, households, blocks, associations}: name → id |
| enrol | {person} | {token, device, person} |
| join, leave | {person, block} (leave: to 三班) | {} |
| seat, unseat | {person, role, block?} | {} |
| edit | {id, v, scope: {kind, key}}; v null deletes | {} |
| collect | {keepSeconds} | {} |
| rotate-epoch | {} | {epoch} |
| revoke | {device} | {} |
| segment | {scope: {kind, key}} | {}: as the worker does for large scopes |
| seats | {} | {seats}: lines and pulls that wait, of all towns in this process |
| heads | {} | {epoch, scopes: [{id, kind, key, head, floor, n, x, segment}]}; segment: its hash, or null |
| log | {} | {rows: [{s, q, t, id, r, born, gone, d}]}: as they stand in the database, opened |
| state | {} | {notes: [{id, kind, key, d}], deeds: {device.mid: count}}: the application's own tables |
| look | {} | all three, of one moment |
"""

from datetime import timedelta
from secrets import SystemRandom
from typing import Any

import msgspec
from litestar import Router, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.house import House
from server.syncing import snapshots
from sync import epochs, prune, scopes
from sync.models import SyncMeta, SyncRecord, SyncScope
from sync.pull import epoch
from sync.scopes import ScopeKey
from tests.laws import toynotes, toytown
from tests.laws.toynotes import Deed, Note

Body = dict[str, Any]
ANYONE = {"who": "anyone"}


@post("/found", opt=ANYONE, status_code=200)
async def found(data: JSONBody[Body], house: NamedDependency[House]) -> Body:
    await toytown.found(house, _tenant(data), toytown.LISTS[False])
    async with house.db.read() as session:
        return await toytown.described(session, _tenant(data))


@post("/enrol", opt=ANYONE, status_code=200)
async def enrol(data: JSONBody[Body], house: NamedDependency[House]) -> Body:
    async with house.db.write() as session:
        return dict(await toytown.enrol(house, session, _tenant(data), data["person"], SystemRandom()))


@post("/join", opt=ANYONE, status_code=200)
async def join(data: JSONBody[Body], house: NamedDependency[House]) -> Body:
    async with house.db.write() as session:
        await toytown.move(house, session, _tenant(data), data["person"], data["block"])
    return {}


@post("/leave", opt=ANYONE, status_code=200)
async def leave(data: JSONBody[Body], house: NamedDependency[House]) -> Body:
    async with house.db.write() as session:
        await toytown.move(house, session, _tenant(data), data["person"], toytown.AWAY)
    return {}


@post("/seat", opt=ANYONE, status_code=200)
async def seat(data: JSONBody[Body], house: NamedDependency[House]) -> Body:
    await toytown.appoint(house, _tenant(data), data["person"], data["role"], data.get("block"))
    return {}


@post("/unseat", opt=ANYONE, status_code=200)
async def unseat(data: JSONBody[Body], house: NamedDependency[House]) -> Body:
    async with house.db.write() as session:
        await toytown.end_terms(house, session, _tenant(data), data["person"], data["role"])
    return {}


@post("/edit", opt=ANYONE, status_code=200)
async def edit(data: JSONBody[Body], house: NamedDependency[House]) -> Body:
    async with house.db.write() as session:
        scope = ScopeKey(data["scope"]["kind"], data["scope"]["key"])
        await toynotes.edit(session, _tenant(data), data["id"], scope, data["v"])
    return {}


@post("/collect", opt=ANYONE, status_code=200)
async def collect(data: JSONBody[Body], house: NamedDependency[House]) -> Body:
    """What the worker's chore does, with another idea of old."""
    keep = timedelta(seconds=data["keepSeconds"])
    went = 1
    while went:
        async with house.db.write() as session:
            went = await prune.collect(session, _tenant(data), house.clock(), keep)
    return {}


@post("/rotate-epoch", opt=ANYONE, status_code=200)
async def rotate_epoch(data: JSONBody[Body], house: NamedDependency[House]) -> Body:
    async with house.db.write() as session:
        await epochs.rotate(session, house.clock(), [_tenant(data)])
        return {"epoch": await epoch(session, _tenant(data))}


@post("/revoke", opt=ANYONE, status_code=200)
async def revoke(data: JSONBody[Body], house: NamedDependency[House]) -> Body:
    async with house.db.write() as session:
        await toytown.revoke(session, _tenant(data), data["device"], house.clock())
    return {}


@post("/segment", opt=ANYONE, status_code=200)
async def segment(data: JSONBody[Body], house: NamedDependency[House]) -> Body:
    tenant, key = _tenant(data), ScopeKey(data["scope"]["kind"], data["scope"]["key"])
    async with house.db.read() as session:
        [scope] = (await scopes.find(session, tenant, [key])).values()
    await snapshots.renew(house, tenant, scope, house.clock())
    return {}


@post("/seats", opt=ANYONE, status_code=200)
async def seats(house: NamedDependency[House]) -> Body:
    return {"seats": house.exchange.seats}


@post("/heads", opt=ANYONE, status_code=200)
async def heads(data: JSONBody[Body], house: NamedDependency[House]) -> Body:
    async with house.db.read() as session:
        return await _heads(session, _tenant(data))


@post("/log", opt=ANYONE, status_code=200)
async def log(data: JSONBody[Body], house: NamedDependency[House]) -> Body:
    async with house.db.read() as session:
        return await _log(house, session, _tenant(data))


@post("/state", opt=ANYONE, status_code=200)
async def state(data: JSONBody[Body], house: NamedDependency[House]) -> Body:
    async with house.db.read() as session:
        return await _state(session, _tenant(data))


@post("/look", opt=ANYONE, status_code=200)
async def look(data: JSONBody[Body], house: NamedDependency[House]) -> Body:
    tenant = _tenant(data)
    async with house.db.read() as session:
        heads, log = await _heads(session, tenant), await _log(house, session, tenant)
        return heads | log | await _state(session, tenant)


async def _heads(session: AsyncSession, tenant: str) -> Body:
    meta = await session.get_one(SyncMeta, tenant)
    query = select(SyncScope).where(SyncScope.tenant == tenant).order_by(SyncScope.id)
    scopes = [
        {
            "id": row.id,
            "kind": row.kind,
            "key": row.key,
            "head": row.head,
            "floor": row.floor,
            "n": row.live_n,
            "x": f"{row.live_x % 2**64:016x}",
            "segment": row.seg_sha.hex() if row.seg_sha else None,
        }
        for row in await session.scalars(query)
    ]
    return {"epoch": meta.epoch, "scopes": scopes}


async def _log(house: House, session: AsyncSession, tenant: str) -> Body:
    query = select(SyncRecord).where(SyncRecord.tenant == tenant)
    rows = [
        {
            "s": row.scope_id,
            "q": row.seq,
            "t": row.type,
            "id": row.rid,
            "r": row.rev,
            "born": row.born,
            "gone": row.deleted,
            "d": _opened(house, tenant, row),
        }
        for row in await session.scalars(query.order_by(SyncRecord.scope_id, SyncRecord.seq))
    ]
    return {"rows": rows}


async def _state(session: AsyncSession, tenant: str) -> Body:
    notes = select(Note).where(Note.tenant == tenant).order_by(Note.id)
    deeds = select(Deed.device, Deed.mid, func.count()).where(Deed.tenant == tenant)
    return {
        "notes": [
            {"id": note.id, "kind": note.kind, "key": note.key, "d": note.body}
            for note in await session.scalars(notes)
        ],
        "deeds": {
            f"{device}.{mid}": times
            for device, mid, times in await session.execute(deeds.group_by(Deed.device, Deed.mid))
        },
    }


def _tenant(data: Body) -> str:
    return str(data.get("tenant", "hana"))


def _opened(house: House, tenant: str, row: SyncRecord) -> Any:
    if row.body is None:
        return None
    return msgspec.json.decode(house.keys.vault.open(tenant, row.body) if row.sealed else row.body)


router = Router(
    "/toy",
    route_handlers=[
        found,
        enrol,
        join,
        leave,
        seat,
        unseat,
        edit,
        collect,
        rotate_epoch,
        revoke,
        segment,
        seats,
        heads,
        log,
        state,
        look,
    ],
)
