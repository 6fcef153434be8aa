"""What a batch in flight writes: crossings before, outcomes after, and a renewed lease meanwhile. One desk a batch."""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager, suppress

from sqlalchemy.ext.asyncio import AsyncSession

from notices import deliver
from notices.deliver import Batch, Claim, Moment
from notices.outcomes import Later, Outcome, Released
from server.house import House
from server.together import Together

log = logging.getLogger("kairan.worker")

SETTLE_TRIES = 10


async def moment(house: House, session: AsyncSession) -> Moment:
    return Moment(ours=house.clock(), database=await house.db.now(session, house.clock))


class Desk:
    def __init__(self, house: House, batch: Batch, stop: asyncio.Event) -> None:
        self._house = house
        self._stop = stop
        self._crossed: set[str] = set()
        self._answered: set[str] = set()
        self._open = dict(batch.claims)
        self._lease = min(deliver.lease(claim.urgency) for claim in batch.claims.values())
        self._settle = Together(self._settle_all)

    async def settle(self, id: str, outcome: Outcome) -> None:
        """Waits for the commit. The message has left: a database that is away is asked again, for a while.

        Only the first answer counts: a channel that answers twice must not lose the rest of its batch by it.
        """
        if id in self._answered:
            return
        self._answered.add(id)
        claim = self._open[id]
        if self._stop.is_set() and isinstance(outcome, Later) and outcome.reason == "lease-lost":
            outcome = Released()
        for attempt in range(SETTLE_TRIES):
            with suppress(Exception):
                await self._settle((claim, outcome))
                del self._open[id]
                return
            await asyncio.sleep(min(0.2 * 2**attempt, 5))
        log.error("an outcome could not be written; its lease will end")

    async def cross(self, ids: Sequence[str]) -> Collection[str]:
        """Those that are still ours, committed as crossing; none while stopping or without a database."""
        if self._stop.is_set():
            return []
        house = self._house
        try:
            async with house.db.write() as session:
                claims = [self._open[id] for id in ids]
                ours = await deliver.cross(session, house.office, claims, await moment(house, session))
        except Exception as error:
            log.error("crossing failed: %s", type(error).__name__)
            return []
        self._crossed.update(ours)
        return ours

    async def release(self) -> None:
        """Gives back what was never begun. What has crossed stays: its lease ends, and it is then in doubt."""
        rest = [claim for id, claim in self._open.items() if id not in self._crossed]
        with suppress(Exception):
            await self._settle_all([(claim, Released()) for claim in rest])

    async def _settle_all(self, outcomes: Sequence[tuple[Claim, Outcome]]) -> Sequence[None]:
        house = self._house
        async with house.db.write() as session:
            await deliver.settle(session, house.office, outcomes, house.clock())
        return [None] * len(outcomes)

    @asynccontextmanager
    async def keeping_the_lease(self) -> AsyncIterator[None]:
        heart = asyncio.create_task(self._renew())
        try:
            yield
        finally:
            heart.cancel()

    async def _renew(self) -> None:
        house = self._house
        while True:
            await asyncio.sleep(self._lease.total_seconds() / 3)
            with suppress(Exception):
                async with house.db.write() as session:
                    claims = list(self._open.values())
                    await deliver.renew(session, house.office, claims, await moment(house, session))
