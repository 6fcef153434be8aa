"""What phones have, told by the cursors they present: gathered behind the requests, written in batches.

Kept in memory until the next batch; what a crash loses is told again at the phone's next change, and costs a grade.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from notices import reach
from notices.enrolment import records
from notices.models import Device
from notices.tokyo import week
from sync.cursor import Position
from sync.pull import Ack, Reader, records_between, save_acks

REMEMBERED = 50_000
"""Devices whose last cursor need not be noted twice."""
SEEN_EVERY = timedelta(hours=1)
"""How fine "last seen" is told; finer would be watching."""


@dataclass(frozen=True, slots=True)
class Gathered:
    waiting: dict[Reader, dict[int, int]]
    seen: dict[tuple[str, str], datetime]
    new_week: set[tuple[str, str]]
    """Of the seen, those whose records say so: (tenant, device)."""

    def __bool__(self) -> bool:
        return bool(self.waiting or self.seen)


class Acks:
    def __init__(self) -> None:
        self._waiting: dict[Reader, dict[int, int]] = {}
        self._seen: dict[tuple[str, str], datetime] = {}
        self._noted: dict[Reader, Mapping[int, Position]] = {}
        self._new_week: set[tuple[str, str]] = set()

    def note(self, holder: Reader, presented: Mapping[int, Position]) -> None:
        # A phone with nothing new comes again with the same cursor; to look it up again would lock its rows.
        noted = self._noted.get(holder)
        if noted is presented or noted == presented:
            return
        if len(self._noted) > REMEMBERED:
            self._noted.clear()
        self._noted[holder] = presented
        seqs = self._waiting.setdefault(holder, {})
        for scope, at in presented.items():
            seqs[scope] = max(at.seq, seqs.get(scope, 0))

    def seen(self, tenant: str, device: str, before: datetime | None, now: datetime) -> None:
        if before is None or now - before > SEEN_EVERY:
            self._seen[tenant, device] = now
            if before is None or week(before) != week(now):
                self._new_week.add((tenant, device))

    def forget(self) -> None:
        """What was taken could not be written: every device is to be noted again when it comes."""
        self._noted.clear()

    def take(self) -> Gathered:
        gathered = Gathered(self._waiting, self._seen, self._new_week)
        self._waiting, self._seen, self._new_week = {}, {}, set()
        return gathered


async def write(session: AsyncSession, gathered: Gathered, now: datetime) -> None:
    """Stores how far each device has come, and raises the grade of the homes whose notices it now holds."""
    told: dict[str, set[str]] = defaultdict(set)
    for (tenant, device), at in sorted(gathered.seen.items()):
        row = update(Device).where(Device.tenant == tenant, Device.id == device).values(seen_at=at)
        # By the hour no record changes; the records of a new week are written below.
        row = row.execution_options(journalled=True, synchronize_session=False)
        person = await session.scalar(row.returning(Device.person))
        if person is not None and (tenant, device) in gathered.new_week:
            told[tenant].add(person)
    for tenant, people in sorted(told.items()):
        await records.refresh(session, tenant, people)
    for holder, seqs in sorted(gathered.waiting.items(), key=lambda item: (item[0].tenant, item[0].device)):
        notices = await _newly_held(session, holder, seqs)
        if notices:
            await reach.on_phone(session, holder.tenant, holder.person, notices, now)


async def _newly_held(session: AsyncSession, holder: Reader, seqs: dict[int, int]) -> set[str]:
    presented = [Ack(scope_id, seq) for scope_id, seq in sorted(seqs.items())]
    notices: set[str] = set()
    for step in await save_acks(session, holder.tenant, holder.device, presented):
        ids = await records_between(
            session, holder.tenant, step.scope_id, step.from_seq, step.to_seq, "notices"
        )
        notices |= {id.split(".")[0] for id in ids}
    return notices
