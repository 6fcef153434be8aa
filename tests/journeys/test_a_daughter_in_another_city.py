"""*A daughter in another city*: asked by her mother's phone, she reads and stamps for her, until one of them ends it."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from notices.models import Person
from tests.journeys import alarms, families, homes, story
from tests.journeys.families import DAUGHTER
from tests.journeys.story import (
    LEADER_1,
    LEADER_2,
    MIDORI_PRESIDENT,
    NO_CHANNEL,
    OFFICER_2,
    PAPER,
    PRESIDENT,
    RESIDENT,
)
from tests.journeys.test_erasure import where_it_stands
from tests.town import SAKURA, TENANT, town


@pytest.mark.everyday
async def test_a_daughter_in_another_city(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, mother = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        asked = await families.ask(mother)
        daughter = await families.daughter(here, asked["code"])
        notice = await here.post(president)
        await daughter.pull()
        [acts] = families.mine(daughter)
        assert acts["represented"]["name"] == RESIDENT
        assert acts["homes"][0]["household"] == here.households["伊藤"]
        assert [each["title"] for each in daughter.all("notices")] == [notice["title"]], (
            "she reads what mother does"
        )
        assert not daughter.all("roster"), "and nobody's list"
        outcome = await families.stamps(daughter, notice["id"], here.households["伊藤"])
        assert outcome["status"] == "ok", outcome
        await mother.pull()
        [stamp] = mother.all("stamps")
        assert (stamp["by"]["name"], stamp["proxy"]) == (DAUGHTER, True), "mother sees who pressed for her"
        ledger = await story.reach(president, notice["id"])
        row = next(row for row in ledger["rows"] if row["household"] == here.households["伊藤"])
        assert (row["grade"], row["proxy"], row["by"]) == ("stamped", True, daughter.person)
        assert ledger["proxies"] == 1
        await mother.pull()
        [told] = families.mine(mother)
        assert told["person"]["name"] == DAUGHTER
        assert (await families.end(mother, told["proxy"])).status_code == 204
        second = await here.post(president, title="二つ目の回覧について")
        outcome = await families.stamps(daughter, second["id"], here.households["伊藤"])
        assert (outcome["status"], outcome["code"]) == ("rejected", "no-longer-proxy")
        await daughter.pull()
        assert not daughter.all("notices"), "nothing of the association stays on her phone"
        assert not daughter.all("proxies")
        [corrected] = daughter.all("corrections")
        assert corrected["message"].startswith("この方の代理は終わっている"), (
            "and her phone says so in a sentence"
        )
        async with here.house.db.read() as session:
            ended = select(Person.ended_at).where(Person.tenant == TENANT, Person.id == daughter.person)
            assert await session.scalar(ended) is not None, "who came for this alone has left with it"


async def test_a_code_is_good_once_for_a_week_and_until_it_is_taken_back(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        mother, neighbour = await here.phone(RESIDENT), await here.phone(OFFICER_2)
        asked = await families.ask(mother)
        assert (await families.take_up(neighbour, asked["code"])).status_code == 200
        again = await families.take_up(neighbour, asked["code"])
        assert (again.status_code, again.json()["slug"]) == (403, "invitation-refused")
        late, back = await families.ask(mother), await families.ask(mother)
        assert (await families.end(mother, back["proxy"])).status_code == 204
        assert (await families.take_up(neighbour, back["code"])).status_code == 403
        here.clock.pass_(days=7, seconds=1)
        assert (await families.take_up(neighbour, late["code"])).status_code == 403
        mistyped = await families.take_up(neighbour, "AAAAA-AAAAB")
        assert (mistyped.status_code, mistyped.json()["slug"]) == (422, "code-mistyped")


async def test_a_proxy_may_do_what_was_asked_and_no_more(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, mother = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        reader = await families.daughter(here, (await families.ask(mother, whats=["receive"]))["code"])
        stamper = await families.daughter(
            here, (await families.ask(mother, whats=["stamp"], name="青木 次郎"))["code"], "青木 次郎"
        )
        notice = await here.post(president)
        await reader.pull()
        await stamper.pull()
        assert len(reader.all("notices")) == 1
        assert not stamper.all("notices"), "who was not asked to receive gets nothing to read"
        outcome = await families.stamps(reader, notice["id"], here.households["伊藤"])
        assert outcome["code"] == "not-asked-for-this"
        assert (await families.stamps(reader, notice["id"], here.households["渡辺"]))[
            "code"
        ] == "not-your-household"
        assert (await families.stamps(stamper, notice["id"], here.households["伊藤"]))["status"] == "ok"


async def test_a_proxy_whose_days_are_over_while_it_was_offline_is_told_so(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, mother = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        day = here.clock().date()
        asked = await families.ask(mother, until=str(day + timedelta(days=3)))
        daughter = await families.daughter(here, asked["code"])
        notice = await here.post(president, deadline="2027-03-31")
        await daughter.pull()
        daughter.stamp(notice["id"], here.households["伊藤"])
        here.clock.pass_(days=5)
        (outcome,) = await daughter.push()
        assert (outcome["status"], outcome["code"]) == ("rejected", "no-longer-proxy"), "no worker was needed"
        await daughter.pull()
        assert not daughter.all("notices")
        assert (await story.reach(president, notice["id"]))["grades"]["stamped"] == 0
        await here.work()
        await mother.pull()
        await daughter.pull()
        assert not families.mine(mother)
        assert not families.mine(daughter), "the worker takes it off the pages"


async def test_one_that_begins_later_begins_then(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, mother = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        day = here.clock().date()
        asked = await families.ask(mother, begins=str(day + timedelta(days=2)))
        daughter = await families.daughter(here, asked["code"])
        notice = await here.post(president)
        await daughter.pull()
        assert not daughter.all("notices")
        here.clock.pass_(days=3)
        await here.work()
        await daughter.pull()
        assert len(daughter.all("notices")) == 1
        assert (await families.stamps(daughter, notice["id"], here.households["伊藤"]))["status"] == "ok"


async def test_consent_on_paper_needs_a_witness_who_is_somebody_else(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader = await here.phone(PRESIDENT), await here.phone(LEADER_1)
        ume = here.people[PAPER]
        said = {"person": leader.person, "basis": "leader", "name": "", "whats": ["stamp", "answer"]}
        assert (await families.record(leader, here.sakura, ume, **said)).status_code == 403, "no officer"
        herself = await families.record(president, here.sakura, ume, person=president.person)
        assert (herself.status_code, herself.json()["slug"]) == (409, "witness-is-proxy")
        other = await families.record(president, here.sakura, ume, **said | {"person": here.people[LEADER_2]})
        assert (other.status_code, other.json()["slug"]) == (409, "not-their-leader")
        foreign = await families.record(await here.phone(MIDORI_PRESIDENT), here.midori, ume, **said)
        assert foreign.status_code == 404
        answer = await families.record(president, here.sakura, ume, **said)
        assert (answer.status_code, answer.json()["code"]) == (201, None), (
            "somebody of the roster has it at once"
        )
        notice = await here.post(president)
        assert (await families.stamps(leader, notice["id"], here.households["鈴木"]))["status"] == "ok"
        rows = (await story.reach(president, notice["id"]))["rows"]
        assert next(row for row in rows if row["household"] == here.households["鈴木"])["proxy"] is True
        [listed] = (await president.http.get(f"/api/v1/associations/{here.sakura}/proxies")).json()["proxies"]
        assert (listed["represented"]["name"], listed["person"]["name"]) == (PAPER, LEADER_1)
        assert (await families.end(president, listed["proxy"])).status_code == 204, "she rang the president"
        second = await here.post(president, title="二つ目の回覧について")
        assert (await families.stamps(leader, second["id"], here.households["鈴木"]))[
            "code"
        ] == "no-longer-proxy"


async def test_whoever_lives_with_the_represented_ends_a_proxy_that_opens_their_home_too(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, mother = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        other = await here.phone(NO_CHANNEL)
        asked = await families.ask(mother)
        daughter = await families.daughter(here, asked["code"])
        assert (await families.end(other, asked["proxy"])).status_code == 404
        await homes.done(president, here.households["伊藤"], "merge", into=here.households["渡辺"])
        await other.pull()
        [seen] = families.mine(other)
        assert (await families.end(other, seen["proxy"])).status_code == 204, (
            "it is their home as well by now"
        )
        await daughter.pull()
        assert not daughter.all("proxies")


async def test_consent_on_paper_makes_no_code_that_the_witness_could_take_up_on_a_second_phone(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        officer, ume = await here.phone(OFFICER_2), here.people[PAPER]
        for person in ({}, {"person": None}):
            answer = await families.record(officer, here.sakura, ume, **person)
            assert answer.status_code == 400, answer.text
        mother = await here.phone(RESIDENT)
        came = await families.daughter(here, (await families.ask(mother))["code"])
        newcomer = await families.record(officer, here.sakura, ume, person=came.person)
        assert newcomer.status_code == 404, "who came in by a code is nobody of the roster"
        listed = await officer.http.get(f"/api/v1/associations/{here.sakura}/proxies")
        assert listed.json()["proxies"] == []


async def test_who_is_of_one_home_needs_no_proxy_and_nothing_is_asked_for_nothing(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        wife, husband = await here.phone(PRESIDENT), await here.phone(story.HUSBAND)
        answer = await families.take_up(husband, (await families.ask(wife))["code"])
        assert (answer.status_code, answer.json()["slug"]) == (409, "proxy-for-oneself")
        for said, slug in (
            ({"whats": []}, "proxy-for-nothing"),
            ({"until": "2026-01-01"}, "proxy-dates-wrong"),
            ({"until": "2031-01-01"}, "proxy-dates-wrong"),
            ({"until": "令和9年"}, "date-unreadable"),
            ({"hearAfter": 31}, "hear-after-wrong"),
            ({"name": "  "}, "entry-wrong"),
        ):
            refused = await families.try_ask(wife, **said)
            assert (refused.status_code, refused.json()["slug"]) == (422, slug), said
        for _ in range(9):
            await families.ask(wife)
        assert (await families.try_ask(wife)).json()["slug"] == "too-many-proxies"
        other = await here.phone(MIDORI_PRESIDENT)
        await wife.pull()
        assert (await families.end(other, wife.all("proxies")[0]["proxy"])).status_code == 404


async def test_death_ends_it_on_both_sides_and_taking_it_back_brings_it_back(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, mother = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        daughter = await families.daughter(here, (await families.ask(mother))["code"])
        notice = await here.post(president)
        await daughter.pull()
        follows = await homes.done(president, here.households["伊藤"], "death", person=mother.person)
        await daughter.pull()
        assert not families.mine(daughter)
        assert not daughter.all("notices"), "nothing of the home stays on her phone"
        outcome = await families.stamps(daughter, notice["id"], here.households["伊藤"])
        assert outcome["code"] == "no-longer-proxy"
        back = await homes.take_back(president, follows["change"])
        assert back.status_code == 200, back.text
        await daughter.pull()
        assert len(families.mine(daughter)) == 1, "a press by mistake took nothing from her"
        assert (await families.stamps(daughter, notice["id"], here.households["伊藤"]))["status"] == "ok"


async def test_it_goes_along_when_they_move_within_the_town(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, mother = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        daughter = await families.daughter(here, (await families.ask(mother))["code"])
        block = here.blocks["一班"]
        moved = await president.http.patch(
            f"/api/v1/households/{here.households['伊藤']}", json={"block": block}
        )
        assert moved.status_code == 200, moved.text
        await here.post(president, audience={"blocks": [block]})
        await daughter.pull()
        assert families.mine(daughter)[0]["homes"][0]["block"] == block
        assert len(daughter.all("notices")) == 1, "the notices of the block she lives in now"
        await homes.done(president, here.households["伊藤"], "merge", into=here.households["佐藤"])
        await daughter.pull()
        await mother.pull()
        assert families.mine(daughter)[0]["homes"][0]["household"] == here.households["佐藤"]
        assert len(families.mine(mother)) == 1, "it is in the home she came to"
        follows = await homes.done(president, here.households["佐藤"], "move-out", people=[mother.person])
        await daughter.pull()
        assert not families.mine(daughter), "who moves away is spoken for no longer"
        assert not daughter.all("notices")
        assert (await homes.take_back(president, follows["change"])).status_code == 200
        await daughter.pull()
        assert len(families.mine(daughter)) == 1


async def test_who_speaks_for_somebody_and_who_lives_there_hear_of_another_home(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, mother = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        daughter, _ = await families.hears(here, mother, whats=families.ALL)
        english = {"locale": "en"}
        assert (await daughter.http.put("/api/v1/me/preferences", json=english)).status_code == 200
        everybody = {"megumi.aoki@example.jp", "sachi.ito@example.jp", "ken.takahashi@example.jp"}
        merged = await homes.done(president, here.households["伊藤"], "merge", into=here.households["高橋"])
        await here.work()
        said = {mail.to.address: story.plain(here, mail) for mail in story.mails(here)}
        assert set(said) == everybody, "and not the officer who pressed it"
        for address in ("sachi.ito@example.jp", "ken.takahashi@example.jp"):
            assert "「高橋」の世帯は、これから 高橋 健さん、伊藤 さちさんです" in said[address].replace(
                "\n", ""
            )
        assert "伊藤 さち belongs to the household 高橋" in said["megumi.aoki@example.jp"].replace("\n", " ")
        assert (await homes.take_back(president, merged["change"])).status_code == 200
        await here.work()
        assert {mail.to.address for mail in story.mails(here)[3:]} == everybody
        undone = [story.plain(here, mail) for mail in story.mails(here)[3:]]
        assert sum("取り消されました" in each or "まちがいでした" in each for each in undone) == 2
        assert sum("was a mistake" in each for each in undone) == 1
        before = len(story.mails(here))
        again = await homes.done(president, here.households["伊藤"], "merge", into=here.households["高橋"])
        here.clock.pass_(minutes=1)
        assert (await homes.take_back(president, again["change"])).status_code == 200
        await here.work()
        assert len(story.mails(here)) == before, "of what was taken back before it left nothing is said"


async def test_what_a_list_moves_is_told_as_what_an_officer_moves(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, mother = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        first, second = await here.phone(LEADER_1), await here.phone(LEADER_2)
        await families.hears(here, mother, whats=families.ALL)
        joined = SAKURA.replace(
            "二班,3,203,伊藤,3丁目 7-3,,7,伊藤 さち", "二班,1,201,高橋,3丁目 7-1,,7,伊藤 さち"
        ).replace("二班,4,204,渡辺", "一班,4,204,渡辺")
        rows = joined.splitlines()
        takahashi = next(n for n, row in enumerate(rows) if "高橋 健" in row)
        [sachi] = [row for row in rows if "伊藤 さち" in row]
        rows.remove(sachi)
        rows.insert(takahashi + 1, sachi)
        [watanabe] = [row for row in rows if "渡辺 誠" in row]
        rows.remove(watanabe)
        rows.insert(takahashi, watanabe)
        done = await story.import_roster(president, here.sakura, "\n".join(rows) + "\n", really="true")
        assert done.status_code == 200, done.text
        assert (done.json()["changes"]["peopleMoved"], done.json()["changes"]["householdsMoved"]) == (1, 1)
        await here.work()
        said = {mail.to.address: story.plain(here, mail).replace("\n", "") for mail in story.mails(here)}
        assert set(said) == {"megumi.aoki@example.jp", "sachi.ito@example.jp", "ken.takahashi@example.jp"}
        assert "「高橋」の世帯は、これから 高橋 健さん、伊藤 さちさんです" in said["sachi.ito@example.jp"]
        assert "伊藤 さちさんは、これから「高橋」の世帯" in said["megumi.aoki@example.jp"]
        for leader, homes_told in (
            (first, {"渡辺"}),
            (second, {"渡辺", "伊藤"}),
            (president, {"渡辺", "伊藤"}),
        ):
            await leader.pull()
            told = {body["household"]["name"]: body for body in leader.all("changes")}
            assert set(told) == homes_told, leader.name
            assert {body["kind"] for body in told.values()} == {"listed"}
            assert {body["takeBack"] for body in told.values()} == {None}
        [change] = {
            body["change"] for body in president.all("changes") if body["household"]["name"] == "伊藤"
        }
        assert (await homes.take_back(president, change)).status_code == 409
        again = await story.import_roster(president, here.sakura, "\n".join(rows) + "\n")
        assert not any(again.json()["changes"].values())
        await here.work()
        assert len(story.mails(here)) == 3, "the same list says nothing new"


async def test_a_block_leader_acts_as_one_for_as_long_as_they_are(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader = await here.phone(PRESIDENT), await here.phone(LEADER_2)
        mother = await here.phone(RESIDENT)
        asked = await families.ask(mother, basis="leader", whats=["stamp"], until="2028-11-01")
        assert (await families.take_up(leader, asked["code"])).status_code == 200
        notice = await here.post(president, deadline="2027-06-30")
        assert (await families.stamps(leader, notice["id"], here.households["伊藤"]))["status"] == "ok"
        second = await here.post(president, title="二つ目の回覧について", deadline="2027-06-30")
        here.clock.pass_(days=133)
        outcome = await families.stamps(leader, second["id"], here.households["伊藤"])
        assert outcome["code"] == "no-longer-proxy", "the term is over, though no worker has looked"
        await here.work()
        await mother.pull()
        assert not families.mine(mother), "and the next one has to be asked"


async def test_who_is_forgotten_is_forgotten_on_both_sides(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, mother = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        daughter = await families.daughter(here, (await families.ask(mother))["code"])
        first = await here.post(president)
        assert (await families.stamps(daughter, first["id"], here.households["伊藤"]))["status"] == "ok"
        exported = (await mother.http.get("/api/v1/me/export")).json()
        assert [each["person"] for each in exported["proxies"]] == [DAUGHTER]
        assert (await daughter.http.post("/api/v1/me/erasure", json={"confirm": True})).status_code in (
            200,
            202,
        )
        here.clock.pass_(days=8)
        await here.work()
        await mother.pull()
        assert not families.mine(mother)
        assert DAUGHTER not in str(mother.records)
        assert await where_it_stands(here, DAUGHTER) == set()
        notice = await here.post(president)
        assert (await families.try_ask(mother)).status_code == 201, "and another one can be asked"
        assert notice["id"]


async def test_what_is_sent_to_the_home_is_sent_to_who_reads_for_it(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, silent = await here.phone(PRESIDENT), await here.phone(NO_CHANNEL)
        asked = await families.ask(silent)
        daughter = await families.daughter(here, asked["code"])
        reader = await families.daughter(
            here, (await families.ask(silent, whats=["stamp"], name="青木 次郎"))["code"], "青木 次郎"
        )
        await families.mail(here, daughter, "megumi.aoki@example.jp")
        await families.mail(here, reader, "jiro.aoki@example.jp")
        notice = await here.post(president)
        await here.work()
        assert "megumi.aoki@example.jp" in story.sent_to(here)
        assert "jiro.aoki@example.jp" not in story.sent_to(here), (
            "who was not asked to receive is written nothing"
        )
        ledger = await story.reach(president, notice["id"])
        assert story.grade_of(ledger, here.households["渡辺"]) == "handedOver"
        second = await here.post(president, title="二つ目の回覧について", publish=False)
        assert (await families.end(silent, asked["proxy"])).status_code == 204
        assert (await story.act(president, second["id"], "publish")).status_code == 200
        await here.work()
        assert story.sent_to(here).count("megumi.aoki@example.jp") == 1, "withdrawn before it left"


async def test_what_a_proxy_gets_says_first_for_whom_it_is(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, silent = await here.phone(PRESIDENT), await here.phone(NO_CHANNEL)
        neighbour = await here.phone(RESIDENT)
        daughter = await families.daughter(here, (await families.ask(silent))["code"])
        await families.mail(here, daughter, "megumi.aoki@example.jp")
        asked = await families.ask(silent, name=RESIDENT, basis="family")
        assert (await families.take_up(neighbour, asked["code"])).status_code in (200, 201)
        await here.post(president, title="資源ごみの日")
        await here.work()
        assert families.heard(here) == ["【代理：渡辺 誠さん】回覧：資源ごみの日"]
        [both] = families.heard(here, "sachi.ito@example.jp")
        assert both == "【渡辺 誠さんの分も】回覧：資源ごみの日", "one message, for two homes"
        [own] = families.heard(here, "ken.takahashi@example.jp")
        assert own == "回覧：資源ごみの日"
        said = {mail.to.address: story.plain(here, mail) for mail in story.mails(here)}
        assert "渡辺 誠さんの代理として" in said["megumi.aoki@example.jp"]
        assert "ご自身の分と、渡辺 誠さんの" in said["sachi.ito@example.jp"]
        assert "代理" not in said["ken.takahashi@example.jp"]
        assert (await daughter.http.put("/api/v1/me/preferences", json={"locale": "en"})).status_code == 200
        drill = {"kind": "exercise", "title": "防災訓練", "body": "合図で机の下へ。"}
        assert (await alarms.of_association(here, president, **drill)).status_code == 201
        await here.work()
        assert families.heard(here)[1] == "[DRILL] [For 渡辺 誠] 防災訓練", (
            "that it is a drill stands before all else"
        )
        daily = {"digest": {"every": "daily", "hour": 18}}
        assert (await daughter.http.put("/api/v1/me/preferences", json=daily)).status_code == 200
        for title in ("一つ目", "二つ目"):
            await here.post(president, title=title, kind="notice")
        here.clock.pass_(hours=12)
        await here.work()
        last = [mail for mail in story.mails(here) if mail.to.address == "megumi.aoki@example.jp"][-1]
        assert story.plain(here, last).count("[For 渡辺 誠]") == 2
