"""Pushes of many phones are written together: one transaction for all that wait, each with its own answer.

Who asks is judged inside the transaction, for all of them at once; a phone that was revoked hears so, and nobody
beside it notices. Should the end of a transaction fail, nothing of it has happened: it is tried again in halves, so
that one push, and in it one mutation, is found to be at fault and the others are not held up.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from server.edge.auth import Caller, identify_all
from server.edge.errors import Busy
from server.edge.passing import passing
from server.house import House
from server.syncing import mutations, refusals
from server.syncing.author import Author
from server.together import Together
from sync.push import Call, Handler, Mutation, Outcome, Push, Result, Rules, push_all

AT_ONCE = 500
"""Mutations in one transaction: beyond it the wait grows and the cost of each hardly falls."""
LANES = 2
"""Transactions at a time on PostgreSQL: one is prepared here while the server works on the other."""
ROOM = 20 * AT_ONCE
"""Mutations that may wait; a phone that finds no room comes again."""

log = logging.getLogger("kairan")


@dataclass(frozen=True, slots=True)
class Letter:
    """What one phone sent. `token`: by which it will be known. `ahead`: how far its clock is before ours."""

    token: str
    queue: Sequence[Mutation]
    ahead: timedelta = timedelta()


Answer = list[Result] | Exception
"""What one phone is told; an exception is its own, and nobody's beside it."""


class Intake:
    def __init__(self, house: House) -> None:
        self._house = house
        self._rules = Rules(house.kinds, refusals.refuse, mutations.current, mutations.correct)
        lanes = 1 if house.db.dialect == "sqlite" else LANES
        self._together = Together(self._write, weigh=_weight, most=AT_ONCE, lanes=lanes)

    async def __call__(self, letter: Letter) -> list[Result]:
        """Committed when it returns. Raises NotSignedIn, DeviceRevoked, Busy, and what kept it from being written."""
        if self._together.waiting > ROOM:
            raise Busy()
        answer = await self._together(letter)
        if not isinstance(answer, list):
            raise answer
        return answer

    async def _write(self, letters: Sequence[Letter]) -> list[Answer]:
        try:
            return await self._commit(letters, self._rules)
        except Exception as error:
            if passing(error):
                return [error] * len(letters)
            log.error("pushes could not be written together: %s", type(error).__name__)
            if len(letters) == 1:
                return [await self._cut(letters[0], error)]
        half = len(letters) // 2
        return [*await self._write(letters[:half]), *await self._write(letters[half:])]

    async def _cut(self, letter: Letter, error: Exception) -> Answer:
        if not letter.queue:
            return error
        if len(letter.queue) == 1:
            # What its handler did not notice is counted as if the handler had failed.
            rules = replace(self._rules, handlers={letter.queue[0].type: _raising(error)})
            try:
                [answer] = await self._commit([letter], rules)
            except Exception as worse:
                return worse
            return answer
        half = len(letter.queue) // 2
        results: list[Result] = []
        for part in (letter.queue[:half], letter.queue[half:]):
            [answer] = await self._write([replace(letter, queue=part)])
            if not isinstance(answer, list):
                return answer
            results += answer
        return results

    async def _commit(self, letters: Sequence[Letter], rules: Rules) -> list[Answer]:
        house, now = self._house, self._house.clock()
        async with house.db.write() as session:
            callers = await identify_all(house, session, [letter.token for letter in letters])
            pushes = [
                Push(caller.tenant, caller.device, self._author(caller, letter), letter.queue)
                for letter, caller in zip(letters, callers, strict=True)
                if isinstance(caller, Caller)
            ]
            results = iter(await push_all(session, pushes, rules, now))
        house.wake.now()
        return [next(results) if isinstance(caller, Caller) else caller for caller in callers]

    def _author(self, caller: Caller, letter: Letter) -> Author:
        undo, now = timedelta(seconds=self._house.settings.undo_seconds), self._house.clock()
        return Author(caller.standing, caller.device, caller.city, undo, now, letter.ahead)


def _weight(letter: Letter) -> int:
    return max(1, len(letter.queue))


def _raising(error: Exception) -> Handler:
    async def fail(_session: AsyncSession, _calls: Sequence[Call]) -> Sequence[Outcome]:
        raise error

    return fail
