"""The pull route speaks ASGI itself: what the framework does for the others must hold for it as well."""

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
