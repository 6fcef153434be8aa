"""Pulls and pushes speak ASGI themselves: what the framework does for the others must hold for them as well."""

import gzip
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.edge import compression
from server.edge.compression import packed
from server.routes.sync.asked import Asked
from tests.journeys.story import RESIDENT
from tests.town import town


async def test_the_document_says_what_the_route_takes(sqlite_database: str, tmp_path: Path) -> None:
    async with town(sqlite_database, tmp_path) as here:
        phone = await here.phone(RESIDENT)
        said = (await phone.http.get("/schema/openapi.json")).json()["paths"]["/sync/v1/pull"]
        assert set(said) == {"get"}
        parameters: dict[str, Any] = {each["name"]: each["schema"] for each in said["get"]["parameters"]}
        assert set(parameters) == set(Asked.__struct_fields__)
        for name, schema in parameters.items():
            if schema.get("type") != "integer":
                continue
            for value in (schema["minimum"] - 1, schema["maximum"] + 1):
                answer = await phone.http.get("/sync/v1/pull", params={name: str(int(value))})
                assert (answer.status_code, answer.json()["slug"]) == (400, "body-unreadable"), name
                assert name in answer.json()["why"]


async def test_a_page_is_packed_as_the_client_can_read_it(sqlite_database: str, tmp_path: Path) -> None:
    async with town(sqlite_database, tmp_path) as here:
        phone = await here.phone(RESIDENT)
        for accepted, coding in (
            ("gzip, zstd", "zstd"),
            ("gzip", "gzip"),
            ("zstd;q=0, gzip", "gzip"),
            ("br", ""),
        ):
            answer = await phone.http.get("/sync/v1/pull", headers={"Accept-Encoding": accepted})
            assert answer.headers.get("content-encoding", "") == coding
            assert answer.headers["vary"] == "accept-encoding"
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["x-content-type-options"] == "nosniff"
            if coding != "zstd":
                assert answer.json()["changes"]


def test_what_is_packed_can_be_unpacked_and_what_is_small_stays() -> None:
    body = json.dumps({"changes": list(range(1000))}).encode()
    assert compression.zstd.decompress(packed(body, b"zstd")[0]) == body
    assert gzip.decompress(packed(body, b"gzip")[0]) == body
    assert packed(body, b"") == (body, b"")
    assert packed(b"{}", b"zstd") == (b"{}", b"")


@pytest.mark.parametrize(("method", "status"), [("POST", 405), ("DELETE", 405), ("OPTIONS", 204)])
async def test_it_takes_get_alone(sqlite_database: str, tmp_path: Path, method: str, status: int) -> None:
    async with town(sqlite_database, tmp_path) as here:
        phone = await here.phone(RESIDENT)
        answer: httpx.Response = await phone.http.request(method, "/sync/v1/pull")
        assert answer.status_code == status


WAYS = ("/sync/v1/pull", "/sync/v1/pull/")
"""With a slash at the end the framework finds the route, without it nobody asks the framework."""


async def test_past_the_framework_the_answers_are_the_same_as_through_it(
    sqlite_database: str, tmp_path: Path
) -> None:
    async with town(sqlite_database, tmp_path) as here:
        phone = await here.phone(RESIDENT)
        page = (await phone.http.get("/sync/v1/pull")).json()
        for query, headers, status in (
            ({}, {}, 200),
            ({}, {"Accept-Encoding": "gzip"}, 200),
            ({"cursor": page["cursor"]}, {}, 204),
            ({"cursor": page["cursor"], "types": "notices"}, {}, 410),
            ({"cursor": "short"}, {}, 400),
            ({"limit": "0"}, {"Accept-Language": "en"}, 400),
            ({}, {"X-Sync-Schema": "0"}, 426),
            ({}, {"Authorization": "Bearer hana_nobody"}, 401),
            ({}, {"Authorization": ""}, 401),
        ):
            past, through = [await phone.http.get(way, params=query, headers=headers) for way in WAYS]
            assert past.status_code == through.status_code == status
            assert past.headers == through.headers
            assert _timeless(past) == _timeless(through)


