"""An id that is none can never be written: a phone must be told so once, not `retry` for ever."""

from pathlib import Path

import pytest

from tests.journeys.story import LEADER_2, PRESIDENT
from tests.town import circular, town

STRANGE = ("note-1", "A" * 21, "A" * 21 + "B")
"""What sync lets through, as the ids of some records are no UUIDs."""


@pytest.mark.parametrize("id", STRANGE)
async def test_a_visit_or_submission_whose_id_is_none_is_rejected_for_good(
    database_url: str, tmp_path: Path, id: str
) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader = await here.phone(PRESIDENT), await here.phone(LEADER_2)
        notice = await here.post(president)
        await here.work()
        home = here.households["伊藤"]
        told = {"notice": notice["id"], "household": home, "kind": "told", "at": "2026-11-20T10:00:00+09:00"}
        leader.write("visits", id, told)
        president.write("submissions", id, circular() | {"association": here.sakura})
        for phone in (leader, president):
            (result,) = await phone.push()
            assert (result["status"], result["code"]) == ("rejected", "field-wrong")
            assert phone.outbox == []
            await phone.pull()
            assert [each["code"] for each in phone.all("corrections")] == ["field-wrong"]
