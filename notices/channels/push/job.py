"""A message on its way through a lane, and the batch that waits for it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from notices.channels import Push, Settle
from notices.channels.push.transport import Post

if TYPE_CHECKING:
    from notices.channels.push.lane import Lane


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


class Job(Post):
    """`repeated` and `short`: it has been sent once more after a broken line, or with less text."""

    __slots__ = ("batch", "lane", "message", "repeated", "short")

    def __init__(self, message: Push, batch: Batch, lane: Lane) -> None:
        super().__init__(message.to, urgent=message.urgency == "emergency")
        self.message, self.batch, self.lane = message, batch, lane
        self.repeated = self.short = False

    @property
    def payload(self) -> bytes:
        body = self.message.body
        return body.short if self.short else body.payload
