"""What a home has answered is the home's: who may only stamp for it reads nothing of it, and a secret vote is its voter's."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from notices.tokyo import wire
from tests.journeys import circulars, forms
from tests.journeys.forms import VOTE, votes
from tests.journeys.story import HUSBAND, LEADER_2, PRESIDENT, RESIDENT
from tests.journeys.test_a_vote import consent
from tests.phone import Phone
from tests.town import Town, town

SECRET: dict[str, Any] = forms.SURVEY | {"secret": True}


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database_url, tmp_path) as made:
        yield made


def answered(phone: Phone) -> list[dict[str, Any]]:
    return [body for (kind, _), body in phone.records.items() if kind in ("form-answers", "answers")]


async def test_whoever_may_only_stamp_for_a_home_reads_none_of_its_answers(here: Town) -> None:
    president, resident, leader = [await here.phone(name) for name in (PRESIDENT, RESIDENT, LEADER_2)]
    await consent(here, LEADER_2, to=RESIDENT, answer=False)
    notice = await here.post(president, form=forms.SURVEY)
    await resident.pull()
    forms.reply(resident, notice["id"], at=here.clock(), answers={"when": "am"})
    assert await forms.sent(resident) == [("ok", "")]
    for phone in (leader, resident):
        await phone.pull()
    assert len(answered(resident)) == 1
    assert answered(leader) == []


async def test_of_a_secret_form_the_home_knows_that_it_was_answered_and_who_pressed_knows_what(
    here: Town,
) -> None:
    president, husband = await here.phone(PRESIDENT), await here.phone(HUSBAND)
    notice = await here.post(president, form=SECRET)
    for number, (first, second) in enumerate(((president, husband), (husband, president))):
        here.clock.pass_(minutes=1)
        await first.pull()
        forms.reply(first, notice["id"], at=here.clock(), answers={"when": ("am", "pm")[number]})
        assert await forms.sent(first) == [("ok", "")]
        for phone in (first, second):
            await phone.pull()
        shown, hidden = f"fa.{notice['id']}.{first.home()}", f"fa.{notice['id']}.{first.home()}.h"
        assert first.records["form-answers", shown]["answers"] == {"when": ("am", "pm")[number]}
        assert ("form-answers", shown) not in second.records, "what was pressed before has left, too"
        assert second.records["form-answers", hidden]["answers"] == {}
        assert second.records["form-answers", hidden]["by"] is None


async def test_a_vote_that_is_over_is_not_opened_again(here: Town) -> None:
    president = await here.phone(PRESIDENT)
    soon = here.clock() + timedelta(hours=1)
    notice = await here.post(president, form=VOTE, deadline=wire(soon))
    here.clock.pass_(hours=2)
    later = wire(here.clock() + timedelta(days=1))
    answer = await president.http.patch(
        f"/api/v1/notices/{notice['id']}", json={"baseRevision": 1, "deadline": later}
    )
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (409, "form-fixed")


async def test_the_city_does_not_open_a_secret_survey_again_either(here: Town) -> None:
    clerk = await circulars.clerk(here)
    soon = wire(here.clock() + timedelta(hours=1))
    answer = await circulars.try_send(here, clerk, form=SECRET, deadline=soon)
    assert answer.status_code == 201, answer.text
    await circulars.approve(here, answer.json()["id"])
    here.clock.pass_(hours=2)
    await circulars.prove(clerk)
    later = wire(here.clock() + timedelta(days=1))
    moved = await clerk.http.patch(
        f"/api/v1/notices/{answer.json()['id']}", json={"baseRevision": 1, "deadline": later}
    )
    assert (moved.status_code, moved.json()["type"].rpartition("/")[2]) == (409, "form-fixed")


async def test_an_option_of_a_secret_form_is_not_counted_by_taking_it_away(here: Town) -> None:
    president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
    notice = await here.post(president, form=SECRET)
    await resident.pull()
    forms.reply(resident, notice["id"], at=here.clock(), answers={"when": "am"})
    assert await forms.sent(resident) == [("ok", "")]
    for option in ("am", "pm"):
        form = SECRET | {"questions": [_without(question, option) for question in SECRET["questions"]]}
        answer = await president.http.patch(
            f"/api/v1/notices/{notice['id']}", json={"baseRevision": 1, "form": form, "dropAnswers": True}
        )
        assert answer.status_code == 409, option
        assert answer.json()["type"].rpartition("/")[2] == "form-fixed"


def _without(question: dict[str, Any], option: str) -> dict[str, Any]:
    if question["id"] != "when":
        return question
    return question | {"options": [each for each in question["options"] if each["id"] != option]}


async def test_what_a_home_has_pressed_is_not_written_over_from_paper(here: Town) -> None:
    president, resident, leader = [await here.phone(name) for name in (PRESIDENT, RESIDENT, LEADER_2)]
    notice = await here.post(president, form=VOTE)
    await resident.pull()
    forms.reply(resident, notice["id"], at=here.clock(), answers=votes("against", "against"))
    assert await forms.sent(resident) == [("ok", "")]
    here.clock.pass_(minutes=1)
    home = here.households["伊藤"]
    forms.reply(leader, notice["id"], home=home, at=here.clock(), entered=True, answers=votes("for", "for"))
    assert (await forms.sent(leader))[0][0] == "conflict", "it is said"
    counts = (await forms.stands(president, notice["id"]))["counts"]["questions"]["m1"]
    assert (counts["for"], counts["against"]) == (0, 1)
