"""What comes back, comes back once: a home that was merged, a seat that was handed over, somebody who asked to be forgotten."""

from pathlib import Path

from notices.ids import new_id
from tests.journeys import homes, story
from tests.journeys.story import MIDORI_PRESIDENT, PRESIDENT, RESIDENT
from tests.journeys.test_erasure import ask, pass_the_week
from tests.journeys.test_handover import path, schedule, terms
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
