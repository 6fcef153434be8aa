"""The messages of one call of `send`, until each has its answer."""

from __future__ import annotations

import asyncio

from notices.channels import Settle


class Batch:
    """One call of `send`: `over` is set when none is `left` that is not settled; `untold` have no answer on its way there."""

    def __init__(self, settle: Settle, messages: int) -> None:
        self.settle = settle
        self.left = self.untold = messages
        self.errors: list[Exception] = []
        self.abandoned = False
        self.settling: set[asyncio.Task[None]] = set()
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def less(self, settled: int) -> None:
        self.left -= settled
        if not self.left and not self.over.done():
            self.over.set_result(None)

    def abandon(self) -> None:
        self.abandoned = True
        for task in list(self.settling):
            task.cancel()
