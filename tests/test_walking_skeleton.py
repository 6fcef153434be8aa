from pathlib import Path

import pytest

from tests.town import town

pytestmark = pytest.mark.everyday


async def test_a_circular_is_published_delivered_synced_stamped_and_counted(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone("山田 花子"), await here.phone("伊藤 さち")
        notice = await here.post(president)
        assert notice["state"] == "published"
        await here.work()
        await resident.pull()
        assert resident.titles() == {"秋の清掃と側溝の点検について"}
        resident.stamp(notice["id"], resident.home())
        assert [result["status"] for result in await resident.push()] == ["ok"]
        await here.work()
        ledger = (await president.http.get(f"/api/v1/notices/{notice['id']}/reach")).json()
        assert ledger["households"] == 7
        assert sum(ledger["grades"].values()) == 7
        assert ledger["grades"]["stamped"] == 1
