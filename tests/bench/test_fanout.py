"""The benchmark of distribution still runs: a few people through real processes. What it measures is told by running it."""

from pathlib import Path

import pytest

from tests.bench.fanout import ledger, settling
from tests.bench.sync.lab import Lab


@pytest.mark.slow
async def test_a_town_of_forty_is_mailed_by_a_worker_process_and_each_mail_is_read(tmp_path: Path) -> None:
    async with Lab(tmp_path) as lab:
        await ledger.read_a_sample(lab)


async def test_planning_and_settling_are_measured_on_a_town_of_sixty(tmp_path: Path) -> None:
    async with Lab(tmp_path) as lab:
        rows = await settling.measured(lab, "sqlite", "SQLite", 60)
    assert all(row.ours > 0 for row in rows)
