"""Replays seeds: what was drawn, what happened, and what did not hold. `--fault NAME` plants one before."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests import dialects, postgres
from tests.simulation import planted
from tests.simulation.checker import violations
from tests.simulation.scenario import draw
from tests.simulation.world import Played, Stage


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("seeds", type=int, nargs="+")
    parser.add_argument("--fault", choices=sorted(planted.FAULTS))
    given = parser.parse_args()
    dialects.share()
    wrong = 0
    with TemporaryDirectory(prefix="kairan-simulation-", dir=postgres.place()) as folder:
        stage = Stage(Path(folder))
        for seed in given.seeds:
            with planted.fault(given.fault):
                wrong += _tell(stage, seed)
    return bool(wrong)


def _tell(stage: Stage, seed: int) -> int:
    scenario = draw(seed)
    with stage.play(scenario) as played:
        found = violations(played)
    sys.stdout.write("\n".join(story(played, found)) + "\n")
    return len(found)


def story(played: Played, found: Sequence[str]) -> list[str]:
    """What happened, line by line: the same for a seed wherever and after whatever it is played."""
    lines = [f"seed {played.scenario.seed}: {played.scenario}", *played.record.trace]
    copies = sum(len(copies) for copies in played.record.copies.values())
    end = (
        f"{copies} copies in {played.seconds:.3f} s, luck {played.luck:.6f}, {len(found)} things do not hold"
    )
    return [*lines, *(f"!! {each}" for each in found), f"seed {played.scenario.seed}: {end}"]


if __name__ == "__main__":
    sys.exit(main())
