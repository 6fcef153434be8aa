"""Uploads in parts: whatever breaks, repeats, hurries or lies, the file arrives as it is or is refused with a sentence."""

import asyncio
import gzip
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import select

from notices import ids
from notices.attachments import uploads
from notices.attachments.file_errors import OffsetWrong
from notices.attachments.uploads import MOST_OPEN, SMALLEST_PART, Part
from notices.models import Upload
from notices.town.standing import standing
from server.attachments.bucket import Bucket
from server.attachments.store import Place
from tests import s3
from tests.journeys.story import LEADER_1, MIDORI_PRESIDENT, OFFICER_2, PRESIDENT, RESIDENT
from tests.phone import Phone
from tests.server.test_bad_input import in_both_languages, is_a_problem
from tests.server.test_files import PDF, png_of
from tests.town import TENANT, Town, town

pytestmark = pytest.mark.slow

PART = 256 * 1024
MAP = PDF + os.urandom(3 * PART - 1000)
"""A file of three parts, the last not full."""
BODY = {"Content-Type": "application/partial-upload"}


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database_url, tmp_path, chores=True) as made:
        yield made


@dataclass
class Sender:
    """An upload as a careful client does it."""

    phone: Phone
    path: str = ""

    async def begin(self, first: bytes = b"", name: str = "地図.pdf", **more: str) -> httpx.Response:
        headers = {
            "Upload-Complete": "?0",
            "Content-Type": "application/pdf",
            "Content-Disposition": f"inline; filename*=UTF-8''{quote(name)}",
        }
        sent = headers | {key.replace("_", "-"): value for key, value in more.items()}
        answer = await self.phone.http.post("/api/v1/files", content=first, headers=sent)
        self.path = answer.headers.get("location", "")
        return answer

    async def part(self, at: int | str, data: Any, last: bool = False, **more: str) -> httpx.Response:
        headers = BODY | {"Upload-Offset": str(at), "Upload-Complete": "?1" if last else "?0"}
        sent = headers | {key.replace("_", "-"): value for key, value in more.items()}
        return await self.phone.http.patch(self.path, content=data, headers=sent)

    async def offset(self) -> int:
        answer = await self.phone.http.head(self.path)
        assert answer.status_code == 204, answer.headers
        return int(answer.headers["upload-offset"])

    async def all_of(self, data: bytes, start: int = 0) -> httpx.Response:
        at = start
        while at + PART < len(data):
            answer = await self.part(at, data[at : at + PART])
            assert answer.status_code == 204, answer.text
            at += PART
        return await self.part(at, data[at:], last=True)


async def sender(here: Town, name: str = PRESIDENT, **more: str) -> Sender:
    made = Sender(await here.phone(name))
    answer = await made.begin(b"", "地図.pdf", **more)
    assert answer.status_code == 201, answer.text
    return made


async def lying(here: Town) -> list[str]:
    """What is in the store, uploads and all."""
    return [key async for key, _ in here.house.store.place.listed("")]


@pytest.mark.everyday
async def test_a_file_in_parts_becomes_what_it_would_have_become_in_one(here: Town) -> None:
    sending = await sender(here)
    answer = await sending.all_of(MAP)
    assert answer.status_code == 201, answer.text
    assert answer.headers["upload-complete"] == "?1"
    assert answer.json() == {
        "sha256": sha256(MAP).hexdigest(),
        "name": "地図.pdf",
        "type": "application/pdf",
        "size": len(MAP),
    }
    form = {"file": ("地図.pdf", MAP, "application/pdf")}
    assert (await sending.phone.http.post("/api/v1/files", files=form)).json() == answer.json()
    assert len(await lying(here)) == 1, "the parts are gone"
    files = [{"sha256": answer.json()["sha256"], "name": "地図.pdf"}]
    assert (await here.try_post(sending.phone, files=files)).status_code == 201
    resident = await here.phone(RESIDENT)
    assert (await resident.http.get(f"/files/{answer.json()['sha256']}")).content == MAP


async def test_what_is_told_about_an_upload(here: Town) -> None:
    sending = Sender(await here.phone(PRESIDENT))
    begun = await sending.begin(MAP[:PART], Upload_Length=str(len(MAP)))
    assert begun.status_code == 201
    assert begun.json() == {"upload": begun.headers["location"], "offset": PART}
    told = await sending.phone.http.head(sending.path)
    for answer in (begun, told):
        assert answer.headers["upload-offset"] == str(PART)
        assert answer.headers["upload-complete"] == "?0"
        assert answer.headers["upload-length"] == str(len(MAP))
        assert answer.headers["upload-limit"] == "max-size=20971520, min-append-size=65536, max-age=86400"
        assert answer.headers["cache-control"] == "no-store"
    here.clock.pass_(hours=1)
    await sending.all_of(MAP, PART)
    done = await sending.phone.http.head(sending.path)
    assert (done.headers["upload-complete"], done.headers["upload-offset"]) == ("?1", str(len(MAP)))
    assert done.headers["upload-limit"].endswith("max-age=82800")


