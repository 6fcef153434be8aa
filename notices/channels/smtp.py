"""One connection to the mail server, and one message after the other over it: MAIL, RCPT and DATA apart.

A drop before the final dot is harmless, after it ambiguous: each stage is an answer of its own, with the time-out
that RFC 5321 §4.5.3.2 gives it.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol

from notices.channels import Mail
from notices.channels.smtp_dialogue import Dialogue, HungUp, Reply
from notices.channels.smtp_opening import Line, Timeouts, opened
from notices.channels.smtp_replies import Stage, outcome_of
from notices.outcomes import Later, Outcome, Sent, Unknown

_STAGES: Final[tuple[tuple[Stage, tuple[int, ...]], ...]] = (
    ("mail", (250,)),
    ("rcpt", (250, 251, 252)),
    ("data", (354,)),
)
"""Each with the replies hoped for."""


@dataclass(eq=False, slots=True)
class Parcel:
    """One envelope with one recipient. `wire` makes the message as it is sent, CRLF lines.

    `cross` is asked once per try, just before the message's bytes and final dot: may it leave?
    `again`: its connection broke before anything ambiguous, and it has its second try. `behind`: done when the message
    before it, in the same slot, is in the ledger.
    """

    message: Mail
    sender: str
    to: str
    wire: Callable[[], bytes]
    cross: Callable[[], Awaitable[bool]]
    again: bool = False
    behind: Awaitable[None] | None = None


class Following(Protocol):
    """Where the envelope comes from that is begun behind a final dot."""

    def take(self, connection: "Connection") -> Parcel | None: ...

    def give_back(self, parcel: Parcel) -> None: ...


class Connection:
    """Carries one message after the other. With PIPELINING (RFC 2920) MAIL, RCPT and DATA travel together, behind the
    final dot of the message before; without, each command waits for the reply to the last. The stages stay apart.
    """

    def __init__(self, dialogue: Dialogue, timeouts: Timeouts, *, pipelining: bool) -> None:
        self._dialogue, self._timeouts = dialogue, timeouts
        self._pipelining = pipelining
        self._clean, self._unfinished = True, False
        self._begun: Parcel | None = None
        self.carried = 0
        """Envelopes begun on it."""
        self.served = False
        """Whether it has answered anything: one that lay idle may be dead without our knowing."""

    @classmethod
    async def opened(cls, line: Line) -> "Connection":
        """Raises NotConnected. Never falls back to clear text."""
        transport, pipelining = await opened(line)
        return cls(Dialogue(transport), line.timeouts, pipelining=pipelining and line.pipelining)

    @property
    def usable(self) -> bool:
        return self._clean and self._dialogue.alive and self._dialogue.in_step

    @property
    def waits_since(self) -> float | None:
        """In the loop's time, while the server owes a reply and somebody waits for it."""
        return self._dialogue.waits_since

    @property
    def begun(self) -> Parcel | None:
        """The message whose envelope travelled behind the last final dot: carry it next, or abandon the connection."""
        return self._begun

    async def carry(self, parcel: Parcel, following: Following) -> Outcome:
        """The outcome of this message. Raises HungUp when the connection ended without an answer before its content."""
        self._clean = False
        try:
            if self._begun is not parcel:
                await self._begin(parcel)
            self._begun = None
            wire = parcel.wire()
            outcome = await self._envelope(parcel)
        except TimeoutError:
            self._dialogue.abort()
            return Later(None, "server-silent")
        if outcome is not None:
            return outcome
        may_leave = await parcel.cross()
        if parcel.behind is not None:
            await parcel.behind
        if not may_leave:
            # In the middle of DATA only hanging up takes a message back (RFC 5321 §4.1.1.4).
            self._dialogue.abort()
            return Later(None, "lease-lost")
        if not self._dialogue.in_step:  # it answered the message before it had it
            self._dialogue.abort()
            return Later(None, "server-confused")
        return await self._message(wire, following)

    async def _begin(self, parcel: Parcel) -> None:
        """DATA was the last of its group: what is owed of a refused envelope is read before the next is written."""
        self.carried += 1
        try:
            await self._tidied()
        except TimeoutError:
            raise HungUp from None
        if self._pipelining:
            self._dialogue.ask(b"".join(_commands(parcel)), 3)

    async def _tidied(self) -> None:
        """Reads what is owed, and takes back an envelope that was refused in part. Raises HungUp where that fails."""
        while self._dialogue.owed:
            if (await self._dialogue.reply(self._timeouts.command)).code == 354:
                self._dialogue.abort()  # for an envelope without a recipient: nobody wants that message
                raise HungUp
        if self._unfinished:
            self._unfinished = False
            self._dialogue.ask(b"RSET\r\n", 1)
            if (await self._dialogue.reply(self._timeouts.command)).code != 250:
                self._dialogue.abort()
                raise HungUp

    async def _envelope(self, parcel: Parcel) -> Outcome | None:
        """None when the server waits for the message."""
        for number, (stage, hoped) in enumerate(_STAGES):
            if not self._pipelining:
                self._dialogue.ask(_commands(parcel)[number], 1)
            reply = await self._dialogue.reply(
                self._timeouts.data if stage == "data" else self._timeouts.command
            )
            if not self._dialogue.in_step:
                self._dialogue.abort()
                return Later(None, "server-confused")
            self.served = True
            if reply.code not in hoped:
                return self._refused(stage, reply)
        return None

    def _refused(self, stage: Stage, reply: Reply) -> Outcome:
        if reply.code == 421 or not 400 <= reply.code < 600:
            self._dialogue.abort()
        self._clean = self._unfinished = True
        return outcome_of(stage, reply.code, _text(reply))

    async def _message(self, wire: bytes, following: Following) -> Outcome:
        """From here on, no clear answer means that a copy may have arrived."""
        content = _stuffed(wire) + b".\r\n"
        if not self._dialogue.alive:
            raise HungUp  # before the first byte of the message: nothing ambiguous yet
        self._begun = following.take(self) if self._pipelining else None
        if self._begun is None:
            self._dialogue.ask(content, 1)
        else:
            self.carried += 1
            self._dialogue.ask(content + b"".join(_commands(self._begun)), 4)
        try:
            reply = await self._end(following)
        except (TimeoutError, HungUp):
            self._dialogue.abort()
            return Unknown("unanswered")
        self.served = True
        if not 200 <= reply.code < 600 or 300 <= reply.code < 400:
            self._dialogue.abort()
            return Unknown("unanswered")
        self._clean = reply.code != 421
        return Sent(reply.code) if reply.code < 300 else outcome_of("end", reply.code, _text(reply))

    async def _end(self, following: Following) -> Reply:
        """The answer to the final dot may take minutes. What was begun behind it does not wait so long."""
        patience = min(self._timeouts.patience, self._timeouts.end)
        with suppress(TimeoutError):
            return await self._dialogue.reply(patience)
        if self._begun is not None:
            following.give_back(self._begun)
            self._begun = None
            try:
                return await self._dialogue.reply(self._timeouts.end - patience)
            finally:
                self._dialogue.abort()  # an envelope is open on it that nobody will fill
        return await self._dialogue.reply(self._timeouts.end - patience)

    def abandon(self) -> None:
        self._dialogue.abort()

    def quit(self) -> None:
        """Politely where possible, without waiting."""
        self._dialogue.farewell()


def _text(reply: Reply) -> str:
    return reply.text.decode("utf-8", "replace")


def _stuffed(wire: bytes) -> bytes:
    """A dot more before each line that begins with one (RFC 5321 §4.5.2)."""
    doubled = wire.replace(b"\n.", b"\n..")
    return b"." + doubled if doubled.startswith(b".") else doubled


def _commands(parcel: Parcel) -> tuple[bytes, bytes, bytes]:
    """One for each of `_STAGES`. In one write DATA may only be the last of a group (RFC 2920 §3.1)."""
    sender, to = parcel.sender.encode("ascii"), parcel.to.encode("ascii")
    return b"MAIL FROM:<%s>\r\n" % sender, b"RCPT TO:<%s>\r\n" % to, b"DATA\r\n"
