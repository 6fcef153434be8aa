"""What phones have, told by the cursors they present: gathered behind the requests, written in batches.

Kept in memory until the next batch; what a crash loses is told again at the phone's next change, and costs a grade.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, islice
from math import ceil
from operator import itemgetter
from typing import Final, cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices.enrolment import records
from notices.healing import paper
from notices.ledger import reach
from notices.models import Device
from notices.tokyo import week
from sync.cursor import Position
from sync.models import Instant
from sync.pull import Ack, Reader, records_between, save_acks

TOGETHER: Final = 1_000
"""Devices in one batch: a town that comes back at once is written in parts, each forgotten before the next."""
REMEMBERED = 50_000
"""Devices whose last cursor need not be noted twice."""
SEEN_EVERY = timedelta(hours=1)
"""How fine "last seen" is told; finer would be watching."""
_IN: Final = 500
"""Devices named in one statement."""
_device = cast(Table, Device.__table__)


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

    def parts(self) -> int:
        """How many batches wait to be taken."""
        return ceil(max(len(self._waiting), len(self._seen)) / TOGETHER)

    def take(self, most: int = TOGETHER) -> Gathered:
        """Those who came first, `most` of each kind."""
        waiting = {who: self._waiting.pop(who) for who in list(islice(self._waiting, most))}
        seen = {device: self._seen.pop(device) for device in list(islice(self._seen, most))}
        new_week = self._new_week & seen.keys()
        self._new_week -= new_week
        return Gathered(waiting, seen, new_week)


async def write(session: AsyncSession, gathered: Gathered, now: datetime) -> None:
    """Stores how far each device has come, and raises the grade of the homes whose notices it now holds."""
    await _write_seen(session, gathered, now)
    for tenant, holders in groupby(sorted(gathered.waiting, key=_place), key=lambda holder: holder.tenant):
        held = await _newly_held(session, tenant, {each: gathered.waiting[each] for each in holders})
        await reach.on_phones(session, tenant, held, now)


def _place(holder: Reader) -> tuple[str, str]:
    return holder.tenant, holder.device


async def _newly_held(
    session: AsyncSession, tenant: str, waiting: Mapping[Reader, Mapping[int, int]]
) -> Mapping[str, Collection[str]]:
    """By notice, the people who now hold it and did not before. Those of a block come as far by the same step."""
    presented = {who.device: [Ack(*each) for each in sorted(seqs.items())] for who, seqs in waiting.items()}
    advances = await save_acks(session, tenant, presented)
    found = await records_between(
        session, tenant, {step for some in advances.values() for step in some}, "notices"
    )
    held: dict[str, set[str]] = defaultdict(set)
    for who in waiting:
        for step in advances.get(who.device, ()):
            # A record is one copy of a notice: its id begins with the notice's.
            for id in found.get(step, ()):
                held[id.split(".")[0]].add(who.person)
    return held


async def _write_seen(session: AsyncSession, gathered: Gathered, now: datetime) -> None:
    """By the hour no record changes; those of a new week are written anew."""
    if not gathered.seen:
        return
    c = _device.c
    row = (c.tenant == bindparam("of"), c.id == bindparam("device"))
    seen = update(_device).where(*row).values(seen_at=bindparam("then", type_=Instant()))
    rows = [{"of": of, "device": device, "then": at} for (of, device), at in sorted(gathered.seen.items())]
    await (await session.connection()).execute(seen, rows)
    for tenant, some in groupby(sorted(gathered.new_week), key=itemgetter(0)):
        devices = [device for _, device in some]
        people: set[str] = set()
        for start in range(0, len(devices), _IN):
            mine = (Device.tenant == tenant, Device.id.in_(devices[start : start + _IN]))
            people.update(await session.scalars(select(Device.person).where(*mine)))
        await records.refresh(session, tenant, people)
        # Who was silent for months is among these: by the week is often enough to look.
        heard = sorted(people)
        for start in range(0, len(heard), _IN):
            await paper.heard(session, tenant, heard[start : start + _IN], now)
