"""Mail over a few connections that stay open, one envelope per recipient.

At most `per_lane` messages of one destination have crossed without being settled (so many copies at most can become
ambiguous), and at most `in_all` connections are at work; a destination whose server stalls holds only its own slots, lends
its connections (smtp_pool.py), and an emergency has slots that nothing else may take.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from notices.channels import Crossing, Mail, Outgoing, Settle
from notices.channels.dkim import Signer
from notices.channels.lanes import crashed, mails
from notices.channels.room import Room
from notices.channels.smtp import Connection, Parcel
from notices.channels.smtp_dialogue import HungUp
from notices.channels.smtp_opening import Line, NotConnected, Timeouts
from notices.channels.smtp_pool import Bounds, Pool
from notices.channels.smtp_url import Relay
from notices.errors import KairanError
from notices.outcomes import Later, Outcome, Refused
from notices.town.mail_address import checked


class MailChannel:
    """`sender` is the checked envelope sender of messages without a return path, `helo` our host's name, `now` the
    clock of the Date header.
    """

    name = "mail"

    def __init__(
        self,
        relay: Relay,
        *,
        sender: str,
        helo: str,
        now: Callable[[], datetime],
        timeouts: Timeouts | None = None,
        bounds: Bounds | None = None,
        tls: ssl.SSLContext | None = None,
        pipelining: bool = True,
        signer: Signer | None = None,
    ) -> None:
        self._sender, self._now, self._signer = checked(sender), now, signer
        self._bounds = bounds or Bounds()
        self._pool = Pool(Line(relay, helo, timeouts or Timeouts(), tls, pipelining), self._bounds)
        self._slots: dict[str, Room] = {}

    async def send(self, batch: Sequence[Outgoing], *, settle: Settle, crossing: Crossing) -> None:
        lanes: dict[str, list[Parcel]] = {}
        errors: list[Exception] = []
        for message in mails(batch):
            try:
                lanes.setdefault(message.lane, []).append(self._parcel(message, crossing))
            except KairanError:
                await _told(settle, message.id, Refused(None, "address-refused"), errors)
        async with asyncio.TaskGroup() as group:
            for name, parcels in lanes.items():
                lane = _Lane(self._lane(name), self._pool, settle, errors)
                for emergency in (True, False):
                    alike = [each for each in parcels if (each.message.urgency == "emergency") is emergency]
                    _Queue(lane, group, alike, emergency=emergency).start()
        if errors:
            raise errors[0]

    async def close(self) -> None:
        self._pool.close()

    def _lane(self, name: str) -> Room:
        """Shared by all batches of the lane that are under way."""
        return self._slots.setdefault(name, Room(self._bounds.per_lane, self._bounds.lane_reserve))

    def _parcel(self, message: Mail, crossing: Crossing) -> Parcel:
        """Raises MailAddressRefused."""
        to = checked(message.to.address)
        sender = self._sender if message.return_path is None else checked(message.return_path)

        def wire() -> bytes:
            now = self._now()
            made = message.body.to(to, message.id, now, message.unsubscribe)
            return made if self._signer is None else self._signer.signed(made, now)

        async def crossed() -> bool:
            return await _asked(crossing, message.id)

        return Parcel(message, sender, to, wire, crossed)


async def _asked(crossing: Crossing, message: str) -> bool:
    """A database that cannot commit `crossing_at` means no: the message must not cross unrecorded."""
    try:
        return message in await crossing([message])
    except Exception:
        return False


async def _told(settle: Settle, id: str, outcome: Outcome, errors: list[Exception]) -> None:
    """What has left cannot be called back by stopping: the errors are raised when the batch is through."""
    try:
        await settle([(id, outcome)])
    except Exception as error:
        errors.append(error)


@dataclass(slots=True)
class _Lane:
    """One destination in one batch; `slots` are those of all batches. `shut`: what the rest of the batch is told."""

    slots: Room
    pool: Pool
    settle: Settle
    errors: list[Exception]
    shut: Later | None = None

    def heed(self, outcome: Outcome) -> None:
        if isinstance(outcome, Later) and outcome.whole_lane:
            self.shut = replace(outcome, reason="lane-paused")

    async def done(self, parcel: Parcel, outcome: Outcome) -> None:
        self.heed(outcome)
        await _told(self.settle, parcel.message.id, outcome, self.errors)


class _Queue:
    """The emergencies of a lane, or all else; a worker for each slot, each with one message between dot and ledger."""

    def __init__(
        self, lane: _Lane, group: asyncio.TaskGroup, parcels: Sequence[Parcel], *, emergency: bool
    ) -> None:
        self._lane, self._group, self._emergency = lane, group, emergency
        self._waiting = deque(parcels)
        self._workers = 0

    def start(self) -> None:
        for _ in range(len(self._waiting)):
            self._another_worker()

    def take(self, connection: Connection) -> Parcel | None:
        """The next for a connection that is open already, where it may go on."""
        if not self._waiting or self._lane.shut is not None:
            return None
        goes_on = self._lane.pool.goes_on(connection, wanted=self._lane.slots.wanted)
        return self._waiting.popleft() if goes_on else None

    def give_back(self, parcel: Parcel) -> None:
        self._waiting.appendleft(parcel)
        self._another_worker()

    def _another_worker(self) -> None:
        if self._workers < self._lane.slots.most(self._emergency):
            self._workers += 1
            self._group.create_task(self._work())

    async def _work(self) -> None:
        while self._waiting:
            async with self._lane.slots.place(self._emergency):
                if self._waiting:
                    await self._carry(self._waiting.popleft())
        self._workers -= 1

    async def _carry(self, parcel: Parcel) -> None:
        """This message and, over the same connection, as many as may follow."""
        if self._lane.shut is not None:
            await self._lane.done(parcel, self._lane.shut)
            return
        pool = self._lane.pool
        try:
            async with pool.connection(emergency=self._emergency, fresh=parcel.again) as connection:
                await self._carry_over(connection, parcel)
        except NotConnected as refusal:
            await self._lane.done(parcel, refusal.outcome)

    async def _carry_over(self, connection: Connection, parcel: Parcel) -> None:
        """Each is settled in the transaction in which the next of this slot crosses: one commit a message, not two.

        The next does not leave before that commit, so a slot never has more than one message in doubt.
        """
        current: Parcel | None = parcel
        settling: asyncio.Task[None] | None = None
        while current is not None:
            current.behind = settling
            outcome = await self._outcome(connection, current)
            if settling is not None:
                await settling
                settling = None
            if outcome is not None:
                self._lane.heed(outcome)
                settling = self._group.create_task(self._lane.done(current, outcome))
                await asyncio.sleep(0)  # it stands before the crossing in the clerk's queue
            current = self._next(connection)
        if settling is not None:
            await settling

    async def _outcome(self, connection: Connection, parcel: Parcel) -> Outcome | None:
        """None where it was given back, to be tried over another connection."""
        try:
            return self._lane.shut or await connection.carry(parcel, self)
        except HungUp:
            # One that lay idle may be dead without our knowing: once more, over a new one.
            if connection.served and not parcel.again:
                parcel.again = True
                self.give_back(parcel)
                return None
            return Later(None, "server-hung-up")
        except Exception as error:
            connection.abandon()
            return crashed(parcel.message, error)

    def _next(self, connection: Connection) -> Parcel | None:
        begun = connection.begun
        if connection.usable and self._lane.shut is None:
            return begun or self.take(connection)
        if begun is not None:
            connection.abandon()
            self.give_back(begun)
        return None