async def test_a_whole_file_can_come_bare_in_one_request(here: Town) -> None:
    president = await here.phone(PRESIDENT)
    headers = {"Upload-Complete": "?1", "Content-Disposition": 'inline; filename="C:\\\\maps\\\\a.pdf"'}
    answer = await president.http.post("/api/v1/files", content=PDF, headers=headers)
    assert (answer.status_code, answer.headers["upload-complete"]) == (201, "?1")
    assert answer.json()["name"] == "a.pdf", "a name, and no path"
    wrong = await president.http.post("/api/v1/files", content=PDF, headers=headers | {"Upload-Length": "7"})
    is_a_problem(wrong, 400, slug="inconsistent-upload-length")


@pytest.mark.everyday
async def test_the_same_part_again_after_a_lost_answer_is_harmless(here: Town) -> None:
    sending = await sender(here)
    for _ in range(3):
        answer = await sending.part(0, MAP[:PART])
        assert (answer.status_code, answer.headers["upload-offset"]) == (204, str(PART))
    await sending.part(PART, MAP[PART : 2 * PART])
    said = [await sending.part(2 * PART, MAP[2 * PART :], last=True) for _ in range(3)]
    assert [each.status_code for each in said] == [201, 201, 201]
    assert said[0].json() == said[1].json() == said[2].json()
    empty = await sending.part(len(MAP), b"", last=True)
    assert empty.json() == said[0].json(), "HEAD told that all is there; the result is asked for"
    assert len(await lying(here)) == 1


async def test_a_part_in_the_wrong_place_is_told_the_right_one(here: Town) -> None:
    sending = await sender(here)
    await sending.part(0, MAP[:PART])
    await sending.part(PART, MAP[PART : 2 * PART])
    other = bytes(PART)
    for at, data in (
        (0, MAP[:PART]),
        (3 * PART, other),
        (PART, other),
        (PART, MAP[PART : 2 * PART - 1]),
        (7, b"x"),
    ):
        answer = await sending.part(at, data)
        problem = is_a_problem(answer, 409, slug="mismatching-upload-offset", what=at)
        assert answer.headers["upload-offset"] == str(2 * PART)
        assert (problem["expected"], problem["provided"]) == (2 * PART, at)
    assert (await sending.all_of(MAP, 2 * PART)).json()["sha256"] == sha256(MAP).hexdigest()
    answer = await sending.part(len(MAP), b"more", last=True)
    is_a_problem(answer, 400, slug="inconsistent-upload-length", what="it is complete")
    assert (await sending.phone.http.head(sending.path)).headers["upload-complete"] == "?1"


async def test_header_fields_that_say_nothing_are_refused_with_a_sentence(here: Town) -> None:
    sending = await sender(here)
    for at in ("-1", "1.5", "x", "", "9" * 16, '"5"', "0x10"):
        is_a_problem(await sending.part(at, MAP[:PART]), 400, slug="upload-request-wrong", what=at)
    for complete in ("1", "true", "?2", ""):
        answer = await sending.part(0, MAP[:PART], Upload_Complete=complete)
        is_a_problem(answer, 400, slug="upload-request-wrong", what=complete)
    for type in ("application/pdf", "", "multipart/form-data; boundary=x", "application/json"):
        is_a_problem(
            await sending.part(0, MAP[:PART], Content_Type=type), 415, slug="part-type-wrong", what=type
        )
    is_a_problem(await sending.part(0, MAP[: SMALLEST_PART - 1]), 400, slug="part-too-small")
    assert await sending.offset() == 0
    assert (
        await sending.part(0, MAP[:PART], Content_Type="application/partial-upload; x=y")
    ).status_code == 204
    assert (await sending.part(PART, b"")).status_code == 204, "nothing, where it goes on, is nothing wrong"
    await in_both_languages(
        sending.phone.http,
        "PATCH",
        sending.path,
        headers=BODY | {"Upload-Offset": "5", "Upload-Complete": "?0"},
    )


