"""What officers did is appended, chained, and refuses to be changed."""

from pathlib import Path

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from notices import audit
from notices.models import Audit, AuditHead
from tests.town import TENANT, Town, town


async def breaks(here: Town) -> list[str]:
    async with here.house.db.read() as session:
        return [sentence async for sentence in audit.breaks(session, TENANT)]


async def test_every_action_of_an_officer_is_in_the_audit(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader = await here.phone("山田 花子"), await here.phone("佐藤 一郎")
        notice = await here.post(president)
        path = f"/api/v1/notices/{notice['id']}"
        patch = {"baseRevision": 1, "title": "なおした題名", "resend": "none", "askAgain": False}
        assert (await president.http.patch(path, json=patch)).status_code == 200
        said = {"householdId": here.households["鈴木"], "how": "paper"}
        assert (await leader.http.post(f"{path}/stamps", json=said)).status_code == 201
        household = f"/api/v1/households/{here.households['渡辺']}"
        assert (await president.http.patch(household, json={"paper": True})).status_code == 200
        assert (await president.http.post(f"{path}/withdraw")).status_code == 200
        async with here.house.db.read() as session:
            rows = (await session.scalars(select(Audit).order_by(Audit.seq))).all()
        done = {row.action for row in rows}
        assert {"notice.write", "notice.publish", "notice.correct", "notice.withdraw"} <= done
        assert {"visit.paper", "household.paper", "tickets.issued", "device.enrolled"} <= done
        assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
        assert await breaks(here) == []
        written = " ".join(f"{row.action} {row.subject} {row.detail}" for row in rows)
        assert "山田" not in written
        assert "@" not in written


@pytest.mark.parametrize("change", [update(Audit).values(action="nothing"), delete(Audit)])
async def test_the_database_refuses_to_change_the_past(
    database_url: str, tmp_path: Path, change: object
) -> None:
    async with town(database_url, tmp_path) as here:
        with pytest.raises(DBAPIError, match="append-only"):
            async with here.house.db.write() as session:
                await session.execute(change)  # type: ignore[call-overload]


async def test_a_head_that_is_set_back_is_found(database_url: str, tmp_path: Path) -> None:
    """Who goes around the triggers can cut the end; the head then says that more was written."""
    async with town(database_url, tmp_path) as here:
        async with here.house.db.write() as session:
            await session.execute(update(AuditHead).values(seq=AuditHead.seq + 3))
        assert any("the end is cut" in sentence for sentence in await breaks(here))
