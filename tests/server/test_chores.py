"""The worker keeps the log small, in passing: what is old enough goes, what phones need stays."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from sync.models import SyncAck, SyncMutation, SyncRecord
from sync.prune import KEEP
from tests.journeys import story
from tests.journeys.story import PRESIDENT, RESIDENT
from tests.town import Town, town


async def count(here: Town, what: Any, *where: Any) -> int:
    async with here.house.db.read() as session:
        return await session.scalar(select(func.count()).select_from(what).where(*where)) or 0


@pytest.mark.slow
async def test_deletions_and_answers_go_after_180_days_and_the_phones_do_not_mind(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path, chores=True) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        notice = await here.post(president, title="取り下げるもの")
        await here.work()
        await resident.pull()
        resident.stamp(notice["id"], here.households["伊藤"])
        await resident.push()
        await story.act(president, notice["id"], "withdraw")
        await here.work()
        await president.pull()
        # Asleep since the withdrawal was told to nobody.
        cursor = resident.cursor
        assert await count(here, SyncRecord, SyncRecord.deleted) >= 2

        here.clock.pass_(seconds=(KEEP - timedelta(hours=1)).total_seconds())
        await here.work()
        assert await count(here, SyncRecord, SyncRecord.deleted) >= 2
        assert await count(here, SyncMutation) == 1
        assert (await resident.http.get("/sync/v1/pull", params={"cursor": cursor})).status_code == 200

        here.clock.pass_(days=2)
        await here.work()
        assert await count(here, SyncRecord, SyncRecord.deleted) == 0
        assert await count(here, SyncMutation) == 0
        refused = await resident.http.get("/sync/v1/pull", params={"cursor": cursor})
        assert (refused.status_code, refused.json()["reason"]) == (410, "compacted")
        president_again = await president.http.get("/sync/v1/pull", params={"cursor": president.cursor})
        assert president_again.status_code in (200, 204), "a phone that was told of it goes on, however old"


async def test_what_a_revoked_device_acknowledged_is_forgotten_and_the_rest_kept(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path, chores=True) as here:
        lost, kept = await here.phone(RESIDENT), await here.phone(PRESIDENT)
        for phone in (lost, kept):
            await phone.pull()
            await phone.pull()
        await here.work()
        assert await count(here, SyncAck, SyncAck.device_id == lost.device) > 0
        gone = await kept.http.delete(f"/api/v1/associations/{here.sakura}/devices/{lost.device}")
        assert gone.status_code == 204
        here.clock.pass_(days=1)
        await here.work()
        assert await count(here, SyncAck, SyncAck.device_id == lost.device) == 0
        assert await count(here, SyncAck, SyncAck.device_id == kept.device) > 0


async def test_a_long_list_is_done_in_short_steps_one_a_turn(sqlite_database: str, tmp_path: Path) -> None:
    async with town(sqlite_database, tmp_path, chores=True) as here:
        async with here.house.db.write() as session:
            for i in range(1_100):
                at = here.clock() - 2 * KEEP
                session.add(
                    SyncMutation(tenant="hana", device_id="old", mid=str(i), at=at, result='{"status":"ok"}')
                )
        left = []
        for _ in range(4):
            await here.worker.turn()
            left.append(await count(here, SyncMutation))
        assert left == [600, 100, 0, 0]
