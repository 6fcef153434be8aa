"""The simulated people of an association take out their phones: they fetch what is new, and some press the button."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import aiohttp

from server.demo.enrolment import Enrolled
from server.demo.phone import NoSignal, Refusal, SocketPhone

AT_ONCE = 8
LOOKING = 40
"""Phones that are taken out at one press: as many as a visitor likes to wait for."""
READ = 0.7
"""Share of those homes that owe a stamp and give it now."""


@dataclass(frozen=True, slots=True)
class Moved:
    phones: int
    stamps: int


class Residents:
    """Their phones remember what they hold as long as the demo runs, and fetch only what is new."""

    def __init__(self, enrolled: Sequence[Enrolled], origin: str, random: Random) -> None:
        self._enrolled, self._origin, self._random = enrolled, origin, random
        self._phones: dict[str, SocketPhone] = {}

    async def move(self, association: str) -> Moved:
        """Over HTTP, as any phone would."""
        everybody = [each for each in self._enrolled if each.association == association]
        here = self._random.sample(everybody, min(LOOKING, len(everybody)))
        gate = asyncio.Semaphore(AT_ONCE)
        async with aiohttp.ClientSession() as http:

            async def one(owner: Enrolled) -> int:
                async with gate:
                    return await self._look(self._phone(http, owner), owner)

            stamps = await asyncio.gather(*(one(owner) for owner in here))
        return Moved(sum(stamp >= 0 for stamp in stamps), sum(max(stamp, 0) for stamp in stamps))

    def _phone(self, http: aiohttp.ClientSession, owner: Enrolled) -> SocketPhone:
        kept = self._phones.get(owner.device)
        phone = SocketPhone(http, self._origin, owner.device, owner.token)
        if kept is not None:
            phone.records, phone.cursor = kept.records, kept.cursor
        self._phones[owner.device] = phone
        return phone

    async def _look(self, phone: SocketPhone, owner: Enrolled) -> int:
        """How many stamps were given; −1 where the phone got no answer."""
        try:
            await phone.pull()
            asked = [
                notice
                for notice in phone.all("notices")
                if notice["kind"] == "circular"
                and ("stamps", f"st.{notice['notice']}.{owner.household}.{notice['stampRound']}")
                not in phone.records
            ]
            if asked and self._random.random() < READ:
                for notice in asked:
                    phone.stamp(notice["notice"], owner.household, notice["stampRound"])
            given = await phone.push()
            # The second pull presents the cursor of the first: that is how a server knows what a phone holds.
            await phone.pull()
        except (NoSignal, Refusal):
            return -1
        return len(given)