async def test_a_gzipped_part_is_refused_and_a_chunked_one_taken(here: Town) -> None:
    sending = await sender(here)
    squeezed = gzip.compress(MAP[:PART])
    is_a_problem(await sending.part(0, squeezed, Content_Encoding="gzip"), 415, slug="part-type-wrong")
    begun = await Sender(sending.phone).begin(squeezed, Content_Encoding="gzip")
    is_a_problem(begun, 415, slug="part-type-wrong")

    async def drops() -> AsyncIterator[bytes]:
        for at in range(0, PART, 10_000):
            yield MAP[at : min(at + 10_000, PART)]

    answer = await sending.part(0, drops(), Content_Encoding="identity")
    assert "content-length" not in answer.request.headers
    assert (answer.status_code, answer.headers["upload-offset"]) == (204, str(PART))
    assert (await sending.all_of(MAP, PART)).json()["sha256"] == sha256(MAP).hexdigest()


async def test_more_than_was_announced_ends_the_upload(here: Town) -> None:
    sending = await sender(here, Upload_Length=str(PART + 10))
    await sending.part(0, MAP[:PART])
    is_a_problem(await sending.part(PART, MAP[PART : 2 * PART]), 400, slug="inconsistent-upload-length")
    assert (await sending.phone.http.head(sending.path)).status_code == 404
    assert await lying(here) == []


async def test_less_than_was_announced_is_no_end(here: Town) -> None:
    sending = await sender(here, Upload_Length=str(len(MAP)))
    is_a_problem(await sending.part(0, MAP[:PART], last=True), 400, slug="inconsistent-upload-length")
    again = await sending.part(0, MAP[:PART], Upload_Length=str(len(MAP) + 1))
    is_a_problem(again, 400, slug="inconsistent-upload-length")
    assert await sending.offset() == 0
    assert (await sending.all_of(MAP)).status_code == 201


