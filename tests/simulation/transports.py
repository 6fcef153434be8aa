"""Channels that behave as the world does: they refuse, close, drip, fall silent, contradict themselves, and die."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from notices.channels import Crossing, Mail, Outgoing, Settle
from notices.outcomes import Gone, Later, Outcome, Refused, Sent, Unknown
from tests.simulation.process import Process
from tests.simulation.record import Copy, Record
from tests.simulation.virtual import Time

AT_ONCE: Final = 8
"""Mails of one connection that cross together."""
FATES: Final = ("busy", "shut", "refused", "gone", "lost", "silent", "lie", "repeat", "drip", "breaks")
"""What may become of a message in a bad hour.

lost: it arrives and nobody says so; silent: it does not, and nobody says so; lie: it arrives, and "later" is answered;
repeat: the answer comes twice, the second time as another one; breaks: the channel itself fails in the middle.
"""
_MAIL: Final[Mapping[str, Outcome]] = {
    "busy": Later(450, "mailbox-busy"),
    "shut": Later(421, "server-closing", whole_lane=True),
    "refused": Refused(554, "content-refused"),
    "gone": Gone(550, "mailbox-unknown"),
    "lie": Later(451, "server-confused"),
}
_PUSH: Final[Mapping[str, Outcome]] = {
    "busy": Later(503, "service-trouble"),
    "shut": Later(429, "slow-down", whole_lane=True),
    "refused": Refused(403, "vapid"),
    "gone": Gone(410, "unsubscribed"),
    "lie": Later(500, "service-trouble"),
}
_ARRIVES: Final = frozenset({"sent", "lost", "lie", "repeat", "drip"})


@dataclass
class Weather:
    """How bad it is, by lane, until it clears. One for all processes of a run."""

    rng: Random
    share: Mapping[str, float]
    """Lane → how many in one hit trouble, 0 … 1."""
    kinds: Sequence[str]
    clears: float
    """The second after which everything goes well."""

    def fate(self, lane: str, at: float) -> str:
        if at >= self.clears or self.rng.random() >= self.share.get(lane, 0.0):
            return "sent"
        return self.rng.choice(self.kinds)


async def _all(talks: Sequence[Coroutine[None, None, None]]) -> None:
    """At once, on as many connections. The first that breaks breaks the batch; the others are let go of."""
    tasks = [asyncio.create_task(talk) for talk in talks]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


class ChannelBroke(Exception):
    """A fault in the channel itself."""


class Wire:
    """A channel of one process."""

    def __init__(self, name: str, process: Process, record: Record, weather: Weather, time: Time) -> None:
        self.name = name
        self._process, self._record, self._weather, self._time = process, record, weather, time
        self._answers = _MAIL if name == "mail" else _PUSH
        self._shut: set[str] = set()
        self._untried = Later(None, "lane-paused", whole_lane=True)

    async def send(self, batch: Sequence[Outgoing], *, settle: Settle, crossing: Crossing) -> None:
        self._record.claimed(batch, self._process, self._time())
        await self._process.at("batch in hand")
        self._shut.clear()
        at_once = AT_ONCE if self.name == "mail" else len(batch)
        for start in range(0, len(batch), at_once):
            some = batch[start : start + at_once]
            ours = {message.id for message in some}
            if self.name == "mail" and some[0].lane not in self._shut:
                ours = set(await crossing([message.id for message in some]))
                await self._process.at("crossed")
            await _all([self._one(message, message.id in ours, settle) for message in some])

    async def _one(self, message: Outgoing, ours: bool, settle: Settle) -> None:
        if message.lane in self._shut:
            await settle([(message.id, self._untried)])
        elif not ours:
            await settle([(message.id, Later(None, "lease-lost"))])
        else:
            await self._talk(message, settle)

    async def _talk(self, message: Outgoing, settle: Settle) -> None:
        fate = self._weather.fate(message.lane, self._time.seconds)
        if fate == "breaks":
            raise ChannelBroke
        if fate == "shut":
            self._shut.add(message.lane)
        copy = None
        if fate in _ARRIVES:
            copy = self._record.took(message, self._process, self._time.seconds, fate)
        self._record.note(self._time.seconds, f"{self._process.name} {self.name} {message.id} {fate}")
        await self._process.at("left")
        if fate == "drip":
            await asyncio.sleep(self._weather.rng.choice((8, 25, 90)))
        await self._answer(message, fate, copy, settle)
        await self._process.at("answered")

    async def _answer(self, message: Outgoing, fate: str, copy: Copy | None, settle: Settle) -> None:
        if fate in ("lost", "silent"):
            # Only mail has the point after which nobody can tell; a push may always be sent again.
            unknown = isinstance(message, Mail)
            await settle([(message.id, Unknown("unanswered") if unknown else Later(None, "service-silent"))])
            return
        await settle([(message.id, self._answers.get(fate, Sent(250)))])
        if copy is not None and fate != "lie":
            copy.clean = not self._process.stalled and self._record.written(message.id)
        if fate == "repeat":
            await settle([(message.id, Later(450, "mailbox-busy"))])

    async def close(self) -> None:
        """Nothing to let go of."""
