"""Before the city sends: how many associations, homes and people, and by which way."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.journeys import circulars
from tests.town import Town, town

pytestmark = pytest.mark.everyday


@pytest.fixture
async def here(sqlite_database: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(sqlite_database, tmp_path) as opened:
        yield opened


async def test_a_clerk_sees_whom_an_emergency_would_reach_before_sending_it(here: Town) -> None:
    clerk = await circulars.clerk(here)
    path = f"/api/v1/cities/{await circulars.city(here)}/forecast"
    whole = (await clerk.http.get(path)).json()
    assert (whole["associations"], whole["households"], whole["people"]) == (2, 9, 10)
    assert whole["withChannel"] + whole["paper"] + whole["withoutChannel"] == whole["households"]
    part = (await clerk.http.get(path, params={"association": here.midori})).json()
    assert (part["associations"], part["households"], part["people"]) == (1, 2, 2)


async def test_what_is_not_of_the_city_is_not_counted(here: Town) -> None:
    clerk = await circulars.clerk(here)
    path = f"/api/v1/cities/{await circulars.city(here)}/forecast"
    for wrong in ({"association": "x"}, {"association": here.blocks["一班"]}, {"urgency": "soon"}):
        answer = await clerk.http.get(path, params=wrong)
        assert answer.status_code in (400, 422), answer.text
        assert answer.json()["detail"]
