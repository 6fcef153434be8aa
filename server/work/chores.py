"""What keeps the log small: nobody waits for it, so each turn does one short step of each chore that is due.

No chore has a row of its own: what is to be done can be seen in the rows it is done to, and doing it twice does no
harm, so several workers need not agree.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.bounces import counting
from notices.healing import paper, questions
from notices.models import Device
from server.attachments.sweeping import sweep
from server.house import House
from server.keeping import epochs, erased, retention, taken_back
from server.syncing import snapshots
from server.work.gateways import Gateways
from sync import prune
from sync.models import SyncMeta

_AT_ONCE = 100

Step = Callable[[datetime], Awaitable[bool]]
"""True where there is more of it to do at once."""


@dataclass(frozen=True, slots=True)
class Chore:
    name: str
    every: timedelta
    step: Step


class Chores:
    def __init__(self, house: House) -> None:
        self._house = house
        self._due: dict[str, datetime] = {}
        self._answered: dict[str, tuple[str, str]] = {}
        self._visited: dict[str, str | None] = {}
        self._asking: dict[str, str | None] = {}
        self._gateways = Gateways(house)
        self._noted: datetime | None = None
        self._chores = (
            Chore("gateways", timedelta(seconds=1), lambda _now: self._gateways.turn()),
            Chore("look again", timedelta(seconds=5), self._look_again),
            Chore("deletions", timedelta(hours=1), self._deletions),
            Chore("answers", timedelta(days=1), self._answers),
            Chore("devices", timedelta(days=1), self._devices),
            Chore("segments", timedelta(minutes=1), self._segments),
            Chore("old segments", timedelta(hours=1), self._old_segments),
            Chore("uploads", timedelta(hours=1), self._uploads),
            Chore("rested mailboxes", timedelta(hours=1), self._rested_mailboxes),
            Chore("questions", timedelta(hours=1), self._questions),
            Chore("erased stay erased", timedelta(hours=1), self._stay_erased),
            Chore("taken back is noted", timedelta(minutes=5), self._note_taken_back),
            Chore("taken back stays so", timedelta(hours=1), self._stay_taken_back),
            Chore("retention", timedelta(days=1), self._retention),
            Chore("to paper and back", timedelta(hours=1), self._to_paper_and_back),
        )

    async def turn(self) -> bool:
        """A step of each that is due. Never True: what is left is done in the next turn, behind all other work."""
        now = self._house.clock()
        for chore in self._chores:
            if self._due.get(chore.name, now) <= now:
                # Noted first: one that fails comes again at its time, and the others go on.
                self._due[chore.name] = now + chore.every
                if await chore.step(now):
                    self._due[chore.name] = now
        return False

    async def end(self) -> bool:
        """What a process that stops leaves behind for the next."""
        await self._gateways.end()
        return await self._look_again(self._house.clock())

    async def _look_again(self, _now: datetime) -> bool:
        await epochs.look_again(self._house)
        return False

    async def _deletions(self, now: datetime) -> bool:
        went = 0
        for tenant in await self._tenants():
            async with self._house.db.write() as session:
                went += await prune.collect(session, tenant, now)
        return went > 0

    async def _answers(self, now: datetime) -> bool:
        """A walk through the answers of every town, a step at a time."""
        walk = self._answered or dict.fromkeys(await self._tenants(), ("", ""))
        self._answered = {}
        for tenant, place in walk.items():
            async with self._house.db.write() as session:
                further = await prune.forget_mutations(session, tenant, now, place)
            if further is not None:
                self._answered[tenant] = further
        return bool(self._answered)

    async def _devices(self, _now: datetime) -> bool:
        """A walk through the devices that were revoked."""
        walk = self._visited or dict.fromkeys(await self._tenants())
        self._visited = {}
        for tenant, place in walk.items():
            async with self._house.db.write() as session:
                gone = await _revoked(session, tenant, place)
                await prune.forget_devices(session, tenant, gone)
            if len(gone) == _AT_ONCE:
                self._visited[tenant] = gone[-1]
        return bool(self._visited)

    async def _segments(self, now: datetime) -> bool:
        made = [await snapshots.make(self._house, tenant, now) for tenant in await self._tenants()]
        return any(made)

    async def _old_segments(self, now: datetime) -> bool:
        for tenant in await self._tenants():
            await snapshots.clear(self._house, tenant, now)
        return False

    async def _uploads(self, now: datetime) -> bool:
        for tenant in await self._tenants():
            await sweep(self._house, tenant, now)
        return False

    async def _rested_mailboxes(self, now: datetime) -> bool:
        for tenant in await self._tenants():
            async with self._house.db.write() as session:
                await counting.let_back(session, tenant, now)
        return False

    async def _questions(self, now: datetime) -> bool:
        """A walk through the people of every town, a stride at a time."""
        walk = self._asking or dict.fromkeys(await self._tenants())
        self._asking = {}
        for tenant, after in walk.items():
            async with self._house.db.read() as session:
                people, further = await questions.next_to_ask(session, tenant, after, now)
            if people:
                async with self._house.db.write() as session:
                    await questions.ask(session, tenant, people, now)
            if further is not None:
                self._asking[tenant] = further
        return bool(self._asking)

    async def _to_paper_and_back(self, now: datetime) -> bool:
        """Each of a home once: what fell is not silent for it, and what came back is not on paper any more."""
        moved, vault = 0, self._house.keys.vault
        for tenant in await self._tenants():
            async with self._house.db.read() as session:
                mended = await paper.mended(session, tenant, now)
                given_up = await paper.next_to_fall(session, tenant, now)
            if mended or given_up:
                async with self._house.db.write() as session:
                    moved += await paper.come_back(session, vault, tenant, mended, now)
                    moved += await paper.fall(session, vault, tenant, given_up, now)
        return moved > 0

    async def _stay_erased(self, now: datetime) -> bool:
        for tenant in await self._tenants():
            await erased.stay_erased(self._house, tenant, now)
        return False

    async def _note_taken_back(self, now: datetime) -> bool:
        if self._noted is not None:  # what came before is noted by the comparison at the start
            for tenant in await self._tenants():
                await taken_back.note(self._house, tenant, self._noted)
        self._noted = now
        return False

    async def _stay_taken_back(self, now: datetime) -> bool:
        for tenant in await self._tenants():
            await taken_back.stay(self._house, tenant, now)
        return False

    async def _retention(self, now: datetime) -> bool:
        return any([await retention.step(self._house, tenant, now) for tenant in await self._tenants()])

    async def _tenants(self) -> list[str]:
        async with self._house.db.read() as session:
            return list(await session.scalars(select(SyncMeta.tenant).order_by(SyncMeta.tenant)))


async def _revoked(session: AsyncSession, tenant: str, after: str | None) -> list[str]:
    query = select(Device.id).where(Device.tenant == tenant, Device.revoked_at.is_not(None))
    if after is not None:
        query = query.where(Device.id > after)
    return list(await session.scalars(query.order_by(Device.id).limit(_AT_ONCE)))
