"""A batch through its lanes: each destination has its own slots, so one that hangs holds up no other."""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from typing import Generic, TypeVar

from notices.channels import Mail, Outgoing, Push, Settle
from notices.outcomes import Crashed, Later, Outcome

log = logging.getLogger(__name__)

Kind = TypeVar("Kind", bound=Outgoing)


async def through_lanes(
    batch: Sequence[Kind], *, slots: int, send_one: Callable[[Kind], Awaitable[Outcome]], settle: Settle
) -> None:
    """Sends each message in its lane, at most `slots` of a lane at once, and settles each exactly once.

    An error of `settle` is raised when the batch is through: what has left cannot be called back by stopping.
    """
    lanes: dict[str, list[Kind]] = {}
    for message in batch:
        lanes.setdefault(message.lane, []).append(message)
    errors: list[Exception] = []
    async with asyncio.TaskGroup() as group:
        for messages in lanes.values():
            lane = _Lane(iter(messages), send_one, settle, errors)
            for _ in range(min(slots, len(messages))):
                group.create_task(lane.work())
    if errors:
        raise errors[0]


class _Lane(Generic[Kind]):
    def __init__(
        self,
        waiting: Iterator[Kind],
        send_one: Callable[[Kind], Awaitable[Outcome]],
        settle: Settle,
        errors: list[Exception],
    ) -> None:
        self._waiting, self._send_one = waiting, send_one
        self._settle, self._errors = settle, errors
        self._shut: Later | None = None

    async def work(self) -> None:
        for message in self._waiting:
            outcome = self._shut or await self._tried(message)
            if isinstance(outcome, Later) and outcome.whole_lane:
                self._shut = replace(outcome, reason="lane-paused")
            try:
                await self._settle([(message.id, outcome)])
            except Exception as error:
                self._errors.append(error)

    async def _tried(self, message: Kind) -> Outcome:
        try:
            return await self._send_one(message)
        except Exception as error:
            return crashed(message, error)


def crashed(message: Outgoing, error: Exception) -> Crashed:
    """A message that cannot even be made must not stop its neighbours; outcomes.py sets it aside in time."""
    # What the error says of itself may quote an address.
    log.error("message %s could not be sent: %s at %s", message.id, type(error).__name__, _place(error))
    return Crashed(crashes=None if message.crashes is None else message.crashes + 1)


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return "another place"  # it was told to us, and not raised here
    frame = frames[-1]
    return f"{frame.filename.rpartition('/')[2]}:{frame.lineno}"


def mails(batch: Sequence[Outgoing]) -> list[Mail]:
    return [message for message in batch if isinstance(message, Mail)]


def pushes(batch: Sequence[Outgoing]) -> list[Push]:
    return [message for message in batch if isinstance(message, Push)]
