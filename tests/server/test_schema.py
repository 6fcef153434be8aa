"""What a client learns at the door: limits that are kept, and whether it is too old."""

from pathlib import Path
from typing import Any

from server.routes.sync import router
from tests.journeys.story import PRESIDENT, RESIDENT
from tests.town import town

SYNC: tuple[tuple[str, str, Any], ...] = (
    ("GET", "/sync/v1/pull", None),
    ("POST", "/sync/v1/push", {"mutations": []}),
    ("GET", "/sync/v1/manifest?scope=1", None),
    ("POST", "/sync/v1/manifest", {"scope": 1, "want": []}),
    ("GET", f"/sync/v1/seg/{'0' * 64}", None),
)
ALL = (*SYNC, ("GET", "/sync/v1/hello", None), ("GET", "/sync/v1/live", None))


async def test_hello_tells_the_epoch_the_schema_and_the_limits(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        phone = await here.phone(RESIDENT)
        told = (await phone.http.get("/sync/v1/hello")).json()
        assert told == {
            "person": phone.person,
            "device": phone.device,
            "epoch": 1,
            "schema": 1,
            "minimumSchema": 1,
            "limits": {
                "mutations": 100,
                "pushBytes": 256 * 1024,
                "page": 1000,
                "pageBytes": 500 * 1024,
                "wanted": 200,
                "maxWait": 25,
            },
            "live": {"keepAlive": 20.0, "lasts": 55.0},
            "segments": 500,
        }
        many = {"scope": 1, "want": [["notices", "a"]] * 201}
        assert (await phone.http.post("/sync/v1/manifest", json=many)).status_code == 400
        for wait, status in ((25, 200), (26, 400)):
            asked = {"wait": str(wait)}
            assert (await phone.http.get("/sync/v1/pull", params=asked)).status_code == status


async def test_a_client_that_is_too_old_is_told_so_everywhere_but_at_hello(
    sqlite_database: str, tmp_path: Path
) -> None:
    async with town(sqlite_database, tmp_path) as here:
        phone = await here.phone(RESIDENT)
        for method, path, sent in SYNC:
            for spoken, status in (("0", 426), ("x", 400), ("-1", 400), ("9" * 40, 400)):
                answer = await phone.http.request(method, path, json=sent, headers={"X-Sync-Schema": spoken})
                assert answer.status_code == status, (path, spoken, answer.text)
                if status == 426:
                    assert answer.json()["slug"] == "client-too-old"
                    assert answer.json()["minimum"] == 1
            for fine in ("1", "7"):
                answer = await phone.http.request(method, path, json=sent, headers={"X-Sync-Schema": fine})
                assert answer.status_code in (200, 204, 404), (path, answer.text)
        hello = await phone.http.get("/sync/v1/hello", headers={"X-Sync-Schema": "0"})
        assert hello.json()["minimumSchema"] == 1


async def test_a_revoked_device_is_told_to_wipe_on_every_route_of_sync(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        phone, officer = await here.phone(RESIDENT), await here.phone(PRESIDENT)
        await phone.pull()
        assert (await phone.http.get("/sync/v1/pull", params={"cursor": phone.cursor})).status_code == 204
        gone = await officer.http.delete(f"/api/v1/associations/{here.sakura}/devices/{phone.device}")
        assert gone.status_code == 204
        queries = [("GET", f"/sync/v1/pull?cursor={phone.cursor}", None)]
        queries.append(("GET", f"/sync/v1/pull?cursor={phone.cursor}&wait=1", None))
        for method, path, sent in (*ALL, *queries):
            answer = await phone.http.request(method, path, json=sent)
            said = answer.json()
            assert (answer.status_code, said["slug"], said["wipe"]) == (403, "device-revoked", True), path


def test_every_route_of_sync_is_asked_above() -> None:
    asked = {path.split("?")[0].replace("0" * 64, "{sha256:str}") for _, path, _ in ALL}
    there = {str(route.path) for route in router.routes}
    assert there == asked
