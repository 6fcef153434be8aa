"""The clerk of a worker: what all its batches cross and settle, written together, and their leases kept by one heart.

A transaction carries whatever waits, of all lanes; what comes meanwhile is the next. Emergencies have a stream of their
own: they wait for no row that somebody else has locked against the others. Everybody waits for their own commit.
"""

import asyncio
import logging
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from typing import Final, NamedTuple

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession

from notices import deliver
from notices.deliver import Claim, Moment
from notices.deliver.in_hand import EXPRESS
from notices.outcomes import Outcome
from server import sqlite
from server.house import House
from server.together import Together

log = logging.getLogger("kairan.worker")

MOST: Final = 1_000
"""Messages in one transaction: whoever else wants to write waits for it."""
FEW: Final = 100
"""Of so many the statements take less than the way to SQLite's thread and back."""
COMPANY: Final = 1.0
"""How long a transaction waits for more papers, as a share of the last one's time; emergencies do not wait."""
BEAT: Final = deliver.lease(EXPRESS).total_seconds() / 3
"""Seconds between renewals of the leases of emergencies."""
SLOWER: Final = deliver.lease("ordinary") // deliver.lease(EXPRESS)
"""All others are renewed at every so many beats."""
AWAY: Final = (OperationalError, InterfaceError, PoolTimeout, OSError, TimeoutError)
"""The database's own trouble: no paper is to blame, and none fares better alone."""


async def moment(house: House, session: AsyncSession) -> Moment:
    return Moment(ours=house.clock(), database=await house.db.now(session, house.clock))


Settled = tuple[Claim, Outcome]
"""A message, and what became of it."""


class Crossing(NamedTuple):
    """Asks which of these may cross."""

    claims: Sequence[Claim]

    @property
    def weight(self) -> int:
        return len(self.claims)


class Settling(NamedTuple):
    """Says what became of these."""

    given: Sequence[Settled]

    @property
    def weight(self) -> int:
        return len(self.given)


Paper = Crossing | Settling
Answer = Collection[str] | Exception
"""The ids that may cross, or whose outcomes are written; or why this paper could not be."""


class Clerk:
    def __init__(self, house: House, beat: float = BEAT) -> None:
        self._house = house
        self._beat = beat
        self._emergencies = Together[Paper, Answer](self._write, weigh=_weight, most=MOST)
        self._others = Together[Paper, Answer](self._write, weigh=_weight, most=MOST, company=COMPANY)
        self._held: dict[tuple[str, str], Claim] = {}
        self._heart: asyncio.Task[None] | None = None

    async def cross(self, claims: Sequence[Claim]) -> Collection[str]:
        """The ids of those that are still ours, committed as crossing. Raises what the database raised."""
        return await self._written(claims[0].urgency, Crossing(claims)) if claims else ()

    async def settle(self, given: Sequence[Settled]) -> Sequence[Settled]:
        """Returns after the commit: those that could not be written."""
        if not given:
            return ()
        try:
            written = await self._written(given[0][0].urgency, Settling(given))
        except Exception:
            return given
        left: Sequence[Settled] = ()
        if len(written) < len(given):
            left = [each for each in given if each[0].id not in written]
            given = [each for each in given if each[0].id in written]
        for claim, _ in given:
            self._held.pop((claim.tenant, claim.id), None)
        return left

    @contextmanager
    def holding(self, claims: Collection[Claim]) -> Iterator[None]:
        """Keeps their leases, of each until it is settled."""
        keys = {(claim.tenant, claim.id): claim for claim in claims}
        self._held |= keys
        self._heart = self._heart or asyncio.create_task(self._keep_leases())
        try:
            yield
        finally:
            for key in keys:
                self._held.pop(key, None)
            # Another batch whose messages are all settled may have ended it before.
            if not self._held and self._heart:
                self._heart.cancel()
                self._heart = None

    async def _written(self, urgency: str, paper: Paper) -> Collection[str]:
        stream = self._emergencies if urgency == EXPRESS else self._others
        answer = await stream(paper)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def _write(self, papers: Sequence[Paper]) -> Sequence[Answer]:
        """One that cannot be written is found by halving: it must not keep the other lanes' from being written."""
        try:
            return await self._write_at_once(papers)
        except Exception as error:
            if isinstance(error, AWAY):
                return [error] * len(papers)
            if len(papers) == 1:
                return [await self._halved(papers[0], error)]
        half = len(papers) // 2
        return [*await self._write(papers[:half]), *await self._write(papers[half:])]

    async def _halved(self, paper: Paper, error: Exception) -> Answer:
        if isinstance(paper, Crossing) or paper.weight == 1:
            return error
        half = paper.weight // 2
        answers = await self._write([Settling(paper.given[:half]), Settling(paper.given[half:])])
        return {id for answer in answers if not isinstance(answer, Exception) for id in answer}

    async def _write_at_once(self, papers: Sequence[Paper]) -> Sequence[Answer]:
        house = self._house
        crossings = [claim for paper in papers if isinstance(paper, Crossing) for claim in paper.claims]
        settlings = [each for paper in papers if isinstance(paper, Settling) for each in paper.given]
        ours: Collection[tuple[str, str]] = ()
        first = any(claim.urgency == EXPRESS for claim in (*crossings, *(claim for claim, _ in settlings)))
        with sqlite.brief(len(crossings) + len(settlings) <= FEW):
            async with house.db.write(first=first) as session:
                if crossings:
                    ours = await deliver.cross(session, house.office, crossings, await moment(house, session))
                if settlings:
                    await deliver.settle(session, house.office, settlings, house.clock())
        return [
            [claim.id for claim in paper.claims if (claim.tenant, claim.id) in ours]
            if isinstance(paper, Crossing)
            else [claim.id for claim, _ in paper.given]
            for paper in papers
        ]

    async def _keep_leases(self) -> None:
        for beat in count(1):
            await asyncio.sleep(self._beat)
            everybody = beat % SLOWER == 0
            claims = [claim for claim in self._held.values() if everybody or claim.urgency == EXPRESS]
            if claims:
                with suppress(Exception):
                    await self._renew(claims)

    async def _renew(self, claims: Sequence[Claim]) -> None:
        house = self._house
        async with house.db.write() as session:
            await deliver.renew(session, house.office, claims, await moment(house, session))


def _weight(paper: Paper) -> int:
    return paper.weight
