"""Repair over HTTP: a copy that went wrong is made whole by the manifest, and nobody reads another's scope by it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from notices.records import audience
from notices.town.standing import standing
from sync.models import SyncScope
from tests.journeys import story
from tests.journeys.careful_phone import CarefulPhone, h64
from tests.journeys.story import LEADER_1, MIDORI_PRESIDENT, PRESIDENT, RESIDENT
from tests.town import TENANT, Town, town

Copy = dict[tuple[int, str, str], tuple[int, dict[str, Any]]]


async def a_day(here: Town) -> None:
    president = await here.phone(PRESIDENT)
    first = await here.post(president, title="一つ目")
    await here.post(president, title="二班へ", audience={"blocks": [here.blocks["二班"]]})
    gone = await here.post(president, title="取り下げるもの")
    await here.work()
    await story.correct(president, first["id"], title="一つ目（訂正）")
    await story.act(president, gone["id"], "withdraw")
    await here.work()


async def repaired(http: httpx.AsyncClient, scope: int, copy: Copy) -> Copy:
    """As a client does it, written from the protocol alone."""
    told = (await http.get("/sync/v1/manifest", params={"scope": scope})).json()
    there = {(scope, type, id): rev for type, id, rev in told["records"]}
    copy = {key: held for key, held in copy.items() if key[0] != scope or key in there}
    want = [[type, id] for (s, type, id), rev in there.items() if copy.get((s, type, id), (0,))[0] != rev]
    answer = await http.post("/sync/v1/manifest", json={"scope": scope, "want": want})
    assert answer.status_code == 200, answer.text
    for change in answer.json()["changes"]:
        copy[change["s"], change["t"], change["id"]] = (change["r"], change["d"])
    return copy


def spoilt(copy: Copy, scope: int) -> Copy:
    mine = sorted(key for key in copy if key[0] == scope)
    rest: Copy = {key: held for key, held in copy.items() if key != mine[0]}
    rest[mine[-1]] = (99, {"old": True})
    rest[scope, "notices", "ghost"] = (1, {"title": "幽霊"})
    return rest


@pytest.mark.slow
async def test_a_spoilt_copy_is_made_whole_in_every_scope_sealed_records_too(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path, chores=True) as here:
        await a_day(here)
        told: set[str] = set()
        for name in (PRESIDENT, LEADER_1, RESIDENT):
            phone = CarefulPhone.beside(await here.phone(name))
            await phone.pull()
            scopes = {scope for scope, _, _ in phone.records}
            assert len(scopes) >= 4
            for scope in scopes:
                assert await repaired(phone.http, scope, spoilt(phone.records, scope)) == phone.records
                await sums_add_up(phone, scope)
            told |= {type for _, type, _ in phone.records}
        assert {"roster", "notices"} <= told, "the roster is sealed in the log"


async def sums_add_up(phone: CarefulPhone, scope: int) -> None:
    told = (await phone.http.get("/sync/v1/manifest", params={"scope": scope})).json()
    held = {(type, id): rev for (s, type, id), (rev, _) in phone.records.items() if s == scope}
    x = 0
    for (type, id), rev in held.items():
        x ^= h64(type, id, rev)
    assert {(type, id): rev for type, id, rev in told["records"]} == held
    assert (told["n"], told["x"]) == (len(held), f"{x:016x}")


async def scopes_of(here: Town) -> Mapping[tuple[str, str], int]:
    async with here.house.db.read() as session:
        rows = await session.execute(
            select(SyncScope.kind, SyncScope.key, SyncScope.id).where(SyncScope.tenant == TENANT)
        )
        return {(kind, key): id for kind, key, id in rows}


@pytest.mark.slow
async def test_only_the_scopes_of_the_caller_are_told_and_a_left_one_no_more(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path, chores=True) as here:
        await a_day(here)
        ids = await scopes_of(here)
        resident, officer = await here.phone(RESIDENT), await here.phone(PRESIDENT)
        strange = await here.phone(MIDORI_PRESIDENT)
        for phone in (resident, officer, strange):
            async with here.house.db.read() as session:
                who = await standing(session, TENANT, phone.person, here.clock())
                city = next(key for kind, key in ids if kind == "city")
                assert who is not None
                mine = {ids.get((s.kind, s.key)) for s in audience.scopes_of(who, city)}
            for scope in (*ids.values(), 999, 0):
                answer = await phone.http.get("/sync/v1/manifest", params={"scope": scope})
                single = await phone.http.post("/sync/v1/manifest", json={"scope": scope, "want": []})
                expected = 200 if scope in mine else 404
                assert (answer.status_code, single.status_code) == (expected, expected), scope
        home = await story.people(officer, here.sakura)
        sachi = next(h for h in home["households"] if h["name"] == "伊藤")
        moved = await officer.http.patch(
            f"/api/v1/households/{sachi['id']}", json={"block": here.blocks["一班"]}
        )
        assert moved.status_code == 200, moved.text
        left = ids["block", here.blocks["二班"]]
        assert (await resident.http.get("/sync/v1/manifest", params={"scope": left})).status_code == 404, (
            "law 5"
        )


async def test_nonsense_is_a_400_and_never_a_500(sqlite_database: str, tmp_path: Path) -> None:
    async with town(sqlite_database, tmp_path, chores=True) as here:
        phone = await here.phone(RESIDENT)
        for scope in ("", "x", "-1", "9" * 30, "1.5"):
            answer = await phone.http.get("/sync/v1/manifest", params={"scope": scope})
            assert answer.status_code == 400, (scope, answer.text)
        for body in (b"", b"[]", b'{"scope":1}', b"[" * 50_000, b"\xff", b'{"scope":1,"want":[["n","a b"]]}'):
            answer = await phone.http.post("/sync/v1/manifest", content=body)
            assert answer.status_code == 400, (body[:20], answer.text)
