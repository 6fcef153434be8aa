"""Segments over HTTP: made by the worker, named to those who ask, given to those who may."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from sqlalchemy import select

from notices.records import audience
from sync import Change, record
from sync.models import SyncSegment
from tests.journeys.careful_phone import CarefulPhone
from tests.journeys.story import MIDORI_PRESIDENT, PRESIDENT, RESIDENT
from tests.phone import Phone
from tests.town import TENANT, Town, town


@dataclass
class Stage:
    here: Town
    resident: Phone
    named: dict[str, Any]
    """As the resident's first page names it."""
    page: dict[str, Any]

    def stranger(self) -> httpx.AsyncClient:
        """Without a session."""
        return self.here.http()


async def large(here: Town, count: int, title: str = "お知らせ") -> None:
    """Many notices of the association, as years of them make."""
    scope = audience.association_scope(here.sakura)
    async with here.house.db.write() as session:
        record(session, TENANT, *(Change(scope, "notices", f"n{i}", {"title": title}) for i in range(count)))


async def first_page(phone: Phone, cursor: str = "") -> dict[str, Any]:
    asked = {"segments": "1", "limit": "1000"} | ({"cursor": cursor} if cursor else {})
    answer = await phone.http.get("/sync/v1/pull", params=asked)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with town(database_url, tmp_path, chores=True) as here:
        await large(here, 600)
        await here.work()
        resident = await here.phone(RESIDENT)
        page = await first_page(resident)
        [named] = page["segments"]
        yield Stage(here, resident, named, page)


async def test_a_phone_that_takes_segments_has_the_same_copy_as_one_that_does_not(stage: Stage) -> None:
    await large(stage.here, 3, "訂正")
    page = await first_page(stage.resident)
    [named] = page["segments"]
    segment = await stage.resident.http.get(named["url"])
    assert segment.status_code == 200, segment.text
    records: dict[Any, Any] = {}
    for change in segment.json()["changes"] + page["changes"]:
        records[change["s"], change["t"], change["id"]] = (change["r"], change["d"])
    plain = CarefulPhone.beside(stage.resident)
    await plain.pull(limit=1000)
    assert records == plain.records
    assert not page["more"]
    assert len(page["changes"]) < 50, "the page itself is small"
    held = [key for key in records if key[0] == named["s"]]
    assert {each["s"]: each["n"] for each in page["check"]}[named["s"]] == len(held) > 600


async def test_the_address_counts_for_five_minutes_and_for_this_segment_alone(stage: Stage) -> None:
    url = stage.named["url"]
    parts = urlsplit(url)
    query = {name: value[0] for name, value in parse_qs(parts.query).items()}
    async with stage.stranger() as http:
        assert (await http.get(url)).status_code == 200
        longer = urlencode(query | {"e": str(int(query["e"]) + 60)})
        other = parts.path.replace(stage.named["sha256"], "0" * 64)
        for wrong in (
            parts.path,
            f"{parts.path}?{longer}",
            f"{other}?{parts.query}",
            f"{parts.path}?{urlencode(query | {'t': 'yuri'})}",
            f"{parts.path}?{urlencode(query | {'m': ''})}",
            f"{parts.path}?{urlencode(query | {'m': 'あ'})}",
        ):
            assert (await http.get(wrong)).status_code in (401, 404), wrong
        assert (await http.get(f"/sync/v1/seg/{'Z' * 64}")).status_code == 404
        stage.here.clock.pass_(minutes=5)
        assert (await http.get(url)).status_code == 401
    assert (await stage.resident.http.get(url)).status_code == 200, "the session needs no signature"


async def test_a_segment_is_for_those_who_are_in_its_scope(stage: Stage) -> None:
    bare = urlsplit(stage.named["url"]).path
    strange, officer = await stage.here.phone(MIDORI_PRESIDENT), await stage.here.phone(PRESIDENT)
    assert (await stage.resident.http.get(bare)).status_code == 200
    assert (await strange.http.get(bare)).status_code == 404
    gone = await officer.http.delete(
        f"/api/v1/associations/{stage.here.sakura}/devices/{stage.resident.device}"
    )
    assert gone.status_code == 204
    for url in (bare, stage.named["url"]):
        refused = await stage.resident.http.get(url)
        assert (refused.status_code, refused.json()["slug"], refused.json()["wipe"]) == (
            403,
            "device-revoked",
            True,
        )


