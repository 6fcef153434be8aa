"""Requests share reads and transactions. What one of them gets wrong is its own affair."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import asyncpg
import httpx
from sqlalchemy import Integer, literal_column, select

from notices.ids import new_id
from server.reading import Cut
from server.reading.postgresql import PostgresCuts
from sync.questions import Question
from tests.phone import Phone
from tests.town import town

STRANGE = ["kairan=%00_x", "kairan=hana_%00", "kairan=%E3%81%82_x", "kairan=" + "a" * 5000]
"""Cookies of somebody who is not signed in."""


async def statuses(asked: Sequence[asyncio.Future[httpx.Response]]) -> list[int]:
    return [answer.status_code for answer in await asyncio.gather(*asked)]


def pulls(phone: Phone, times: int = 5) -> list[asyncio.Future[httpx.Response]]:
    return [asyncio.ensure_future(phone.http.get("/sync/v1/pull")) for _ in range(times)]


async def test_a_strangers_cookie_is_401_and_no_trouble_to_those_who_pull_beside_it(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here, here.http() as stranger:
        phone = await here.phone("伊藤 さち")
        for cookie in STRANGE:
            beside = pulls(phone)
            asked = stranger.get("/sync/v1/pull", headers={"Cookie": cookie})
            assert (await asked).status_code == 401
            assert set(await statuses(beside)) == {200}
            assert (await stranger.get("/sync/v1/live", headers={"Cookie": cookie})).status_code == 401


async def test_kinds_that_cannot_be_are_refused_and_no_trouble_to_those_who_pull_beside_it(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        phone, other = await here.phone("伊藤 さち"), await here.phone("山田 花子")
        for types in ("\0", "notices,\0", "'", "A" * 40):
            beside = pulls(other)
            assert (await phone.http.get("/sync/v1/pull", params={"types": types})).status_code == 400
            assert set(await statuses(beside)) == {200}


async def test_a_strangers_push_is_401_and_those_beside_it_are_answered(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here, here.http() as stranger:
        phone = await here.phone("伊藤 さち")
        for cookie in STRANGE:
            headers = {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}
            bad = stranger.post("/sync/v1/push", json={"mutations": []}, headers=headers)
            asked = [push(phone), asyncio.ensure_future(bad), push(phone)]
            assert await statuses(asked) == [200, 401, 200]


def push(phone: Phone) -> asyncio.Future[httpx.Response]:
    unknown: dict[str, object] = {
        "mid": new_id(),
        "t": "nothing",
        "id": new_id(),
        "op": "put",
        "d": {},
        "base": None,
    }
    return asyncio.ensure_future(phone.http.post("/sync/v1/push", json={"mutations": [unknown]}))


async def test_a_read_that_breaks_the_shared_transaction_breaks_it_for_nobody_else(
    postgresql_database: str, tmp_path: Path
) -> None:
    async with town(postgresql_database, tmp_path) as here:
        cuts = here.house.db.cuts
        assert isinstance(cuts, PostgresCuts)
        wrong = Question(lambda _: select(literal_column("1 / 0", Integer())))
        right = Question(lambda _: select(literal_column("1", Integer())))

        async def breaks(cut: Cut) -> object:
            return await cut.ask(wrong)

        async def reads(cut: Cut) -> object:
            return [tuple(row) for row in await cut.ask(right)]

        answers = await asyncio.gather(
            *(cuts.read(work) for work in (reads, breaks, reads, breaks, reads)), return_exceptions=True
        )
        assert [answers[0], answers[2], answers[4]] == [[(1,)]] * 3
        assert all(isinstance(answers[n], asyncpg.PostgresError) for n in (1, 3))
