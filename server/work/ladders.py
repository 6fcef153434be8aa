"""The ladder's turn of the worker: a step for many homes in one transaction."""

import logging

from notices.ladder import climbing
from server.house import House

log = logging.getLogger("kairan.worker")


async def climb(house: House) -> bool:
    """The step whose turn it is; True where there was one."""
    now = house.clock()
    async with house.db.read() as session:
        key = await climbing.next_due(session, now)
    if key is None:
        return False
    try:
        async with house.db.write() as session:
            await climbing.climb(session, key, now)
    except Exception as error:
        log.error("ladder failed: %s", type(error).__name__, exc_info=log.isEnabledFor(logging.DEBUG))
        async with house.db.write() as session:
            await climbing.postpone(session, key, now)
    return True
