"""Gateways are called here: claimed in one transaction, called in none, settled in another. A slow one holds up nobody."""

import asyncio
import logging
from functools import cached_property
from typing import TYPE_CHECKING

from notices.gateways import calls
from notices.gateways.calls import Call
from notices.outcomes import Later
from server.house import House
from server.work.clerk import moment

if TYPE_CHECKING:
    from notices.channels.gateway import GatewayCaller

log = logging.getLogger("kairan.worker")


class Gateways:
    def __init__(self, house: House) -> None:
        self._house = house
        self._calls: set[asyncio.Task[None]] = set()

    @cached_property
    def _caller(self) -> "GatewayCaller":
        from notices.channels.gateway import GatewayCaller  # and aiohttp with it, 8 MB: with the first call

        return GatewayCaller(self._house.gateway_hosts)

    async def turn(self) -> bool:
        """Begins what is due; True where there may be more of it. Most turns find nothing, and write nothing."""
        house = self._house
        async with house.db.read() as session:
            if not await calls.anything(session, await moment(house, session)):
                return False
        async with house.db.write() as session:
            now = await moment(house, session)
            await calls.recover(session, now)
            made = await calls.claim(session, house.office, now)
        for each in made:
            task = asyncio.create_task(self._make(each))
            self._calls.add(task)
            task.add_done_callback(self._calls.discard)
        return len(made) == calls.AT_ONCE

    async def idle(self) -> None:
        """When no call is under way."""
        if self._calls:
            await asyncio.wait(self._calls)

    async def end(self) -> None:
        """A call lasts ten seconds at most; what is not written after that is made again by the next worker."""
        await self.idle()
        if "_caller" in self.__dict__:
            await self._caller.close()

    async def _make(self, call: Call) -> None:
        house = self._house
        try:
            outcome = await self._caller.call(call.url, call.body, call.headers)
        except Exception as error:
            log.error("a gateway could not be called: %s", type(error).__name__)
            outcome = Later(None, "gateway-trouble")
        try:
            async with house.db.write() as session:
                await calls.settle(session, house.office, call, outcome, house.clock())
        except Exception as error:
            log.error("a gateway's answer could not be written: %s", type(error).__name__)
