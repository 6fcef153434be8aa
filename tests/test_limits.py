"""A test that hangs is named, wherever it does, and the others go on."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HANGING = """
import asyncio
import time
import pytest

@pytest.fixture
def house():
    yield
    time.sleep(60)

async def test_that_waits():
    await asyncio.Event().wait()

def test_that_fails_and_does_not_come_down(house):
    raise AssertionError

async def test_that_does_not_let_go():
    while True:
        try:
            await asyncio.sleep(60)
        except BaseException:
            pass

def test_behind_them():
    pass
"""


@pytest.mark.slow
def test_what_hangs_is_failed_or_cut_and_always_named(tmp_path: Path) -> None:
    (tmp_path / "test_hanging.py").write_text(HANGING)
    limits = ["-o", "timeout=1", "-o", "cut=2", "-o", "timeout_method=signal", "-o", "asyncio_mode=auto"]
    plugins = ["-p", "tests.conftest", "-p", "no:cacheprovider", "-n", "1"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--rootdir", str(tmp_path), *limits, *plugins, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    said = done.stdout
    assert "test_that_waits ____" in said, said
    assert "Failed: Timeout (>1.0s) from pytest-timeout." in said
    for cut in ("test_that_fails_and_does_not_come_down", "test_that_does_not_let_go"):
        assert f"crashed while running 'test_hanging.py::{cut}'" in said, said
    assert " in house\n" in done.stderr, "the stack says where"
    assert "1 passed" in said, "the others go on"
