"""Where pages are served and nothing is delivered: somebody who says so when no worker makes rounds any more."""

import asyncio
import logging
from contextlib import suppress
from typing import Final

from notices.canary import rounds, watch
from server.canary import alarm, watched
from server.house import House

log = logging.getLogger("kairan.canary")

LOOK: Final = 30.0
GRACE: Final = 4
"""Looks in a row, after which it is said: a house that was just started, or released, has workers that begin."""


class Onlooker:
    def __init__(self, house: House) -> None:
        self._house, self._channels = house, watched(house.settings)
        self._looks = 0

    async def run(self, stop: asyncio.Event) -> None:
        while self._channels and not stop.is_set():
            try:
                await self.look()
            except Exception as error:
                log.error("the canaries could not be looked at: %s", type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK)

    async def look(self) -> None:
        house = self._house
        async with house.db.read() as session:
            may_leave = await rounds.may_leave(session)
            now = await house.db.now(session, house.clock)
            rows = (await rounds.rows(session, self._channels)).values()
        alone = may_leave and any(watch.state_of(row, now) == "unwatched" for row in rows)
        self._looks = self._looks + 1 if alone else 0
        if self._looks >= GRACE:
            await alarm.tell_all(house, self._channels, unwatched=True)
