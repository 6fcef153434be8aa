"""Bundles: how large they are for so many stamps, and what one costs the server to take: over HTTP, inside one process.

python -m tests.bench.town.bundle [--json] [--bundles N]
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import zxingcpp
from rich.console import Console
from rich.table import Table

from notices.ids import new_id
from server.migrate import upgrade
from tests.journeys.bundling import Signer, framed, hand_in
from tests.journeys.story import NO_CHANNEL, PRESIDENT, RESIDENT
from tests.town import Town, town

COUNTS = (1, 5, 20, 50, 100)
ONE_CODE = 1_400
"""Bytes, as the client has it (server/web/data/bundles/frames.js)."""
WIDTH = 360


async def measured(url: str, folder: Path, bundles: int) -> dict[str, Any]:
    async with town(url, folder) as here:
        president, resident, neighbour = [
            await here.phone(name) for name in (PRESIDENT, RESIDENT, NO_CHANNEL)
        ]
        signer = Signer(resident)
        await signer.register()
        notices = [(await here.post(president))["id"] for _ in range(20)]
        await resident.pull()
        sizes = [_size(signer, here, notices, count) for count in COUNTS]
        return {"sizes": sizes, "taken": await _taken(here, signer, neighbour, notices, bundles)}


def _size(signer: Signer, here: Town, notices: list[str], count: int) -> dict[str, int]:
    _press(signer, notices, count)
    raw = signer.bundle(here.clock())
    found = {"stamps": count, "bytes": len(raw), "codes": 1 if len(raw) <= ONE_CODE else -(-len(raw) // 600)}
    if found["codes"] == 1:
        code = zxingcpp.create_barcode(framed(raw), zxingcpp.BarcodeFormat.QRCode, ec_level="L")
        side = zxingcpp.write_barcode_to_image(code, scale=1, add_quiet_zones=False).shape[0]
        found |= {"squares": side, "pixels a square": (WIDTH - 32) // (side + 8)}
    return found


def _press(signer: Signer, notices: list[str], count: int) -> None:
    signer.phone.outbox.clear()
    for place in range(count):
        notice = notices[place] if place < len(notices) else new_id()
        signer.phone.stamp(notice, signer.phone.home())


async def _taken(
    here: Town, signer: Signer, neighbour: Any, notices: list[str], bundles: int
) -> dict[str, float]:
    """ms of CPU and of wall for a bundle of 20, first and repeated."""
    spent: dict[str, list[float]] = {"cpu": [], "wall": [], "again cpu": []}
    for place in range(bundles):
        if place % 25 == 24:
            here.clock.pass_(minutes=11)
        _press(signer, notices, 20)
        raw = signer.bundle(here.clock())
        wall, cpu = time.perf_counter(), time.process_time()
        answer = await hand_in(neighbour, raw)
        spent["wall"].append((time.perf_counter() - wall) * 1000)
        spent["cpu"].append((time.process_time() - cpu) * 1000)
        assert answer.json()["state"] == "taken", answer.text
        cpu = time.process_time()
        await hand_in(neighbour, raw)
        spent["again cpu"].append((time.process_time() - cpu) * 1000)
    return {name: round(median(values), 2) for name, values in spent.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--bundles", type=int, default=50)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{folder}/kairan.db"
        upgrade(url)
        found = asyncio.run(measured(url, Path(folder), asked.bundles))
    if asked.json:
        Console().print_json(data=found)
        return
    table = Table("stamps", "bytes", "codes", "squares a side", f"whole pixels a square at {WIDTH} px")
    for each in found["sizes"]:
        table.add_row(
            *(str(each.get(name, "")) for name in ("stamps", "bytes", "codes", "squares", "pixels a square"))
        )
    Console().print(table)
    Console().print("a bundle of 20 taken, median ms:", found["taken"])


if __name__ == "__main__":
    main()
