"""Whatever dies, stalls, lies or changes its mind: nobody is lost, nobody gets it twice without an excuse, no ghost leaves."""

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.simulation import planted
from tests.simulation.__main__ import story
from tests.simulation.checker import violations
from tests.simulation.scenario import draw
from tests.simulation.world import Stage

ROOT: Final = Path(__file__).parent.parent.parent
GROUP: Final = 10
"""Seeds in one test."""
EVERYDAY: Final = 10
"""… of which so many are played in `make test-fast`, too."""
SEEDS: Final = int(os.environ.get("KAIRAN_SEEDS", "1000"))
"""`make test-long` plays 20,000."""
FOUND_WITHIN: Final = 200


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made = Stage(tmp_path_factory.mktemp("simulation"))
    yield made
    made.close()


def wrong(stage: Stage, seed: int) -> list[str]:
    with stage.play(draw(seed)) as played:
        return violations(played)


@pytest.mark.parametrize(
    "first",
    [pytest.param(n, marks=[pytest.mark.slow] * (n >= EVERYDAY)) for n in range(0, SEEDS, GROUP)],
)
def test_everybody_is_reached_or_said_why_not_once_and_nobody_else(stage: Stage, first: int) -> None:
    seeds = range(first, min(first + GROUP, SEEDS))
    found = {seed: said for seed in seeds if (said := wrong(stage, seed))}
    assert not found, f"replay with `python -m tests.simulation {' '.join(map(str, found))}`: {found}"


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("fault", sorted(planted.FAULTS))
def test_a_planted_fault_is_found(stage: Stage, fault: str) -> None:
    with planted.fault(fault):
        seeds = (planted.FAULTS[fault].found, *range(FOUND_WITHIN))
        found = next((seed for seed in seeds if wrong(stage, seed)), None)
    assert found is not None, f"{fault}: {FOUND_WITHIN} seeds found nothing wrong, so what they prove is less"


@pytest.mark.slow
def test_a_seed_is_the_same_after_whatever_seed(tmp_path: Path) -> None:
    def told(name: str, seeds: Iterable[int]) -> dict[int, list[str]]:
        """By a stage of its own: what an engine does once, it does in the first seed."""
        (tmp_path / name).mkdir()
        stage, found = Stage(tmp_path / name), {}
        for seed in seeds:
            with stage.play(draw(seed)) as played:
                found[seed] = story(played, violations(played))
        stage.close()
        return found

    seeds = range(460, 480)
    upwards, downwards = told("upwards", seeds), told("downwards", reversed(seeds))
    assert {seed for seed in seeds if upwards[seed] != downwards[seed]} == set()


@pytest.mark.slow
def test_a_seed_is_the_same_in_every_process() -> None:
    def replay(hash_seed: str, *seeds: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "tests.simulation", *seeds],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        return done.stdout

    assert replay("1", "7", "11") == replay("2", "7") + replay("3", "11")
