"""What comes back, comes back once: a home that was merged, a seat that was handed over, somebody who asked to be forgotten."""

from pathlib import Path

from sqlalchemy import update

from notices.ids import new_id
from notices.models import NoticeHousehold
from tests.journeys import homes, story
from tests.journeys.story import LEADER_2, MIDORI_PRESIDENT, NO_CHANNEL, PRESIDENT, RESIDENT
from tests.journeys.test_erasure import ask, pass_the_week
from tests.journeys.test_handover import DAY, path, schedule, terms
from tests.phone import Phone
from tests.town import Town, town


async def stamp(phone: Phone, notice: str, household: str) -> None:
    await phone.pull()
    phone.stamp(notice, household)
    (result,) = await phone.push()
    assert result["status"] == "ok"


async def grades(here: Town, by: Phone, notice: str, *names: str) -> list[str]:
    ledger = await story.reach(by, notice)
    return [story.grade_of(ledger, here.households[name]) for name in names]


async def test_a_merged_home_that_a_roster_brings_back_reads_for_itself_and_can_be_merged_again(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        alone, into = here.households["渡辺"], here.households["伊藤"]
        exported = await president.http.get(f"/api/v1/associations/{here.sakura}/roster")
        await homes.done(president, alone, "merge", into=into)
        back = await story.import_roster(president, here.sakura, exported.content)
        assert back.json()["changes"]["householdsReturned"] == 1, back.text
        await homes.in_order(here)
        notice = await here.post(president)
        await here.work()
        await stamp(resident, notice["id"], into)
        assert "stamped" not in await grades(here, president, notice["id"], "渡辺")
        await homes.done(president, alone, "merge", into=into)
        assert await grades(here, president, notice["id"], "渡辺") == ["stamped"]


async def test_what_else_is_taken_back_of_a_merged_home_leaves_it_merged(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        notice = await here.post(president)
        await here.work()
        alone, into = here.households["渡辺"], here.households["伊藤"]
        body = {"block": here.blocks["一班"]}
        moved = await president.http.patch(f"/api/v1/households/{alone}", json=body)
        await homes.done(president, alone, "merge", into=into)
        assert (await homes.take_back(president, moved.json()["follows"]["change"])).status_code == 200
        await stamp(resident, notice["id"], into)
        assert await grades(here, president, notice["id"], "渡辺") == ["stamped"]


async def test_a_merger_taken_back_takes_with_it_what_only_the_other_home_has_read(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        leader, joined = await here.phone(LEADER_2), await here.phone(NO_CHANNEL)
        before, own, after = [(await here.post(president, title=each))["id"] for each in "前自後"]
        await here.work()
        alone, into = here.households["渡辺"], here.households["伊藤"]
        await stamp(joined, own, alone)
        for each in (before, own):
            await stamp(resident, each, into)
        merged = await homes.done(president, alone, "merge", into=into)
        await stamp(resident, after, into)
        for each in (before, own, after):
            assert await grades(here, president, each, "渡辺", "伊藤") == ["stamped", "stamped"]
        assert (await homes.take_back(president, merged["change"])).status_code == 200
        for each in (before, after):
            alone_now, other = await grades(here, president, each, "渡辺", "伊藤")
            assert (alone_now == "stamped", other) == (False, "stamped")
        assert await grades(here, president, own, "渡辺") == ["stamped"]
        await here.work()
        await leader.pull()
        told = {each["notice"]: each["grades"]["stamped"] for each in leader.all("reach")}
        assert told == {before: 1, own: 2, after: 1}


async def test_a_home_that_is_merged_is_answered_for_by_the_same_somebody_else(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        notice = (await here.post(president))["id"]
        await here.work()
        await stamp(resident, notice, here.households["伊藤"])
        async with here.house.db.write() as session:
            rows = update(NoticeHousehold).where(NoticeHousehold.household == here.households["伊藤"])
            await session.execute(rows.values(proxy=True))
        await homes.done(president, here.households["渡辺"], "merge", into=here.households["伊藤"])
        assert (await story.reach(president, notice))["proxies"] == 2


async def test_a_visit_taken_back_is_taken_back_for_the_homes_that_joined_too(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader = await here.phone(PRESIDENT), await here.phone(LEADER_2)
        notice = (await here.post(president))["id"]
        await here.work()
        await homes.done(president, here.households["渡辺"], "merge", into=here.households["伊藤"])
        await leader.pull()
        pressed = leader.visit(notice, here.households["伊藤"], "told")
        await leader.push()
        assert await grades(here, president, notice, "渡辺", "伊藤") == ["stamped", "stamped"]
        leader.take_back(pressed)
        await leader.push()
        assert "stamped" not in await grades(here, president, notice, "渡辺", "伊藤")


async def test_a_visit_taken_back_leaves_what_the_home_it_joined_has_read(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader = await here.phone(PRESIDENT), await here.phone(LEADER_2)
        resident, notice = await here.phone(RESIDENT), (await here.post(president))["id"]
        await here.work()
        await leader.pull()
        await homes.done(president, here.households["渡辺"], "merge", into=here.households["伊藤"])
        pressed = leader.visit(notice, here.households["渡辺"], "told")
        await leader.push()
        await stamp(resident, notice, here.households["伊藤"])
        leader.take_back(pressed)
        await leader.push()
        assert await grades(here, president, notice, "渡辺", "伊藤") == ["stamped", "stamped"]


async def test_a_seat_of_a_handover_that_was_cancelled_does_not_come_back_with_the_home(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        before = await terms(here)
        await schedule(president, here, {"会長": [RESIDENT]})
        gone = await homes.done(president, here.households["伊藤"], "move-out")
        assert (await president.http.delete(path(here))).status_code == 204
        assert (await homes.take_back(president, gone["change"])).status_code == 200
        assert await terms(here) == before, "she is at home again, and nobody's successor"


async def test_who_was_to_hand_over_keeps_the_seat_where_the_handover_was_cancelled_while_they_were_away(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        before = await terms(here)
        await schedule(president, here, {"副会長": [RESIDENT]}, begins="2027-02-01")
        assert await terms(here) != before
        gone = await homes.done(president, here.households["高橋"], "move-out")
        assert (await president.http.delete(path(here))).status_code == 204
        assert (await homes.take_back(president, gone["change"])).status_code == 200
        assert await terms(here) == before, "the seat does not run out on the day that is off"


async def test_a_successor_who_leaves_before_the_day_is_said_to_be_missing_then_and_not_today(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        await schedule(president, here, {"会長": [LEADER_2], "副会長": [RESIDENT]})
        missing = [{"title": "会長", "begins": DAY}]
        dead = {"person": here.people[LEADER_2]}
        follows = await homes.done(president, here.households["田中"], "death", **dead)
        assert (follows["seats"], follows["unfilled"]) == (["班長"], missing), "she is president until then"
        gone = await homes.done(president, here.households["伊藤"], "move-out")
        assert (gone["seats"], gone["unfilled"]) == ([], [{"title": "副会長", "begins": DAY}])
        await president.pull()
        told = {each["change"]: each["unfilled"] for each in president.all("changes")}
        assert told == {follows["change"]: missing, gone["change"]: gone["unfilled"]}


async def test_who_was_erased_meanwhile_is_not_brought_back_with_the_home(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        await ask(resident)
        here.clock.pass_(days=3)
        gone = await homes.done(president, here.households["伊藤"], "move-out")
        here.clock.pass_(days=4, seconds=1)
        await here.work()
        refused = await homes.take_back(president, gone["change"])
        assert (refused.status_code, refused.json()["slug"]) == (409, "changed-since")
        await homes.in_order(here)


async def test_who_was_erased_on_the_way_to_another_association_does_not_arrive(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        other = await here.phone(MIDORI_PRESIDENT)
        await ask(resident)
        await homes.done(president, here.households["伊藤"], "move-out", to=here.midori)
        await other.pull()
        (arrival,) = other.all("changes")
        await pass_the_week(here)
        place = {"id": new_id(), "block": here.blocks["東"], "arrival": arrival["change"]}
        refused = await homes.move_in(other, here.midori, **place)
        assert (refused.status_code, refused.json()["slug"]) == (404, "arrival-unknown")
        await homes.in_order(here)
