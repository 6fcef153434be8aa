"""What comes back, comes back once: a home that was merged, a seat that was handed over, somebody who asked to be forgotten."""

from pathlib import Path

from tests.journeys import homes, story
from tests.journeys.story import PRESIDENT, RESIDENT
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
