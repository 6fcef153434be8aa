"""By web push: to a subscription of our own at a real push service, opened as a browser would open it."""

import asyncio
from typing import Final

from notices.canary import address
from notices.channels import Push
from notices.outcomes import Gone, Later, Outcome, Refused, Sent
from notices.town.address_errors import PushEndpointRefused
from notices.wording.payload import PushBody, topic_of
from server.canary.arriving import arrived
from server.canary.browser import Browser, Deaf, Line
from server.canary.flying import let_out
from server.house import House
from server.sinks.decrypt import CannotDecrypt

ARRIVES: Final = 60.0
"""Seconds that we listen. What comes later is found when we listen again."""
_TTL: Final = 600


class ByPush:
    def __init__(self, house: House) -> None:
        self._browser = Browser(house.settings.canary_push, house.keys.push_key)

    async def fly(self, house: House, flight: str) -> Outcome:
        try:
            async with self._browser.line() as line:
                outcome = await self._pushed(house, flight)
                if isinstance(outcome, Sent):
                    await _heard(house, line, flight)
        except Deaf:
            return Later(None, "canary-deaf")
        except CannotDecrypt:
            return Later(None, "canary-unreadable")
        return outcome

    async def _pushed(self, house: House, flight: str) -> Outcome:
        to = self._browser.subscription()
        try:
            lane = house.push_hosts.check(to.endpoint)
        except PushEndpointRefused:
            return Refused(None, "endpoint-refused")
        text = address.token_of(house.keys.vault, flight).encode()
        # One topic: a service that was away brings the newest alone.
        body = PushBody(payload=text, short=text, ttl=_TTL, urgency="high", topic=topic_of("canary"))
        outcome = await let_out(house, "push", Push(flight, lane, to, body))
        if isinstance(outcome, Gone):
            self._browser.forget()
        return outcome


async def _heard(house: House, line: Line, flight: str) -> None:
    """Until ours is there; an older one that comes on the way is noted too. Raises Deaf, CannotDecrypt."""
    try:
        async with asyncio.timeout(ARRIVES):
            found = None
            while found != flight:
                found = address.flight_in(house.keys.vault, await line.push())
                if found is not None:
                    await arrived(house, "push", found)
    except TimeoutError:
        return
