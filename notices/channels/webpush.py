"""Web push: encrypted and carried by the room `push`; here is what of it the rest of the house knows.

A push may be repeated without harm (same Topic, same tag), so no answer is ever ambiguous here.
Sources: RFC 8030 §5 and §8.4, RFC 8291, RFC 8292.
"""

import importlib
import re
import ssl
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, Literal

from notices.channels import Crossing, Outgoing, Push, PushAddress, Settle
from notices.channels.lanes import pushes
from notices.channels.push.dispatch import Dispatch
from notices.channels.push.lane import LaneHealth
from notices.channels.push.transport import Answered, Bounds, OpenLine, Transport
from notices.channels.push_hosts import PushHosts
from notices.channels.vapid import Vapid
from notices.outcomes import Outcome, Refused
from notices.town.address_errors import PushEndpointRefused

Carrier = Literal["curl", "plain"]
# What an endpoint of a known origin consists of, up to the length that PushHosts allows.
_CLEAN: Final = re.compile(r"[!$-;=?-\[\]-~]{1,2048}", re.ASCII)


def best_carrier() -> Carrier:
    """HTTP/2 by libcurl where pycurl is installed, otherwise HTTP/1.1 by aiohttp."""
    try:
        importlib.import_module("pycurl")
    except ImportError:
        return "plain"
    return "curl"


class WebPushChannel:
    """`in_all` messages at once, and some room more for emergencies; `seconds` for each, from the name's resolution
    to the end of the answer. `carrier`: without one, the best there is. `authorities`: a file of certificates that
    push services are believed by, in place of the machine's. `line`: where libcurl works, in place of a thread.
    """

    name = "push"

    def __init__(
        self,
        vapid: Vapid,
        *,
        hosts: PushHosts,
        now: Callable[[], datetime],
        in_all: int = 800,
        seconds: float = 10.0,
        carrier: Carrier | None = None,
        authorities: str | None = None,
        line: OpenLine | None = None,
    ) -> None:
        self._hosts = hosts
        self._known: set[str] = set()
        self._dispatch = Dispatch(vapid.authorization, now, in_all)
        self._transport = self._dispatch.transport = _transport(
            carrier or best_carrier(), hosts, self._dispatch.arrived, _bounds(seconds, authorities), line
        )

    async def send(self, batch: Sequence[Outgoing], *, settle: Settle, crossing: Crossing) -> None:  # noqa: ARG002
        """`crossing` is not asked: see above."""
        messages = pushes(batch)
        addressed = ((message, self._where(message)) for message in messages)
        await self._dispatch.through(addressed, len(messages), settle)

    async def prepare(self, addresses: Sequence[PushAddress]) -> int:
        """Makes keys for emergencies to come, while nothing else is to be done: up to 200 (some 20 ms).

        How many it made: 0 when each address has one, or memory is full. Call it again until it says so.
        """
        return await self._transport.prepare(addresses)

    def health(self) -> Sequence[LaneHealth]:
        """Of each push service that has been written to since the start."""
        return self._dispatch.health()

    async def close(self) -> None:
        await self._transport.close()

    def _where(self, message: Push) -> str | Outcome:
        """The origin, judged anew at each message. Its keys are, when it is encrypted."""
        endpoint, lane = message.to.endpoint, message.lane
        try:
            # The whole judgement takes some microseconds; an origin that passed it is the same with any clean path.
            if lane in self._known and endpoint.startswith(lane + "/") and _CLEAN.fullmatch(endpoint):
                origin = lane
            else:
                origin = self._hosts.check(endpoint)
                self._remember(origin)
        except PushEndpointRefused:
            return Refused(None, "endpoint-refused")
        return origin

    def _remember(self, origin: str) -> None:
        if len(self._known) >= 1000:
            self._known.clear()
        self._known.add(origin)


def _bounds(seconds: float, authorities: str | None) -> Bounds:
    """What this machine believes is looked up here: the sender of pushes need not know how."""
    if authorities is not None:
        return Bounds(seconds, authorities)
    trust = ssl.get_default_verify_paths()
    return Bounds(seconds, trust.cafile, trust.capath)


def _transport(
    carrier: Carrier, hosts: PushHosts, answered: Answered, bounds: Bounds, line: OpenLine | None
) -> Transport:
    # Only here: pycurl is not on every machine, and aiohttp is 8 MB for whoever has it.
    if carrier == "plain":
        from notices.channels.push.plain import PlainTransport

        return PlainTransport(hosts, answered, bounds)
    from notices.channels.push.curl import CurlTransport
    from notices.channels.push.threaded import Threaded

    return CurlTransport(hosts, answered, bounds, line or Threaded)