async def test_twenty_megabytes_are_the_end_in_all(here: Town) -> None:
    president = await here.phone(PRESIDENT)
    large = 20 * 1024 * 1024
    refused = await Sender(president).begin(Upload_Length=str(large + 1))
    is_a_problem(refused, 413, slug="file-too-large")
    assert "max-size=20971520" in refused.headers["upload-limit"]
    sending = await sender(here)
    whole = PDF + bytes(large - len(PDF))
    assert (await sending.part(0, whole[: large // 2])).status_code == 204
    over = await sending.part(large // 2, bytes(large // 2 + 1))
    is_a_problem(over, 413, slug="file-too-large")
    assert (await sending.part(large // 2, whole[large // 2 :], last=True)).status_code == 201
    fresh = await sender(here)
    assert (await fresh.part(0, bytes(large + 1))).status_code == 413


async def test_what_is_no_attachment_is_refused_at_the_end_and_leaves_nothing(here: Town) -> None:
    for data, status, slug in (
        (b"", 415, "file-refused"),
        (b"MZ" + bytes(PART), 415, "file-refused"),
        (png_of(50_000, 50_000), 413, "image-too-large"),
        (MAP[5:], 415, "file-refused"),
    ):
        sending = await sender(here)
        answer = await sending.part(0, data, last=True)
        is_a_problem(answer, status, slug=slug)
        assert answer.headers["upload-complete"] == "?1", "all of it came; going on would change nothing"
        is_a_problem(await sending.part(0, data, last=True), 404, slug="upload-unknown")
    assert await lying(here) == []


@pytest.mark.everyday
async def test_an_upload_is_its_own_persons_alone(here: Town) -> None:
    sending = await sender(here)
    await sending.part(0, MAP[:PART])
    for name in (OFFICER_2, MIDORI_PRESIDENT):
        other = Sender(await here.phone(name), sending.path)
        is_a_problem(await other.part(PART, MAP[PART : 2 * PART]), 404, slug="upload-unknown")
        assert (await other.phone.http.head(sending.path)).status_code == 404
        is_a_problem(await other.phone.http.delete(sending.path), 404, slug="upload-unknown")
    for name in (RESIDENT, LEADER_1):
        nobody = Sender(await here.phone(name), sending.path)
        is_a_problem(await nobody.part(PART, b"x"), 403)
        is_a_problem(await nobody.begin(), 403)
    async with here.http() as stranger:
        is_a_problem(await stranger.delete(sending.path), 401)
    second = Sender(await here.phone(PRESIDENT), sending.path)
    assert await second.offset() == PART, "the same person on another phone may go on"
    for id in (ids.new_id(), "x", "A" * 22, "..", "%00"):
        answer = await sending.phone.http.delete(f"/api/v1/files/uploads/{id}")
        assert answer.status_code in (404, 405), id


async def test_rights_end_in_the_middle_of_an_upload(here: Town) -> None:
    sending = await sender(here, OFFICER_2)
    await sending.part(0, MAP[:PART])
    president = await here.phone(PRESIDENT)
    me = (await sending.phone.http.get("/api/v1/me")).json()
    device = me["device"]["id"]
    path = f"/api/v1/associations/{here.sakura}/devices/{device}"
    assert (await president.http.delete(path)).status_code == 204
    is_a_problem(await sending.part(PART, MAP[PART : 2 * PART]), 403, slug="device-revoked")


async def test_a_given_up_upload_is_gone(here: Town) -> None:
    sending = await sender(here)
    await sending.part(0, MAP[:PART])
    assert len(await lying(here)) == 1
    assert (await sending.phone.http.delete(sending.path)).status_code == 204
    assert await lying(here) == []
    is_a_problem(await sending.part(PART, MAP[PART:], last=True), 404, slug="upload-unknown")
    is_a_problem(await sending.phone.http.delete(sending.path), 404)


async def test_nobody_has_more_than_five_under_way_and_nobody_is_locked_out(here: Town) -> None:
    president = await here.phone(PRESIDENT)
    under_way = []
    for _ in range(MOST_OPEN):
        here.clock.pass_(seconds=1)
        under_way.append(Sender(president))
        assert (await under_way[-1].begin(MAP[:PART])).status_code == 201
    answer = await Sender(president).begin()
    is_a_problem(answer, 429, slug="too-many-uploads")
    assert answer.headers["retry-after"] == "600"
    assert (await Sender(await here.phone(OFFICER_2)).begin()).status_code == 201
    await under_way[0].all_of(MAP, PART)
    assert (await Sender(president).begin()).status_code == 201, "what is finished counts no more"
    here.clock.pass_(minutes=11)
    await under_way[1].part(PART, MAP[PART : 2 * PART])
    assert (await Sender(president).begin()).status_code == 201, "the one idle longest makes way"
    assert await under_way[1].offset() == 2 * PART, "and not the one that goes on"
    assert (await president.http.head(under_way[2].path)).status_code == 404


async def test_after_a_day_an_upload_is_swept_away_with_its_parts(here: Town) -> None:
    sending = await sender(here)
    await sending.part(0, MAP[:PART])
    await here.work()
    assert len(await lying(here)) == 1
    here.clock.pass_(hours=24)
    is_a_problem(await sending.part(PART, MAP[PART : 2 * PART]), 404, slug="upload-unknown")
    await here.work()
    assert await lying(here) == []
    async with here.house.db.read() as session:
        assert (await session.scalars(select(Upload))).all() == []


async def test_a_part_that_belongs_to_no_upload_is_swept_away_and_one_under_way_is_not(here: Town) -> None:
    sending = await sender(here)
    await sending.part(0, MAP[:PART])
    await here.house.store.put_part(TENANT, ids.new_id(), "ab" * 32, b"left by a kill")
    here.clock.pass_(hours=2)
    await here.work()
    assert [key.split("/")[-1][:22] for key in await lying(here)] == [sending.path.split("/")[-1]]
    assert (await sending.all_of(MAP, PART)).status_code == 201


async def test_of_two_parts_at_once_one_counts_and_the_other_is_told_where_to_go_on(here: Town) -> None:
    sending = await sender(here)
    parts = [bytes([n]) * PART for n in range(4)]
    said = await asyncio.gather(*(sending.part(0, part) for part in parts))
    assert sorted(each.status_code for each in said) == [204, 409, 409, 409]
    won = next(place for place, each in enumerate(said) if each.status_code == 204)
    assert await sending.offset() == PART
    async with here.house.db.read() as session:
        row = (await session.scalars(select(Upload))).one()
    assert row.parts == [[PART, sha256(parts[won]).hexdigest()]]


@pytest.mark.everyday
async def test_a_part_that_comes_while_another_is_being_noted_sees_it(here: Town) -> None:
    sending = await sender(here)
    id, now = sending.path.split("/")[-1], here.clock()
    one, other = (Part(0, PART, name * 64, last=False) for name in "ab")

    async def note(part: Part, going: asyncio.Event, go: asyncio.Event) -> None:
        async with here.house.db.write() as session:
            by = await standing(session, TENANT, here.people[PRESIDENT], now)
            assert by is not None
            going.set()
            await uploads.append(session, by, id, part, now)
            await go.wait()

    begun, second, go = asyncio.Event(), asyncio.Event(), asyncio.Event()
    go_on = asyncio.create_task(note(one, begun, go))
    await begun.wait()
    late = asyncio.create_task(note(other, second, go))
    # On SQLite the second has no transaction yet; on PostgreSQL it stands before the row.
    with suppress(TimeoutError):
        await asyncio.wait_for(second.wait(), 1)
    asyncio.get_running_loop().call_later(0.5, go.set)
    await go_on
    with pytest.raises(OffsetWrong):
        await late
    assert await sending.offset() == PART


async def test_the_last_part_twice_at_once_makes_one_file(here: Town) -> None:
    sending = await sender(here)
    await sending.part(0, MAP[:PART])
    await sending.part(PART, MAP[PART : 2 * PART])
    last = [sending.part(2 * PART, MAP[2 * PART :], last=True) for _ in range(4)]
    said = await asyncio.gather(*last)
    assert {each.status_code for each in said} == {201}
    assert {each.json()["sha256"] for each in said} == {sha256(MAP).hexdigest()}
    assert len(await lying(here)) == 1


@dataclass
class Hesitating:
    """A place that is slow with the first thing it is given, and quick with all else."""

    inner: Place
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def put(self, key: str, data: bytes) -> None:
        if not self.begun.is_set():
            self.begun.set()
            await self.go_on.wait()
        await self.inner.put(key, data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


async def test_a_last_part_that_is_laid_down_when_all_is_over_does_not_stay(here: Town) -> None:
    sending = await sender(here)
    await sending.part(0, MAP[:PART])
    slow = Hesitating(here.house.store.place)
    here.house.store.place = slow
    late = asyncio.create_task(sending.part(PART, MAP[PART:], last=True))
    await slow.begun.wait()
    first = await sending.part(PART, MAP[PART:], last=True)
    slow.go_on.set()
    assert [first.status_code, (await late).status_code] == [201, 201]
    assert len(await lying(here)) == 1


async def test_parts_that_are_lost_in_the_store_end_the_upload_with_a_sentence(here: Town) -> None:
    sending = await sender(here)
    await sending.part(0, MAP[:PART])
    for key in await lying(here):
        await here.house.store.place.delete(key)
    is_a_problem(await sending.part(PART, MAP[PART:], last=True), 404, slug="upload-unknown")
    assert await lying(here) == []


async def test_uploads_go_on_in_a_bucket_from_another_process(
    sqlite_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3.sign_in(monkeypatch)
    with s3.server() as running:
        async with town(
            sqlite_database, tmp_path, chores=True, files_url=running.url, files_endpoint=running.endpoint
        ) as here:
            sending = await sender(here)
            assert (await sending.part(0, MAP[:PART])).status_code == 204
            assert len(await lying(here)) == 1
            answer = await sending.all_of(MAP, PART)
            assert answer.json()["sha256"] == sha256(MAP).hexdigest()
            assert len(await lying(here)) == 1
            fetched = await sending.phone.http.get(f"/files/{answer.json()['sha256']}")
            assert fetched.content == MAP
            other = await sender(here)
            await other.part(0, MAP[:PART])
            here.clock.pass_(hours=25)
            await here.work()
            assert len(await lying(here)) == 1


async def test_a_bucket_that_is_away_costs_a_wait_and_no_part(
    sqlite_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3.sign_in(monkeypatch)
    with s3.server() as running:
        async with town(
            sqlite_database, tmp_path, chores=True, files_url=running.url, files_endpoint=running.endpoint
        ) as here:
            sending = await sender(here)
            await sending.part(0, MAP[:PART])
            place = here.house.store.place
            with s3.server() as elsewhere:
                pass
            here.house.store.place = Bucket.at(running.url, elsewhere.endpoint)
            for last in (False, True):
                is_a_problem(
                    await sending.part(PART, MAP[PART : 2 * PART], last=last), 503, slug="store-away"
                )
            here.house.store.place = place
            assert await sending.offset() == PART
            for at in (PART, 2 * PART):
                await sending.part(at, MAP[at : at + PART])
            here.house.store.place = Bucket.at(running.url, elsewhere.endpoint)
            all_there = await sending.part(len(MAP), b"", last=True)
            is_a_problem(all_there, 503, slug="store-away", what="it cannot be put together now")
            assert "upload-complete" not in all_there.headers, "it is worth another try"
            here.house.store.place = place
            assert (await sending.part(len(MAP), b"", last=True)).status_code == 201