async def test_the_door_stands_before_both_ways(sqlite_database: str, tmp_path: Path) -> None:
    async with town(sqlite_database, tmp_path) as here:
        phone = await here.phone(RESIDENT)
        before = here.house.door.answered.level
        for way in WAYS:
            await phone.http.get(way)
        assert here.house.door.answered.level > before + 1.5
        here.house.door.most = 0
        for way in WAYS:
            answer = await phone.http.get(way)
            assert (answer.status_code, answer.json()["slug"]) == (503, "crowded")
            assert int(answer.headers["retry-after"]) > 0
        here.house.door.most, here.house.door.device_requests = 100, 1
        for way in WAYS:
            assert (await phone.http.get(way)).status_code == 429


async def test_what_nobody_foresaw_is_a_problem_on_both_ways(sqlite_database: str, tmp_path: Path) -> None:
    async with town(sqlite_database, tmp_path) as here:
        phone = await here.phone(RESIDENT)
        del here.app.state["house"]
        past, through = [await phone.http.get(way) for way in WAYS]
        here.app.state["house"] = here.house
        assert past.status_code == through.status_code == 500
        assert past.headers["content-type"] == through.headers["content-type"] == "application/problem+json"
        assert past.json() == through.json()


def _timeless(answer: httpx.Response) -> Any:
    if answer.headers.get("content-type", "").startswith("application/"):
        return answer.json() | {"serverTime": ""}
    return answer.content


PUSHES = ("/sync/v1/push", "/sync/v1/push/")
A_VISIT = {"mid": "m1", "t": "visits", "id": "v1", "op": "delete"}


async def test_past_the_framework_a_push_is_answered_as_through_it(
    sqlite_database: str, tmp_path: Path
) -> None:
    async with town(sqlite_database, tmp_path) as here:
        phone = await here.phone(RESIDENT)
        await phone.http.post(PUSHES[0], json={"mutations": [A_VISIT]})
        for content, headers, status in (
            (b'{"mutations":[]}', {}, 200),
            (json.dumps({"mutations": [A_VISIT]}).encode(), {}, 200),
            (b'{"mutations":[],"pull":{"limit":5}}', {"Accept-Encoding": "gzip"}, 200),
            (b'{"mutations":[],"pull":{"cursor":"short"}}', {}, 400),
            (b'{"mutations":[{}]}', {}, 400),
            (b'{"mutations":[],"mutations":[]}', {}, 400),
            (b'{"mutations":[],"mutations":[]}', {"Content-Type": "text/plain"}, 400),
            (b"\xff", {"Accept-Language": "en"}, 400),
            (b"[" * 2_000, {}, 400),
            (b" " * 300_000, {}, 413),
            (b" " * 1_200_000, {}, 413),
            (b'{"mutations":[]}', {"X-Sync-Schema": "0"}, 426),
            (b'{"mutations":[]}', {"Authorization": "Bearer hana_nobody"}, 401),
            (b'{"mutations":[]}', {"Authorization": ""}, 401),
        ):
            said = {"Content-Type": "application/json"} | headers
            past, through = [await phone.http.post(way, content=content, headers=said) for way in PUSHES]
            assert past.status_code == through.status_code == status, content[:40]
            assert past.headers == through.headers
            assert _without_time(past) == _without_time(through)


@pytest.mark.parametrize(("method", "status"), [("GET", 405), ("DELETE", 405), ("OPTIONS", 204)])
async def test_a_push_is_a_post_and_nothing_else(
    sqlite_database: str, tmp_path: Path, method: str, status: int
) -> None:
    async with town(sqlite_database, tmp_path) as here:
        phone = await here.phone(RESIDENT)
        assert [(await phone.http.request(method, way)).status_code for way in PUSHES] == [status] * 2


async def test_the_document_still_tells_of_the_push(sqlite_database: str, tmp_path: Path) -> None:
    async with town(sqlite_database, tmp_path) as here:
        phone = await here.phone(RESIDENT)
        said = (await phone.http.get("/schema/openapi.json")).json()["paths"]["/sync/v1/push"]
        assert set(said) == {"post"}
        assert "application/json" in said["post"]["requestBody"]["content"]


def _without_time(answer: httpx.Response) -> Any:
    said = answer.json()
    if "pull" in said:
        said["pull"] |= {"serverTime": "", "cursor": ""}
    return said
