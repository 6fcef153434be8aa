"""The desk of a batch: what a channel says of its messages, brought to the clerk, and brought again."""

import asyncio
import logging
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Final

from notices.deliver import Batch
from notices.outcomes import Later, Outcome, Released
from server.work.clerk import Clerk

log = logging.getLogger("kairan.worker")

SETTLE_TRIES: Final = 10


class Desk:
    def __init__(self, clerk: Clerk, batch: Batch, stop: asyncio.Event) -> None:
        self._clerk = clerk
        self._stop = stop
        self._crossed: set[str] = set()
        self._answered: set[str] = set()
        self._open = dict(batch.claims)

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
                await self._clerk.settle(claim, outcome)
                del self._open[id]
                return
            await asyncio.sleep(min(0.2 * 2**attempt, 5))
        log.error("an outcome could not be written; its lease will end")

    async def settle_all(self, outcomes: Sequence[tuple[str, Outcome]]) -> None:
        await asyncio.gather(*(self.settle(id, outcome) for id, outcome in outcomes))

    async def cross(self, ids: Sequence[str]) -> Collection[str]:
        """Those that are still ours, committed as crossing; none while stopping or without a database."""
        if self._stop.is_set():
            return []
        try:
            ours = await self._clerk.cross([self._open[id] for id in ids])
        except Exception as error:
            log.error("crossing failed: %s", type(error).__name__)
            return []
        self._crossed.update(ours)
        return ours

    async def release(self) -> None:
        """Gives back what was never begun. What has crossed stays: its lease ends, and it is then in doubt."""
        rest = [claim for id, claim in self._open.items() if id not in self._crossed]
        await asyncio.gather(
            *(self._clerk.settle(claim, Released()) for claim in rest), return_exceptions=True
        )
