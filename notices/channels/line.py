"""LINE: one text to up to 500 friends of the official account in one call.

A call's key is made of its messages, so that a repeat is known to LINE. A call for many that ended without an answer
cannot be repeated later, as its messages will not come together again: they are in doubt, and go again once each, alone,
under a key of their own, after which nothing is ever doubled.
"""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid5

from notices.channels import Crossing, LineMessage, Outgoing, Settle, Urgency
from notices.channels.line_answers import MOST_AT_ONCE, Answer, Quota, counted, meaning, tested
from notices.outcomes import Crashed, Later, Outcome, Refused

if TYPE_CHECKING:
    from notices.channels.line_api import LineApi

log = logging.getLogger(__name__)

_KEYS: Final = UUID("5b3f3a52-6e0f-4b43-9a5e-0c6a4a8a2d11")


@dataclass(frozen=True, slots=True)
class Calls:
    """At once. An emergency has slots of its own. `again`: seconds before the repeat of a call that had no answer."""

    ordinary: int = 4
    emergency: int = 4
    again: float = 1.0


@dataclass(slots=True)
class _Batch:
    settle: Settle
    crossing: Crossing
    shut: Later | None = None
    errors: list[Exception] = field(default_factory=list)

    async def settled(self, group: Sequence[LineMessage], outcome: Outcome) -> None:
        """All at once, so that they can be written in one transaction."""
        try:
            await self.settle([(message.id, outcome) for message in group])
        except Exception as error:
            self.errors.append(error)


class LineChannel:
    name = "line"

    def __init__(self, api: "LineApi", calls: Calls | None = None) -> None:
        self._api, self._calls = api, calls or Calls()
        self._ordinary = asyncio.Semaphore(self._calls.ordinary)
        self._emergency = asyncio.Semaphore(self._calls.emergency)
        self._replies: set[asyncio.Task[Answer]] = set()

    async def send(self, batch: Sequence[Outgoing], *, settle: Settle, crossing: Crossing) -> None:
        sending = _Batch(settle, crossing)
        async with asyncio.TaskGroup() as tasks:
            for group in _groups([each for each in batch if isinstance(each, LineMessage)]):
                tasks.create_task(self._deliver(group, sending))
        if sending.errors:
            raise sending.errors[0]

    def reply_soon(self, token: str, text: str) -> None:
        """A courtesy: nobody waits for it, and nothing is lost with it."""
        task = asyncio.create_task(self._api.reply(token, text))
        self._replies.add(task)
        task.add_done_callback(self._replied)

    async def replied(self) -> None:
        """When every reply is out."""
        await asyncio.gather(*self._replies, return_exceptions=True)

    async def quota(self) -> Quota | Outcome:
        """What is left of the month's messages, or what keeps LINE from saying."""
        found = await self._api.quota()
        return found if isinstance(found, Quota) else tested(found)

    async def knock(self) -> Outcome:
        """Whether LINE reaches our webhook; nobody gets anything, and nothing is counted."""
        return tested(await self._api.test_webhook())

    async def close(self) -> None:
        for task in self._replies:
            task.cancel()
        await asyncio.gather(*self._replies, return_exceptions=True)
        await self._api.close()

    def _replied(self, task: asyncio.Task[Answer]) -> None:
        self._replies.discard(task)
        if not task.cancelled() and (task.exception() or task.result().status != 200):
            log.warning("a reply on LINE could not be sent")

    async def _deliver(self, group: Sequence[LineMessage], sending: _Batch) -> None:
        async with self._room(group[0].urgency):
            if sending.shut is None and not group[0].doubtful:
                ours = frozenset(await sending.crossing([message.id for message in group]))
                await sending.settled([each for each in group if each.id not in ours], _NOT_OURS)
                group = [each for each in group if each.id in ours]
            await self._call(group, sending)

    def _room(self, urgency: Urgency) -> asyncio.Semaphore:
        return self._emergency if urgency == "emergency" else self._ordinary

    async def _call(self, group: Sequence[LineMessage], sending: _Batch) -> None:
        """One call, or several smaller ones where LINE will not have somebody among the many."""
        if not group:
            return
        try:
            outcome = sending.shut or await self._outcome(group)
        except ImportError as error:
            # The SDK is not there, or not whole: no message's fault, and somebody has to mend it.
            log.error("line-bot-sdk cannot be loaded: %s", type(error).__name__)
            outcome = _NO_SDK
        except Exception as error:
            log.error("a call to LINE could not be made: %s", type(error).__name__)
            for message in group:
                crashes = None if message.crashes is None else message.crashes + 1
                await sending.settled([message], Crashed(crashes=crashes))
            return
        if outcome is None:
            half = len(group) // 2
            await self._call(group[:half], sending)
            await self._call(group[half:], sending)
            return
        if isinstance(outcome, Later) and outcome.whole_lane:
            sending.shut = replace(outcome, reason="lane-paused")
        await sending.settled(group, outcome)

    async def _outcome(self, group: Sequence[LineMessage]) -> Outcome | None:
        """None: ask for fewer at a time."""
        users = list(dict.fromkeys(message.to.user for message in group))
        answer = await self._answer(users, group[0].body.text, key_of([message.id for message in group]))
        found = meaning(answer, alone=len(group) == 1)
        if found == "count":
            quota = await self.quota()
            found = counted(answer, quota if isinstance(quota, Quota) else None)
        if found == "split":
            return None
        if isinstance(found, Later | Refused) and found.reason in _ALARMING:
            log.error("LINE takes nothing from us: %s (%s)", found.reason, found.code)
        return found

    async def _answer(self, users: Sequence[str], text: str, key: str) -> Answer:
        answer = await self._api.send(users, text, key)
        if answer.unsure:
            await asyncio.sleep(self._calls.again)
            answer = await self._api.send(users, text, key)
        return answer


_NO_SDK: Final = Later(None, "our-fault", timedelta(minutes=10), whole_lane=True)
_NOT_OURS: Final = Later(None, "lease-lost")
_ALARMING: Final = frozenset({"line-refused", "line-quota", "our-fault"})


def key_of(messages: Sequence[str]) -> str:
    """The key of one call: the same for the same messages, whoever makes it and when."""
    return str(uuid5(_KEYS, " ".join(sorted(messages))))


def _groups(messages: Sequence[LineMessage]) -> Iterator[list[LineMessage]]:
    """Those that say the same go together, emergencies first; those in doubt go alone."""
    alike: dict[tuple[Urgency, str], list[LineMessage]] = {}
    for message in sorted(messages, key=lambda each: each.urgency != "emergency"):
        if message.doubtful:
            yield [message]
        else:
            alike.setdefault((message.urgency, message.body.text), []).append(message)
    for group in alike.values():
        for start in range(0, len(group), MOST_AT_ONCE):
            yield group[start : start + MOST_AT_ONCE]
