"""One database of each kind, migrated and empty, one after the other: a figure is read beside that of the other."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from server.migrate import upgrade
from tests.bench.sync.lab import Lab

NAMES: Final = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


async def both() -> AsyncIterator[tuple[str, str, Path]]:
    """(its name, its URL, a folder for files) of each; they are gone when the next one is asked for."""
    with tempfile.TemporaryDirectory(prefix="kairan-bench-") as name:
        async with Lab(Path(name), big=False) as lab:
            for kind, spoken in NAMES.items():
                folder = Path(name) / kind
                await asyncio.to_thread(folder.mkdir)
                url = (
                    await lab.postgresql()
                    if kind == "postgresql"
                    else f"sqlite+aiosqlite:///{folder / 'kairan.db'}"
                )
                await asyncio.to_thread(upgrade, url)
                yield spoken, url, folder
