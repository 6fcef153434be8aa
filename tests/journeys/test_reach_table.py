"""The ledger in full: who told whom and how, proxies counted apart, and as a spreadsheet that computes nothing."""

import csv
import io
from pathlib import Path

import httpx
from sqlalchemy import select, update

from notices.models import City, Household, NoticeHousehold, Person
from tests.journeys import story
from tests.journeys.story import LEADER_2, MIDORI_PRESIDENT, NO_CHANNEL, OFFICER_2, PRESIDENT, RESIDENT
from tests.phone import Phone
from tests.server.test_watching import appoint
from tests.town import Town, town


async def told(here: Town) -> tuple[Phone, Phone, str]:
    """伊藤 by the app and for somebody else, 渡辺 told by the leader, 鈴木 on paper by the other officer."""
    president, leader, other = [await here.phone(each) for each in (PRESIDENT, LEADER_2, OFFICER_2)]
    resident = await here.phone(RESIDENT)
    notice = (await here.post(president))["id"]
    await here.work()
    resident.stamp(notice, here.households["伊藤"])
    leader.visit(notice, here.households["渡辺"], "told")
    other.visit(notice, here.households["鈴木"], "paper")
    for phone in (resident, leader, other):
        await phone.push()
    async with here.house.db.write() as session:
        rows = update(NoticeHousehold).where(NoticeHousehold.household == here.households["伊藤"])
        await session.execute(rows.values(proxy=True))
    await here.work()
    return president, leader, notice


async def sheet(by: Phone, notice: str, **asked: str) -> httpx.Response:
    answer = await by.http.get(f"/api/v1/notices/{notice}/reach.csv", params=asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv")
    return answer


def table(data: bytes, encoding: str = "utf-8-sig") -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(encoding), newline="")))


async def test_the_ledger_says_who_told_whom_and_how_and_counts_proxies_apart(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader, notice = await told(here)
        ledger = await story.reach(president, notice)
        assert ledger["hows"] == {"app": 1, "paper": 1, "told": 1, "answer": 0}
        assert ledger["proxies"] == 1
        first, second = ledger["blocks"]
        assert (first["hows"]["paper"], first["proxies"]) == (1, 0)
        assert (second["hows"], second["proxies"]) == ({"app": 1, "paper": 0, "told": 1, "answer": 0}, 1)
        by = {row["name"]: (row["how"], row["byName"], row["proxy"]) for row in ledger["rows"]}
        assert by["渡辺"] == ("told", LEADER_2, False)
        assert by["鈴木"] == ("paper", OFFICER_2, False)
        assert by["伊藤"] == ("app", RESIDENT, True)
        assert by["高橋"] == (None, None, False)
        await leader.pull()
        [held] = leader.all("reach")
        assert held["hows"] == second["hows"]
        assert {row["byName"] for row in held["rows"]} == {LEADER_2, RESIDENT, None}


async def test_a_spreadsheet_has_a_line_per_home_or_per_block_that_adds_up(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader, notice = await told(here)
        head, *lines = table((await sheet(president, notice)).content)
        assert len(lines) == 7
        watanabe = dict(zip(head, next(line for line in lines if line[2] == "渡辺"), strict=True))
        assert (watanabe["到達"], watanabe["方法"], watanabe["押した人・伝えた人"]) == (
            "読みました",
            "伝えた",
            LEADER_2,
        )
        assert watanabe["日時"].startswith("2026-")
        assert {line[0] for line in table((await sheet(leader, notice)).content)[1:]} == {"二班"}
        head, *lines = table((await sheet(president, notice, per="block")).content)
        assert [line[0] for line in lines] == ["一班", "二班", "合計"]
        assert [line[1] for line in lines] == ["3", "4", "7"]
        assert all(int(line[1]) == sum(map(int, line[2:7])) for line in lines), "the grades add up"
        assert all(int(line[6]) == sum(map(int, line[7:10])) for line in lines), "the proofs add up"
        news = (await here.post(president, kind="notice", deadline=None))["id"]
        assert table((await sheet(president, news)).content)[0][0:2] == ["班", "世帯数"], (
            "and nobody is named"
        )
        for wrong in ({"encoding": "utf-16"}, {"per": "person"}):
            answer = await president.http.get(f"/api/v1/notices/{notice}/reach.csv", params=wrong)
            assert (answer.status_code, answer.json()["slug"]) == (422, "choice-unknown")


async def test_no_cell_is_a_formula_and_what_shift_jis_lacks_is_seen_and_said(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, _, notice = await told(here)
        async with here.house.db.write() as session:
            for home, name in (("渡辺", "=1+1"), ("鈴木", "𠮷田"), ("伊藤", "一〜二")):
                rows = update(Household).where(Household.id == here.households[home]).values(name=name)
                await session.execute(rows.execution_options(journalled=True))
            rows = update(Person).where(Person.id == here.people[NO_CHANNEL]).values(name="@x")
            await session.execute(rows.execution_options(journalled=True))
        answer = await sheet(president, notice)
        names = {line[2] for line in table(answer.content)}
        assert {"'=1+1", "𠮷田", "一〜二"} <= names
        assert "x-replaced-characters" not in answer.headers
        answer = await sheet(president, notice, encoding="cp932")
        *lines, said = table(answer.content, "cp932")
        assert {"'=1+1", "〓田", "一～二"} <= {line[2] for line in lines}
        assert answer.headers["x-replaced-characters"] == "U+20BB7"
        assert "〓に置きかえました" in said[0]
        assert "U+20BB7" in said[0]


async def test_a_clerk_sees_counts_of_every_association_and_nobody_elses_role_does(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader, _ = await told(here)
        midori = await here.phone(MIDORI_PRESIDENT)
        await here.post(midori, here.midori)
        gone = await here.post(president, title="取り下げる")
        await here.post(president, kind="notice", deadline=None)
        await here.work()
        assert (await story.act(president, gone["id"], "withdraw")).status_code == 200
        clerk = await here.phone(NO_CHANNEL)
        await appoint(here, NO_CHANNEL, "clerk")
        async with here.house.db.read() as session:
            city = await session.scalar(select(City.id))
        path = f"/api/v1/cities/{city}/reach"
        answer = await clerk.http.get(path)
        assert answer.status_code == 200, answer.text
        seen = answer.json()
        assert (seen["month"], seen["circulars"], seen["households"]) == ("2026-11", 2, 9)
        assert seen["hows"] == {"app": 1, "paper": 1, "told": 1, "answer": 0}
        assert seen["proxies"] == 1
        lines = {line["name"]: line for line in seen["associations"]}
        assert {name: line["households"] for name, line in lines.items()} == {
            "さくら町内会": 7,
            "みどり自治会": 2,
        }
        assert (lines["さくら町内会"]["paper"], lines["さくら町内会"]["circulars"]) == (0, 1)
        for grade, count in seen["grades"].items():
            assert count == sum(line["grades"][grade] for line in lines.values())
        assert not any(name in answer.text for name in ("渡辺", "伊藤", LEADER_2))
        assert (await clerk.http.get(path, params={"month": "2026-10"})).json()["households"] == 0
        assert (await clerk.http.get(path, params={"month": "秋"})).json()["slug"] == "date-unreadable"
        assert (await clerk.http.get(f"/api/v1/cities/{here.sakura}/reach")).status_code == 404
        for phone in (president, leader, midori):
            assert (await phone.http.get(path)).status_code == 403
