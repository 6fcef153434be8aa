"""Moves batches through lanes: emergencies first, nobody's slots for ever, each message settled exactly once.

What has been handed to the transport and is not settled yet counts against one bound: were the process killed now,
these are the messages that would be sent again (SAFETY's I2: at most 1,000).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final

from notices.channels import Push, Settle
from notices.channels.lanes import crashed
from notices.channels.push.answers import HUNG_UP, TOO_LARGE, outcome_of
from notices.channels.push.batch import Batch
from notices.channels.push.lane import Job, Lane, LaneHealth
from notices.channels.push.transport import Post, Transport
from notices.outcomes import Gone, Later, Outcome
from notices.town.address_errors import PushKeysRefused

RESERVED: Final = 200
"""Slots of the whole channel that only emergencies take, beside `most`."""
_LANES_KEPT: Final = 1000
_AT_ONCE: Final = 500
"""Messages of a batch that are looked at before others have a turn on the event loop."""

_TOGETHER: Final = 100
"""Answers settled at a time: a transaction costs nearly the same for ten as for a hundred, and nobody waits for it."""
_WAIT: Final = 0.03
"""Seconds for so many to come; the last of a batch are not waited with."""

Addressed = tuple[Push, str | Outcome]
"""A message and its origin, or what became of it already."""


class Dispatch:
    """`authorization` gives the header for an origin; `most`: messages at once (see above)."""

    def __init__(self, authorization: Callable[[str], str], now: Callable[[], datetime], most: int) -> None:
        self._authorization, self._now, self._most = authorization, now, most
        self._open = 0
        self._lanes: dict[str, Lane] = {}
        self._decided: deque[tuple[str, Batch, Outcome]] = deque()
        self._answers: dict[Batch, list[tuple[str, Outcome]]] = {}
        self._filling = self._waiting = False
        self.transport: Transport

    def health(self) -> Sequence[LaneHealth]:
        now = self._now()
        return [lane.health(now) for lane in self._lanes.values()]

    async def through(self, addressed: Iterable[Addressed], count: int, settle: Settle) -> None:
        """Raises what `settle` raised, when the batch is through."""
        batch = Batch(settle, count)
        if not count:
            return
        try:
            for number, (message, where) in enumerate(addressed, 1):
                self._take(message, where, batch)
                if number % _AT_ONCE == 0:
                    self._fill_soon()
                    await asyncio.sleep(0)
            self._fill_soon()
            await batch.over
        except asyncio.CancelledError:
            batch.abandon()
            raise
        if batch.errors:
            raise batch.errors[0]

    def arrived(self, posts: Sequence[Post]) -> None:
        """What the transport brings back."""
        now = self._now()
        for post in posts:
            assert isinstance(post, Job)
            self._answer(post, now)
        self._settle_together()
        self._fill_soon()

    def _take(self, message: Push, where: str | Outcome, batch: Batch) -> None:
        if isinstance(where, str):
            lane = self._lane(where)
            job = Job(message, batch, lane)
            (lane.urgent if job.urgent else lane.ordinary).append(job)
        else:
            self._decided.append((message.id, batch, where))

    def _lane(self, origin: str) -> Lane:
        lane = self._lanes.get(origin)
        if lane is None:
            if len(self._lanes) >= _LANES_KEPT:
                # A suffix of the allow-list has names without end.
                self._lanes = {key: each for key, each in self._lanes.items() if not each.idle}
            lane = self._lanes[origin] = Lane(origin, self._most)
        return lane

    def _answer(self, job: Job, now: datetime) -> None:
        outcome = self._outcome(job, now)
        if (outcome == HUNG_UP and not job.repeated) or (outcome is TOO_LARGE and not job.short):
            # Perhaps a kept connection that the service had closed meanwhile; or it wants less text.
            job.repeated |= outcome == HUNG_UP
            job.short |= outcome is TOO_LARGE
            job.unanswered()
            self.transport.begin(job.lane.origin, [job])
            return
        job.lane.under_way -= 1
        self._gather(job.message.id, job.batch, job.lane.learn(job, outcome, now))

    def _outcome(self, job: Job, now: datetime) -> Outcome:
        if isinstance(job.error, PushKeysRefused):
            return Gone(None, "keys-refused")
        return outcome_of(job, now) if job.error is None else crashed(job.message, job.error)

    def _fill_soon(self) -> None:
        if not self._filling:
            self._filling = True
            asyncio.get_running_loop().call_soon(self._fill)

    def _fill(self) -> None:
        """Hands over whatever has room, a little of each lane in turn, so that none takes the room of all."""
        self._filling = False
        now = self._now()
        lanes = [lane for lane in self._lanes.values() if lane.urgent or lane.ordinary]
        for lane in lanes:
            if (rest := lane.rest(now)) is not None:
                self._put_off(lane, rest)
        while self._decided and self._open < self._most:
            self._open += 1
            self._gather(*self._decided.popleft())
        self._settle_together()
        going: dict[str, list[Post]] = {}
        for chosen in (self._urgent, self._ordinary):
            waiting = lanes
            while waiting:
                waiting = [lane for lane in waiting if chosen(lane, going)]
        if lanes:
            # Whoever came first today comes last next time.
            self._lanes[lanes[0].origin] = self._lanes.pop(lanes[0].origin)
        for origin, posts in going.items():
            self.transport.begin(origin, posts)

    def _urgent(self, lane: Lane, going: dict[str, list[Post]]) -> bool:
        job = lane.next_urgent() if self._open < self._most + RESERVED else None
        return job is not None and self._go(lane, job, going)

    def _ordinary(self, lane: Lane, going: dict[str, list[Post]]) -> bool:
        job = lane.next_ordinary() if self._open < self._most else None
        return job is not None and self._go(lane, job, going)

    def _go(self, lane: Lane, job: Job, going: dict[str, list[Post]]) -> bool:
        if not job.batch.abandoned:
            self._open += 1
            lane.under_way += 1
            lane.dress(job, self._authorization(lane.origin))
            going.setdefault(lane.origin, []).append(job)
        return True

    def _put_off(self, lane: Lane, rest: Later) -> None:
        for waiting in (lane.urgent, lane.ordinary):
            self._decided.extend((job.message.id, job.batch, rest) for job in waiting)
            waiting.clear()

    def _gather(self, id: str, batch: Batch, outcome: Outcome) -> None:
        if batch.abandoned:
            self._settled(1)
        else:
            self._answers.setdefault(batch, []).append((id, outcome))

    def _settle_together(self) -> None:
        """What came back together is told to its batch together."""
        for batch, answers in list(self._answers.items()):
            if len(answers) >= min(_TOGETHER, batch.untold):
                self._tell(batch)
        if self._answers and not self._waiting:
            self._waiting = True
            asyncio.get_running_loop().call_later(_WAIT, self._tell_all)

    def _tell_all(self) -> None:
        self._waiting = False
        for batch in list(self._answers):
            self._tell(batch)

    def _tell(self, batch: Batch) -> None:
        answers = self._answers.pop(batch)
        if batch.abandoned:
            self._settled(len(answers))
            return
        batch.untold -= len(answers)
        task = asyncio.get_running_loop().create_task(self._settle(batch, answers))
        batch.settling.add(task)
        task.add_done_callback(batch.settling.discard)

    async def _settle(self, batch: Batch, answers: Sequence[tuple[str, Outcome]]) -> None:
        try:
            await batch.settle(answers)
        except Exception as error:
            batch.errors.append(error)
        finally:
            self._settled(len(answers))
        batch.less(len(answers))

    def _settled(self, count: int) -> None:
        self._open -= count
        self._fill_soon()
