"""What a process does not carry with it: memory is counted in lines that it could hold instead."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.everyday

MADE = """
import asyncio, sys
from dataclasses import replace
from pathlib import Path
from server import keys, settings
from server.app import make_app
from server.house import build

async def main() -> None:
    configured = replace(settings.load(file=Path("/nonexistent")), database_url=sys.argv[2])
    house = build(configured, keys.make(Path(sys.argv[1])), {})
    make_app(house)
    named = "pydantic attrs asyncpg linebot obstore alembic aiohttp dns dkim PIL rich pywebpush webauthn xmlschema"
    print(*sorted(sys.modules.keys() & set(named.split())))

asyncio.run(main())
"""


def test_a_process_with_a_database_of_its_own_loads_no_driver_and_no_library_it_does_not_need(
    sqlite_database: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", MADE, str(tmp_path / "secret"), sqlite_database]
    made = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert made.stdout == "\n", made.stderr