async def test_small_scopes_and_those_of_few_have_none(stage: Stage) -> None:
    officer = await stage.here.phone(PRESIDENT)
    scope = audience.officers_scope(stage.here.sakura)
    async with stage.here.house.db.write() as session:
        record(session, TENANT, *(Change(scope, "drafts", f"d{i}", {"title": "a"}) for i in range(600)))
    stage.here.clock.pass_(minutes=2)
    await stage.here.work()
    assert [each["s"] for each in (await first_page(officer))["segments"]] == [stage.named["s"]]


async def test_a_replaced_segment_goes_after_a_day_with_its_bytes(stage: Stage) -> None:
    sha = stage.named["sha256"]
    await large(stage.here, 300, "訂正")
    stage.here.clock.pass_(minutes=2)
    await stage.here.work()
    [fresh] = (await first_page(stage.resident))["segments"]
    assert fresh["sha256"] != sha
    assert await stage.here.house.store.exists(TENANT, sha)
    stage.here.clock.pass_(hours=25)
    await stage.here.work()
    assert not await stage.here.house.store.exists(TENANT, sha)
    assert await stage.here.house.store.exists(TENANT, fresh["sha256"])
    async with stage.here.house.db.read() as session:
        assert [row.sha.hex() for row in await session.scalars(select(SyncSegment))] == [fresh["sha256"]]


async def withdrawn(stage: Stage) -> None:
    """Named to nobody a day after the change, and a day later its bytes are gone."""
    here, bare, sha = stage.here, urlsplit(stage.named["url"]).path, stage.named["sha256"]
    here.clock.pass_(hours=25)
    await here.work()
    assert "segments" not in await first_page(stage.resident)
    assert (await stage.resident.http.get(bare)).status_code == 404
    assert await here.house.store.exists(TENANT, sha), "a page may just have named it"
    here.clock.pass_(hours=25)
    await here.work()
    assert not await here.house.store.exists(TENANT, sha)
    async with here.house.db.read() as session:
        assert list(await session.scalars(select(SyncSegment))) == []


async def test_the_segment_of_a_scope_that_shrank_goes_with_what_was_withdrawn(stage: Stage) -> None:
    scope = audience.association_scope(stage.here.sakura)
    async with stage.here.house.db.write() as session:
        record(session, TENANT, *(Change(scope, "notices", f"n{i}", None) for i in range(150)))
    await withdrawn(stage)


async def test_the_segment_of_a_scope_that_a_sealed_record_came_into_goes(stage: Stage) -> None:
    scope = audience.association_scope(stage.here.sakura)
    async with stage.here.house.db.write() as session:
        record(session, TENANT, Change(scope, "notices", "n0", None))
        record(session, TENANT, Change(scope, "notices", "secret", {"title": "秘密"}, sealed=True))
    await withdrawn(stage)


async def test_a_segment_whose_bytes_are_missing_is_a_404_and_made_again(stage: Stage) -> None:
    await stage.here.house.store.delete(TENANT, stage.named["sha256"])
    assert (await stage.resident.http.get(stage.named["url"])).status_code == 404
    page = await first_page(stage.resident)
    assert "segments" not in page, "the phone reads pages meanwhile"
    stage.here.clock.pass_(minutes=2)
    await stage.here.work()
    [again] = (await first_page(stage.resident))["segments"]
    assert (await stage.resident.http.get(again["url"])).status_code == 200


async def test_a_browser_that_has_it_is_told_so(stage: Stage) -> None:
    answer = await stage.resident.http.get(stage.named["url"])
    assert "immutable" in answer.headers["Cache-Control"]
    again = await stage.resident.http.get(
        stage.named["url"], headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


async def test_a_segment_travels_packed_where_that_can_be_read(stage: Stage) -> None:
    sizes = {}
    for coding in ("gzip", "identity"):
        async with stage.resident.http.stream(
            "GET", stage.named["url"], headers={"Accept-Encoding": coding}
        ) as answer:
            assert answer.headers.get("Content-Encoding", "identity") == coding
            sizes[coding] = len(b"".join([part async for part in answer.aiter_raw()]))
    assert sizes["gzip"] < sizes["identity"] / 4
