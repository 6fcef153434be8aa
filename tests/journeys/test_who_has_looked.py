"""A resident asks who has looked: each look at the names of her block is hers to read, also one made without a signal."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import update

from notices.ids import new_id
from notices.models import Term
from notices.tokyo import today
from tests.journeys import alarms, circulars
from tests.journeys.story import LEADER_1, LEADER_2, MIDORI_PRESIDENT, PRESIDENT, RESIDENT
from tests.phone import Phone
from tests.town import TENANT, Town, town


def look(here: Town, by: Phone, block: str = "二班", notice: str | None = None, **ago: float) -> str:
    """`by` opens a screen with the names of a block; their phone says so when it can."""
    id, at = new_id(), here.clock() - timedelta(**ago)
    said = {"block": here.blocks[block], "notice": notice, "at": at.isoformat()}
    by.write("looks", id, said)
    return id


def codes(results: list[dict[str, Any]]) -> list[str]:
    return [result.get("code", result["status"]) for result in results]


async def seen_by(resident: Phone) -> list[tuple[str, str, str | None]]:
    """Who looked at her block, in what seat, at what: oldest first."""
    await resident.pull()
    looks = sorted(resident.all("looks"), key=lambda each: each["at"])
    return [(each["by"]["name"], each["by"]["title"], each["notice"]) for each in looks]


async def test_a_resident_who_asks_reads_who_has_looked_at_her_home_and_when(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader, resident, other = [
            await here.phone(name) for name in (PRESIDENT, LEADER_2, RESIDENT, LEADER_1)
        ]
        notice = await here.post(president)
        look(here, leader, notice=notice["id"], minutes=30)
        look(here, president, minutes=5)
        assert codes(await leader.push()) == codes(await president.push()) == ["ok"]
        assert await seen_by(resident) == [(LEADER_2, "班長", notice["id"]), (PRESIDENT, "会長", None)]
        assert await seen_by(other) == [], "of the other block nobody has looked at anything"


async def test_a_look_made_offline_arrives_with_the_time_at_which_it_was_made(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        leader, resident = await here.phone(LEADER_2), await here.phone(RESIDENT)
        looked_at = here.clock()
        look(here, leader)
        here.clock.pass_(days=2)
        await leader.push()
        await resident.pull()
        [found] = resident.all("looks")
        assert datetime.fromisoformat(found["at"]) == looked_at
        assert found["by"] == {"id": leader.person, "name": LEADER_2, "title": "班長"}


async def test_whoever_has_no_right_to_the_names_is_refused_and_nothing_is_kept(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        resident = await here.phone(RESIDENT)
        strangers = [await here.phone(name) for name in (LEADER_1, MIDORI_PRESIDENT)]
        for stranger in [resident, *strangers]:
            look(here, stranger)
            assert codes(await stranger.push()) == ["no-longer-officer"]
        assert await seen_by(resident) == []


async def test_a_look_at_the_notice_of_another_association_is_refused(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        leader, theirs = await here.phone(LEADER_2), await here.phone(MIDORI_PRESIDENT)
        notice = await here.post(theirs, here.midori)
        look(here, leader, notice=notice["id"])
        look(here, leader, notice=new_id())
        assert codes(await leader.push()) == ["unknown-notice", "unknown-notice"]


async def test_whoever_goes_back_and_forth_has_looked_once(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        leader, resident = await here.phone(LEADER_2), await here.phone(RESIDENT)
        for minutes in (30, 25, 21, 5):
            look(here, leader, minutes=minutes)
        assert codes(await leader.push()) == ["ok"] * 4
        assert len(await seen_by(resident)) == 2


async def test_a_look_from_before_the_end_of_a_term_is_kept_and_one_from_after_it_is_refused(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        leader, resident = await here.phone(LEADER_2), await here.phone(RESIDENT)
        here.clock.pass_(days=1)
        async with here.house.db.write() as session:
            mine = update(Term).where(Term.tenant == TENANT, Term.person == here.people[LEADER_2])
            ended = mine.values(ends=today(here.clock()))
            await session.execute(ended, execution_options={"journalled": True})
        look(here, leader, days=1)
        look(here, leader)
        assert codes(await leader.push()) == ["ok", "no-longer-officer"]
        assert len(await seen_by(resident)) == 1, "she was looked at, and may know it"


async def test_a_look_is_no_record_that_can_be_taken_back_or_written_for_somebody_else(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        leader, resident = await here.phone(LEADER_2), await here.phone(RESIDENT)
        id = look(here, leader)
        await leader.push()
        leader.outbox.append(
            {"mid": new_id(), "t": "looks", "id": id, "op": "delete", "d": None, "base": None}
        )
        leader.write("looks", new_id(), {"block": "x", "at": "never"})
        assert codes(await leader.push()) == ["looks-stand", "field-wrong"]
        assert len(await seen_by(resident)) == 1


async def test_a_clerk_looks_where_the_city_is_told_names_and_nowhere_else(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        clerk = await circulars.clerk(here)
        check = await alarms.of_association(here, president, kind="safety-check", title="ご無事ですか")
        circular = await here.post(president)
        for notice in (check.json()["id"], circular["id"], None):
            look(here, clerk, notice=notice)
        assert codes(await clerk.push()) == ["ok", "no-longer-officer", "no-longer-officer"]
        [(name, title, notice)] = await seen_by(resident)
        assert (name, notice) == (clerk.name, check.json()["id"])
        assert title


async def test_a_table_with_every_name_is_a_look_at_each_block_in_it(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader, resident, other = [
            await here.phone(name) for name in (PRESIDENT, LEADER_2, RESIDENT, LEADER_1)
        ]
        notice = (await here.post(president))["id"]
        path = f"/api/v1/notices/{notice}/reach.csv"
        assert (await president.http.get(path, params={"per": "block"})).status_code == 200
        assert await seen_by(resident) == [], "counts name nobody"
        assert (await president.http.get(path)).status_code == 200
        assert (await president.http.get(path, params={"encoding": "cp932"})).status_code == 200
        assert await seen_by(resident) == [(PRESIDENT, "会長", notice)], "in both encodings it is one look"
        assert await seen_by(other) == [(PRESIDENT, "会長", notice)]
        assert (await leader.http.get(path)).status_code == 200
        assert len(await seen_by(resident)) == 2
        assert len(await seen_by(other)) == 1, "hers alone are in a leader's table"


async def test_a_clerk_who_is_given_names_of_an_alarm_has_looked_and_of_counts_has_not(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        clerk, resident = await circulars.clerk(here), await here.phone(RESIDENT)
        asked = await alarms.send(
            here, clerk, kind="safety-check", title="ご無事ですか", body="答えてください。"
        )
        await here.work()
        path = f"/api/v1/notices/{asked['id']}/reach"
        whole = (await clerk.http.get(path)).json()
        assert ("associations" in whole, whole["rows"]) == (True, [])
        blocks = (await clerk.http.get(path, params={"association": here.sakura})).json()
        assert [each["name"] for each in blocks["blocks"]] == ["一班", "二班"]
        assert (blocks["rows"], blocks["households"], blocks["paper"]) == ([], 7, 1)
        assert (await clerk.http.get(path, params={"association": new_id()})).status_code == 404
        assert await seen_by(resident) == [], "counts are no look"
        one = (await clerk.http.get(path, params={"block": here.blocks["二班"]})).json()
        assert {row["name"] for row in one["rows"]} >= {"伊藤", "渡辺"}
        assert [seat for _, seat, _ in await seen_by(resident)] == ["市職員"]
        here.clock.pass_(minutes=11)
        assert (await clerk.http.get(f"/api/v1/notices/{asked['id']}/safety.csv")).status_code == 200
        assert len(await seen_by(resident)) == 2


async def test_a_clerk_is_given_no_names_of_a_drill_and_no_look_is_noted(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        clerk, resident = await circulars.clerk(here), await here.phone(RESIDENT)
        drill = await alarms.send(here, clerk, **alarms.drill())
        await here.work()
        path = f"/api/v1/notices/{drill['id']}/reach"
        one = (await clerk.http.get(path, params={"block": here.blocks["二班"]})).json()
        assert (one["households"], one["rows"]) == (4, [])
        assert await seen_by(resident) == []
