"""The desk of a batch: what a channel says of its messages, brought to the clerk, and brought again."""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from typing import Final

from notices.deliver import Batch
from notices.outcomes import Later, Outcome, Released
from server.work.clerk import Clerk, Settled

log = logging.getLogger("kairan.worker")

SETTLE_TRIES: Final = 10


class Desk:
    """`half` is called once, when half of the batch is settled; `told` whenever a channel tells of messages."""

    def __init__(
        self,
        clerk: Clerk,
        batch: Batch,
        stop: asyncio.Event,
        half: Callable[[], None] | None = None,
        told: Callable[[], None] | None = None,
    ) -> None:
        self._clerk, self._stop, self._half, self._told = clerk, stop, half, told
        self._crossed: set[str] = set()
        self._answered: set[str] = set()
        self._open = dict(batch.claims)
        self._many = len(self._open)

    async def settle(self, answers: Sequence[tuple[str, Outcome]]) -> None:
        """Waits for the commit. The messages have left: a database that is away is asked again, for a while.

        Only the first answer counts: a channel that answers twice must not lose the rest of its batch by it.
        """
        if answers and self._told is not None:
            self._told()
        left: Sequence[Settled] = [self._answer(id, said) for id, said in answers if id not in self._answered]
        for attempt in range(SETTLE_TRIES):
            before, left = left, await self._clerk.settle(left)
            self._close(before, left)
            if not left:
                return
            await asyncio.sleep(min(0.2 * 2**attempt, 5))
        log.error("an outcome could not be written; its lease will end")

    def _answer(self, id: str, outcome: Outcome) -> Settled:
        self._answered.add(id)
        if self._stop.is_set() and isinstance(outcome, Later) and outcome.reason == "lease-lost":
            outcome = Released()
        return self._open[id], outcome

    def _close(self, given: Sequence[Settled], but: Sequence[Settled]) -> None:
        open_ = {claim.id for claim, _ in but}
        for claim, _ in given:
            if claim.id not in open_:
                del self._open[claim.id]
        if self._half is not None and 2 * len(self._open) <= self._many:
            half, self._half = self._half, None
            half()

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
        await self._clerk.settle([(claim, Released()) for claim in rest])
