"""For commands that only look: a house and one snapshot, beside whatever else is running."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncSession

from server.house import House, build
from server.processes import ready


@asynccontextmanager
async def reading() -> AsyncIterator[tuple[House, AsyncSession]]:
    """Raises what ready.py raises."""
    # Alembic, which is asked for the schema, runs a loop of its own.
    settings, keys = await asyncio.to_thread(ready.settings_and_keys)
    house = build(settings, keys, {})
    try:
        async with house.db.read() as session:
            yield house, session
    finally:
        await house.db.close()
