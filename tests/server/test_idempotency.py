"""The same press again: one notice, whatever happened to the answer."""

import asyncio
from pathlib import Path

import httpx

from notices import ids
from tests.journeys import story
from tests.journeys.story import MIDORI_PRESIDENT, OFFICER_2, PRESIDENT
from tests.phone import Phone
from tests.town import Town, circular, town


async def press(here: Town, phone: Phone, key: str | None, **said: object) -> httpx.Response:
    association = str(said.pop("association", here.sakura))
    headers = {"Idempotency-Key": key} if key is not None else {}
    return await phone.http.post(
        f"/api/v1/associations/{association}/notices", json=circular(**said), headers=headers
    )


async def listed(here: Town, phone: Phone) -> list[str]:
    answer = await phone.http.get(f"/api/v1/associations/{here.sakura}/notices")
    return [each["id"] for each in answer.json()["notices"]]


async def test_the_same_key_and_body_is_one_notice_sent_once(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        first = await press(here, president, "key-1")
        again = await press(here, president, "key-1")
        at_once = await asyncio.gather(*(press(here, president, "key-1") for _ in range(4)))
        assert {each.status_code for each in (first, again, *at_once)} == {201}
        assert {each.json()["id"] for each in (first, again, *at_once)} == {first.json()["id"]}
        await here.work()
        assert story.sent_to(here).count("sachi.ito@example.jp") == 1
        assert await listed(here, president) == [first.json()["id"]]


async def test_a_race_under_one_new_key_has_one_winner(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        answers = await asyncio.gather(*(press(here, president, "race") for _ in range(6)))
        assert all(each.status_code in (201, 409, 503) for each in answers), [each.text for each in answers]
        made = {each.json()["id"] for each in answers if each.status_code == 201}
        assert len(made) == 1
        assert await listed(here, president) == list(made)


async def test_the_same_key_with_another_body_is_refused(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        first = await press(here, president, "key-1")
        for change in (
            {"title": "ちがう題名"},
            {"publish": False},
            {"deadline": None},
            {"audience": "all", "topic": "rules"},
        ):
            other = await press(here, president, "key-1", **change)
            assert (other.status_code, other.json()["slug"]) == (422, "idempotency-key-reused"), change
        assert await listed(here, president) == [first.json()["id"]]


async def test_a_key_is_the_callers_own(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, other = await here.phone(PRESIDENT), await here.phone(OFFICER_2)
        stranger = await here.phone(MIDORI_PRESIDENT)
        first = await press(here, president, "1")
        second = await press(here, other, "1", title="副会長から")
        third = await press(here, stranger, "1", association=here.midori, title="みどりから")
        assert [each.status_code for each in (first, second, third)] == [201, 201, 201], "keys do not collide"
        assert len({each.json()["id"] for each in (first, second, third)}) == 3
        snooping = await press(here, stranger, "1", association=here.sakura)
        assert snooping.status_code in (403, 404, 422)
        assert first.json()["id"] not in snooping.text


async def test_a_key_is_needed_and_has_a_shape(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        for key in (None, "", "k" * 65, "k" * 10_000, "a b", "tab\there"):
            answer = await press(here, president, key)
            assert (answer.status_code, answer.json()["slug"]) == (400, "idempotency-key-missing"), key
        assert await listed(here, president) == []


async def test_a_refused_press_can_be_mended_under_the_same_key(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        refused = await press(here, president, "key-1", title="")
        assert refused.status_code == 422
        mended = await press(here, president, "key-1")
        assert mended.status_code == 201, "nothing was done under this key yet"


async def test_a_retry_after_the_end_of_a_right_shows_nothing(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        key = ids.new_id()
        await press(here, president, key)
        here.clock.pass_(days=140)
        late = await press(here, president, key)
        assert late.status_code in (403, 404), "rights are looked at before the memory of the answer"
