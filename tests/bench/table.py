"""How a benchmark is asked for and what it prints: modules that measure, one after the other, and a table of their rows."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.sync import Row
from tests.bench.sync.lab import Lab


def main(
    package: str,
    modules: Sequence[str],
    *,
    size: tuple[str, str],
    big: bool,
    loop: Callable[[], asyncio.AbstractEventLoop] | None = None,
) -> None:
    """`loop`: makes the one that the clients run on.

    `size`: the option that makes it the other size than `big` says, and its help. Prints; exit 0 whatever it says."""
    parser = argparse.ArgumentParser(prog=f"python -m {package}")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.add_argument("--only", default="", help=f"comma-separated, of: {', '.join(modules)}")
    parser.add_argument(size[0], dest="other", action="store_true", help=size[1])
    asked = parser.parse_args()
    wanted = [each for each in asked.only.split(",") if each] or list(modules)
    with asyncio.Runner(loop_factory=loop) as runner:
        found, failed = runner.run(measured(package, wanted, big=big is not asked.other))
    if asked.json:
        print(json.dumps({"rows": [asdict(row) for row in found], "failed": failed}, ensure_ascii=False))  # noqa: T201
    else:
        _print(found, failed)


async def measured(package: str, wanted: Sequence[str], *, big: bool) -> tuple[list[Row], list[str]]:
    """The rows, and the modules that could not be measured: a peer that does not start must not hide the rest."""
    found: list[Row] = []
    failed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="kairan-bench-") as folder:
        async with Lab(Path(folder), big=big) as lab:
            for name in wanted:
                try:
                    module = importlib.import_module(f"{package}.{name}")
                    found += await module.rows(lab)
                except Exception:
                    failed.append(name)
                    traceback.print_exc(file=sys.stderr)
    return found, failed


def _print(found: list[Row], failed: list[str]) -> None:
    table = Table(title="ours beside theirs")
    for head in ("measured", "ours", "peer", "unit", "ratio", "bar", ""):
        table.add_column(head, justify="left" if head in ("measured", "unit", "bar") else "right")
    for row in found:
        peer = "" if row.peer is None else _figure(row.peer)
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        met = "" if row.met is None else "met" if row.met else "missed"
        table.add_row(row.name, _figure(row.ours), peer, row.unit, ratio, row.bar, met)
    console = Console(width=150)
    console.print(table)
    if failed:
        console.print(f"could not be measured (see above): {', '.join(failed)}")


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
