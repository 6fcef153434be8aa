"""Before the city sends: how many associations, homes and people, and by which way."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from notices import roster
from notices.models import Person
from notices.roster import sheet
from notices.tokyo import today
from notices.town import founding
from tests.journeys import circulars
from tests.journeys.story import MIDORI_LEADER, MIDORI_PRESIDENT, PRESIDENT
from tests.phone import Phone
from tests.town import MIDORI, TENANT, Town, town

pytestmark = pytest.mark.everyday


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database_url, tmp_path) as opened:
        yield opened


async def test_a_clerk_sees_whom_an_emergency_would_reach_before_sending_it(here: Town) -> None:
    clerk = await circulars.clerk(here)
    path = f"/api/v1/cities/{await circulars.city(here)}/forecast"
    whole = (await clerk.http.get(path)).json()
    assert (whole["associations"], whole["households"], whole["people"]) == (2, 9, 10)
    assert whole["withChannel"] + whole["paper"] + whole["withoutChannel"] == whole["households"]
    part = (await clerk.http.get(path, params={"association": here.midori})).json()
    assert (part["associations"], part["households"], part["people"]) == (1, 2, 2)


async def in_a_district(here: Town) -> tuple[str, Phone]:
    """A third association, which alone lies in 高台地区. → its id, and its president's phone."""
    csv = MIDORI.replace(MIDORI_PRESIDENT, "高台 一").replace(MIDORI_LEADER, "高台 二").encode()
    now, vault = here.clock(), here.house.keys.vault
    async with here.house.db.write() as session:
        made = await founding.association(
            session, vault, TENANT, "みどり高台自治会", "takadai", "会長", now, district="高台地区"
        )
        await roster.apply(session, vault, TENANT, made.id, sheet.parse(csv, today(now)), None, now)
        here.people |= {row.name: row.id for row in await session.scalars(select(Person))}
    return made.id, await here.phone("高台 一")


async def test_a_district_alone_gets_its_circular_and_forecast_and_load_say_so(here: Town) -> None:
    clerk, president = await circulars.clerk(here), await here.phone(PRESIDENT)
    hill, head = await in_a_district(here)
    assert (await circulars.by_itself(head, hill)).status_code == 200
    city, only = await circulars.city(here), {"districts": ["高台地区"]}
    told = await clerk.http.get(f"/api/v1/cities/{city}/forecast", params={"district": "高台地区"})
    foreseen = told.json()
    assert (foreseen["associations"], foreseen["households"]) == (1, 2)
    sent = await circulars.send(here, clerk, audience=only)
    assert sent["forecast"]["households"] == foreseen["households"]
    await here.work()
    await here.work()
    page = await circulars.page(clerk, sent["id"])
    assert [(row["association"], row["households"]) for row in page["rows"]] == [(hill, 2)]
    load = (await clerk.http.get(f"/api/v1/cities/{city}/load")).json()["associations"]
    assert {(each["district"], each["city"]) for each in load} == {("", 0), ("高台地区", 1)}
    assert sum(each["households"] for each in load if each["city"]) == foreseen["households"]
    for phone, gets in ((head, 1), (president, 0)):
        await phone.pull()
        assert len([each for each in phone.all("notices") if "circular" in each]) == gets
    assert president.all("circulations") == [], "the officers of the others hear nothing of it"


async def test_what_is_not_of_the_city_is_not_counted(here: Town) -> None:
    clerk = await circulars.clerk(here)
    path = f"/api/v1/cities/{await circulars.city(here)}/forecast"
    for wrong in ({"association": "x"}, {"association": here.blocks["一班"]}, {"urgency": "soon"}):
        answer = await clerk.http.get(path, params=wrong)
        assert answer.status_code in (400, 422), answer.text
        assert answer.json()["detail"]
