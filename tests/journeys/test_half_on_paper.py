"""A circular that half the town has on paper: printed, carried round, brought back, and counted with the rest."""

from pathlib import Path

import pytest

from tests.journeys import story
from tests.journeys.story import LEADER_1, LEADER_2, PRESIDENT, RESIDENT
from tests.journeys.test_reach_table import sheet as spreadsheet
from tests.journeys.test_reach_table import table
from tests.journeys.test_sheets import bring_back, keyed, names, print_sheets, set_paper
from tests.journeys.test_walking import doors
from tests.phone import Phone
from tests.town import Town, town

ON_PAPER = ("鈴木", "佐藤", "渡辺", "高橋")


async def the_week_before(here: Town) -> tuple[Phone, Phone, Phone]:
    """The president and the leaders of both blocks; four of seven homes get paper."""
    president, first, second = [await here.phone(each) for each in (PRESIDENT, LEADER_1, LEADER_2)]
    for home in ON_PAPER:
        await set_paper(president, here.households[home], True)
    return president, first, second


@pytest.mark.everyday
async def test_a_circular_that_half_the_town_has_on_paper(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, first, second = await the_week_before(here)
        resident = await here.phone(RESIDENT)
        notice = (await here.post(president))["id"]
        await here.work()
        before = await story.reach(president, notice)
        assert sum(before["grades"].values()) == before["households"] == 7

        # Monday: one press prints a sheet for each block, with those homes alone that need it.
        one, two = await print_sheets(president, notice)
        assert (names(one), names(two)) == (["佐藤", "鈴木"], ["高橋", "渡辺"])

        # Tuesday: who has a phone presses; 渡辺 gets one too, and comes off paper without anybody touching a list.
        resident.stamp(notice, here.households["伊藤"])
        await resident.push()
        await set_paper(president, here.households["渡辺"], False)
        [_, anew] = await print_sheets(president, notice)
        assert (names(anew), anew["number"]) == (["高橋"], 2)

        # Wednesday: the first sheets come back, keyed by leaders without a signal.
        for leader, printed in ((first, one), (second, two)):
            await leader.pull()
            leader.online = False
            held = next(each for each in leader.all("sheets") if each["code"] == printed["code"])
            bring_back(leader, held)
            leader.online = True
            assert {each["status"] for each in await leader.push()} == {"ok"}
        assert (await keyed(second, one["code"]))[1]["slug"] == "sheet-of-another-block"
        assert await doors(second, notice) == ["田中"], "渡辺 had the paper in hand before the phone"

        # Thursday: the last doors. One press too many is taken back, and the home told the day after.
        here.clock.pass_(days=1)
        wrong = first.visit(notice, here.households["山田"], "told")
        first.take_back(wrong)
        second.visit(notice, here.households["田中"], "told")
        for leader in (first, second):
            assert {each["status"] for each in await leader.push()} == {"ok"}
        assert await doors(president, notice) == ["山田"]
        first.visit(notice, here.households["山田"], "told")
        await first.push()

        # Friday: nobody is left, the ledger adds up, and nothing more is sent to anybody.
        ledger = await story.reach(president, notice)
        assert ledger["grades"]["stamped"] == 7
        assert ledger["hows"] == {"app": 1, "paper": 4, "told": 2, "answer": 0}
        assert ledger["ladder"] == {"atTheDoor": 0, "residual": 0}
        total = table((await spreadsheet(president, notice, per="block")).content)[-1]
        assert total[:2] + total[6:] == ["合計", "7", "7", "1", "4", "2", "0", "0"]
        sent = story.sent(here)
        here.clock.pass_(days=12)
        await here.work()
        assert story.sent(here) == sent
        answer = await president.http.post(f"/api/v1/notices/{notice}/sheet")
        assert answer.status_code == 409, "expired or told: no paper is printed for nobody"
