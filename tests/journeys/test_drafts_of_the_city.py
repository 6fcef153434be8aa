"""A draft of the city hall: kept for whoever works there, read with its papers, made for somebody else, thrown away."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from notices import ids
from notices.models import Audit
from tests.journeys import circulars, story
from tests.journeys.circulars import Official, city, flood
from tests.journeys.story import PRESIDENT
from tests.phone import Phone
from tests.server.test_bad_input import is_a_problem
from tests.server.test_files import PDF, upload
from tests.town import Town, town

COLLEAGUE = "木下 薫"


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database_url, tmp_path) as made:
        yield made


async def kept(here: Town, clerk: Official, **said: Any) -> str:
    """Written and kept, and not asked for."""
    key = {"Idempotency-Key": ids.new_id()}
    path = f"/api/v1/cities/{await city(here)}/notices"
    answer = await clerk.http.post(path, json=flood(publish=False, **said), headers=key)
    assert answer.status_code == 201, answer.text
    id: str = answer.json()["id"]
    return id


async def forecast(clerk: Official, circular: str) -> dict[str, int]:
    found: dict[str, int] = (await clerk.http.get(f"/api/v1/notices/{circular}")).json()["forecast"]
    return found


async def changed(clerk: Phone, circular: str, **said: Any) -> httpx.Response:
    return await story.correct(clerk, circular, **said)


async def test_what_came_back_is_made_for_one_association_by_a_colleague_and_goes_there_alone(
    here: Town,
) -> None:
    clerk, colleague = await circulars.clerk(here), await circulars.clerk(here, COLLEAGUE)
    approver = await circulars.second_person(here)
    circular = await kept(here, clerk)
    await circulars.prove(clerk)
    assert (await clerk.http.post(f"/api/v1/notices/{circular}/publish")).status_code == 200
    await circulars.prove(approver)
    back = {"baseRevision": 1, "reason": "川ぞいの会だけに。"}
    assert (await approver.http.post(f"/api/v1/notices/{circular}/refuse", json=back)).status_code == 200
    await colleague.pull()
    held = colleague.records["circulations", circular]
    assert (held["state"], held["audience"]) == ("draft", "all")

    to = {"associations": [here.sakura]}
    answer = await changed(colleague, circular, audience=to, topic="disaster", deadline="2026-12-05")
    assert answer.status_code == 200, answer.text
    assert answer.json()["audience"] == to
    async with here.house.db.read() as session:
        corrected = select(Audit.detail).where(Audit.subject == circular, Audit.action == "circular.correct")
        assert (await session.scalars(corrected)).one()["audience"] == {"associations": 1}
    assert (await forecast(clerk, circular))["associations"] == 1
    await clerk.pull()
    assert clerk.records["circulations", circular]["audience"] == to

    await circulars.prove(colleague)
    assert (await colleague.http.post(f"/api/v1/notices/{circular}/publish")).status_code == 200
    await circulars.approve(here, circular, revision=2)
    await here.work()
    [row] = (await circulars.page(clerk, circular))["rows"]
    assert row["association"] == here.sakura
    is_a_problem(await changed(clerk, circular, audience="all"), 409, slug="correction-alone")


async def test_a_draft_goes_by_district_and_nowhere_it_cannot(here: Town) -> None:
    clerk, president = await circulars.clerk(here), await here.phone(PRESIDENT)
    circular = await kept(here, clerk)
    answer = await changed(clerk, circular, audience={"districts": ["", ""]})
    assert answer.json()["audience"] == {"districts": [""]}
    assert (await changed(clerk, circular, audience="all")).json()["audience"] == "all"
    foreign = await changed(clerk, circular, audience={"associations": [ids.new_id()]})
    is_a_problem(foreign, 422, slug="association-foreign")
    nobody = await changed(clerk, circular, audience={"associations": []})
    is_a_problem(nobody, 422, slug="association-missing")
    both = await changed(clerk, circular, audience={"associations": [here.sakura], "districts": [""]})
    is_a_problem(both, 422, slug="choice-unknown")
    blocks = await changed(clerk, circular, audience={"blocks": [ids.new_id()]})
    is_a_problem(blocks, 422, slug="choice-unknown")
    assert (await clerk.http.get(f"/api/v1/notices/{circular}")).json()["audience"] == "all"

    mine = (await here.post(president, publish=False))["id"]
    theirs = {"associations": [here.sakura]}
    is_a_problem(await changed(president, mine, audience=theirs), 422, slug="choice-unknown")
    is_a_problem(await changed(president, mine, audience={"blocks": []}), 422, slug="audience-empty")
    foreign = await changed(president, mine, audience={"blocks": [ids.new_id()]})
    is_a_problem(foreign, 422, slug="block-foreign")


async def test_what_is_out_stays_with_whom_it_is_for(here: Town) -> None:
    president = await here.phone(PRESIDENT)
    notice = (await here.post(president))["id"]
    await here.work()
    await president.pull()
    block = next(iter(story.ids_of(president, "blocks")))
    is_a_problem(await changed(president, notice, audience={"blocks": [block]}), 409, slug="wrong-state")
    assert (await changed(president, notice, audience="all", title="直しました")).status_code == 200


async def test_every_clerk_reads_the_papers_of_a_draft_and_may_throw_it_away(here: Town) -> None:
    clerk, colleague = await circulars.clerk(here), await circulars.clerk(here, COLLEAGUE)
    sha256 = (await upload(clerk, PDF)).json()["sha256"]
    circular = await kept(here, clerk, files=[{"sha256": sha256, "name": "地図.pdf"}])
    assert (await colleague.http.get(f"/files/{sha256}")).status_code == 200
    answer = await colleague.http.post(f"/api/v1/notices/{circular}/withdraw", json={})
    assert (answer.status_code, answer.json()["state"]) == (200, "withdrawn")
    await clerk.pull()
    assert ("circulations", circular) not in clerk.records, (
        "nobody ever saw it: no list shows it as taken back"
    )
    found = (await clerk.http.get(f"/api/v1/cities/{await city(here)}/notices", params={"q": "洪水"})).json()
    assert circular not in [each["id"] for each in found["notices"]]
    assert (await colleague.http.get(f"/files/{sha256}")).status_code == 404
    is_a_problem(await changed(clerk, circular, title="もう一度"), 409, slug="wrong-state")
