"""Runs a writing operation: by itself under the lock when nothing else writes, else through the running process."""

import asyncio
from collections.abc import Mapping
from typing import Any

from notices.errors import KairanError
from server.house import build
from server.keeping import lock
from server.keys import Keys
from server.operations import OPERATIONS
from server.processes import admin, ready
from server.settings import Settings


def run_operation(name: str, args: Mapping[str, Any], progress: admin.Progress | None = None) -> admin.Result:
    """Raises what ready.py raises, Locked and Refused."""
    tell = progress or (lambda _done, _total: None)
    settings, keys = ready.settings_and_keys()
    file = ready.database_file(settings)
    if file is None:
        return asyncio.run(_here(settings, keys, name, args, tell))
    try:
        with lock.writing(file):
            return asyncio.run(_here(settings, keys, name, args, tell))
    except lock.Locked as locked:
        try:
            return admin.ask(file, name, args, tell)
        except admin.NobodyListens:
            raise lock.Locked(f"{locked} Wait until it has finished, and try again.") from None


async def _here(
    settings: Settings, keys: Keys, name: str, args: Mapping[str, Any], tell: admin.Progress
) -> admin.Result:
    house = build(settings, keys, {})
    try:
        return await OPERATIONS[name](house, args, tell)
    except KairanError as error:
        raise admin.refusal(error) from error
    finally:
        await house.db.close()
