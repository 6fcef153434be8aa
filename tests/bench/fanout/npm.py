"""Peers of npm: installed by the lock file in `installed/`, into a folder that goes with the benchmark."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

ROOT = Path(__file__).parents[3]
_FILES = Path(__file__).with_name("installed")
_NODE = str(ROOT / "scripts" / "with-node")


async def installed(folder: Path) -> Path:
    """Where `run` finds the peers' scripts; installed once for a folder."""
    home = folder / "npm"
    if not home.exists():
        await asyncio.to_thread(shutil.copytree, _FILES, home)
        await _said(home, _NODE, "npm", "ci", "--silent", "--ignore-scripts")
    return home


async def run(home: Path, script: str, *arguments: object) -> float:
    """The number that a script prints: seconds."""
    return float(await _said(home, _NODE, "node", script, *map(str, arguments)))


async def _said(folder: Path, *command: str) -> str:
    """What a program prints."""
    pipe = asyncio.subprocess.PIPE
    ran = await asyncio.create_subprocess_exec(*command, cwd=folder, stdout=pipe, stderr=pipe)
    out, error = await ran.communicate()
    if ran.returncode:
        raise RuntimeError(f"{' '.join(command[:3])}: {error.decode()[-1500:]}")
    return out.decode()
