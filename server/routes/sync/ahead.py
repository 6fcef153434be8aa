"""A cursor that is ahead of the log: a copy that is behind is read again, a log that was taken back ends the epoch."""

import logging
from collections.abc import Sequence

from server.house import House
from sync import epochs
from sync.cursor import Person, Signer
from sync.errors import ResyncRequired

log = logging.getLogger("kairan")


async def insist_on_log(
    house: House, caller: Person, signer: Signer, cursor: str, types: Sequence[str] | None
) -> None:
    """After Ahead, and with no session open. Returns where a second read may find what the first did not.

    Raises ResyncRequired (`epoch-changed`) once the epoch is over.
    """
    now = house.clock()
    async with house.db.write() as session:
        lost = await epochs.lost(session, signer, caller, cursor, types, now)
    if lost:
        log.error("a phone holds more than the database of %s: it was taken back; new epoch", caller.tenant)
        raise ResyncRequired("epoch-changed")
