"""kill -9 in the middle of a canary's round: that round is lost, the next comes soon, and nobody is alarmed."""

import asyncio
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.canary.rig import Rig, rig
from tests.forked import Forked


async def killed(it: Rig, folder: Path) -> int:
    wanted = it.here.house.settings
    names = ("database_url", "origin", "smtp_url", "mail_from", "bounce_domain", "bounce_listen")
    facts = {f"KAIRAN_{name.upper()}": str(getattr(wanted, name)) for name in names}
    facts["KAIRAN_SECRET_FILE"] = str(folder / "kairan.secret")
    process = Forked("tests.faults.dying_canary", environment=facts)
    return await asyncio.wait_for(process.wait(), 60)


@pytest.mark.slow
async def test_a_round_whose_worker_is_killed_is_followed_by_another_workers(
    database_url: str, tmp_path: Path
) -> None:
    async with rig(database_url, tmp_path) as it:
        it.here.clock.at = datetime.now(UTC)
        await it.here.work()
        await it.round()
        # A minute more than a round takes: the house's clock is seconds ahead of the dying process's.
        await it.age(6)
        assert await killed(it, tmp_path) == -signal.SIGKILL
        it.here.clock.at = datetime.now(UTC)
        await it.round()
        assert it.relay.count == 1, "the round was the dead worker's"
        await it.minutes(2)
        assert it.relay.count == 2
        assert await it.state() == "well"
        await it.minutes(9)
        assert it.told() == []
