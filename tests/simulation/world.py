"""One run: a town in a file, workers that come and die, people who change their minds, until nothing is left to do."""

import asyncio
import gc
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from notices import ids
from notices.planning import plan
from server import keys
from server.db import Database
from server.house import House, build
from server.migrate import upgrade
from server.settings import Settings
from server.syncing.acks import Acks
from server.work.wake import Wake
from server.work.worker import RECOVER_EVERY, Worker
from tests.simulation import deeds, glance, inline, process, towns
from tests.simulation.process import Process, current
from tests.simulation.record import Record
from tests.simulation.scenario import DAY, Scenario, Shift
from tests.simulation.towns import Town
from tests.simulation.transports import Weather, Wire
from tests.simulation.virtual import BEGIN, Loop, Time, finished

PATIENCE: Final = 18 * 24 * 3600
"""I7: a bundle waits for days, the ladder after it for nine more."""
TOGETHER: Final = 0.05
"""Seconds in which several taps are one."""
PROCESSES: Final = 4
"""As many as a run has at most, and the one that the officers talk to."""

_OPEN = """
SELECT (SELECT count(*) FROM planning WHERE closed_at IS NULL)
     + (SELECT count(*) FROM message WHERE state IN ('due', 'sending', 'later'))
     + (SELECT count(*) FROM due WHERE kind IN ('publish', 'reach'))
"""
_LADDERS = """
SELECT (SELECT count(*) FROM rung) + (SELECT count(*) FROM due WHERE kind IN ('ladder', 'remind'))
"""
_NEXT = """
SELECT min(at) FROM (
  SELECT max(m.due_at, coalesce(l.paused_until, '')) AS at FROM message m
    LEFT JOIN lane l ON l.channel = m.channel AND l.name = m.lane WHERE m.due_at IS NOT NULL
  UNION ALL SELECT lease_until FROM message WHERE lease_until IS NOT NULL
  UNION ALL SELECT at FROM due
  UNION ALL SELECT at FROM rung
  UNION ALL SELECT due_at FROM planning WHERE closed_at IS NULL)
WHERE at > ?
"""
_WITNESS = """
CREATE TABLE written_again (message BLOB);
CREATE TRIGGER ended_once BEFORE UPDATE OF state ON message
  WHEN OLD.state NOT IN ('due', 'sending', 'later')
  BEGIN INSERT INTO written_again VALUES (OLD.id); END;
"""
"""What ended stays as it ended: who settles it once more has passed the fence, whatever they say of it."""
_OVER = "SELECT count(*) FROM message WHERE lease_until <= ?"


@dataclass
class Played:
    """A run that is over, as the checker finds it."""

    scenario: Scenario
    town: Town
    record: Record
    accepted: list[tuple[str, str]]
    """(tenant, notice) that were answered with a yes."""
    said_finished: list[tuple[str, str, int]] = field(default_factory=list)
    """(tenant, notice, open deliveries) at moments when the house said that it had finished."""
    ended: bool = True
    seconds: float = 0.0
    luck: float = 0.0
    """What would be drawn next: runs that went the same way have drawn the same so far."""


class Dial:
    """The clock of the databases that are kept from run to run: it shows the time of the present one."""

    def __init__(self) -> None:
        self.time = Time()

    def __call__(self) -> datetime:
        return self.time()


class Stage:
    """What is dear and the same for all runs of a test process: schema, towns, keys, compiled statements."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "simulation.db"
        url = f"sqlite+aiosqlite:///{self._file}"
        upgrade(url)
        with closing(sqlite3.connect(self._file)) as connection:
            connection.executescript(_WITNESS)
            self._empty = connection.serialize()
        self._dial = Dial()
        self._keys = keys.make(folder / "simulation.secret")
        self._towns: dict[int, Town] = {}
        settings = Settings(database_url=url, files_url=str(folder / "files"), mail_from="kairan@example.jp")
        with inline.installed():
            self._houses = [build(settings, self._keys, {}, self._dial) for _ in range(PROCESSES)]
            self._within(Random("first"), self._connect)

    @contextmanager
    def play(self, scenario: Scenario) -> Iterator[Played]:
        """The run, when it is over; its database as long as the `with` lasts."""
        town = self._town(scenario.town)
        inline.end_all()
        towns.put(town, self._file)
        with closing(sqlite3.connect(self._file, isolation_level=None)) as reader, _laws_of(scenario):
            run = Run(scenario, town, self._houses, Record(reader), self._dial.time)
            try:
                self._within(Random(f"ids {scenario.seed}"), run.play)
            except Exception as error:
                error.add_note(f"replay with `python -m tests.simulation {scenario.seed}`")
                raise
            yield run.played()

    def close(self) -> None:
        """Nothing is open between runs but what a killed process had."""
        inline.end_all()

    async def _connect(self) -> None:
        """An engine asks its first connection what it is, those that write too: no run is to be the one in which it does."""
        for house in self._houses:
            for transaction in (house.db.read, house.db.write):
                async with transaction() as session:
                    await session.execute(select(1))
            await house.db.close()

    def _town(self, number: int) -> Town:
        if number not in self._towns:
            self._file.write_bytes(self._empty)
            db: Database = self._houses[0].db

            async def found() -> None:
                self._towns[number] = await towns.found(db, self._keys.vault, number)

            self._within(Random(f"town ids {number}"), found)
        return self._towns[number]

    def _within(self, rng: Random, play: Any) -> None:
        self._dial.time.seconds = 0.0
        inline.end_all()
        with _ids(rng, self._dial), _without_sweeping(), asyncio.Runner(loop_factory=self._loop) as runner:
            runner.run(play())

    def _loop(self) -> Loop:
        loop = Loop(self._dial.time)
        loop.set_task_factory(process.factory)
        return loop


@contextmanager
def _laws_of(scenario: Scenario) -> Iterator[None]:
    """A small town in many chunks."""
    before = plan.FIRST, plan.HOUSEHOLDS
    plan.FIRST, plan.HOUSEHOLDS = scenario.first, scenario.households
    try:
        yield
    finally:
        plan.FIRST, plan.HOUSEHOLDS = before


@contextmanager
def _without_sweeping() -> Iterator[None]:
    """A run is short: sweeping in the middle of it costs a fifth of its time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class _Uuids:
    def __init__(self, rng: Random, dial: Dial) -> None:
        self._rng, self._dial, self._made = rng, dial, 0

    def uuid7(self) -> UUID:
        self._made += 1
        stamp = int(self._dial().timestamp() * 1000)
        high = (stamp << 16) | 0x7000 | (self._made & 0xFFF)
        return UUID(int=(high << 64) | (2 << 62) | self._rng.getrandbits(62))


@contextmanager
def _ids(rng: Random, dial: Dial) -> Iterator[None]:
    """Ids decide who is first: they are the seed's as well."""
    real, made = ids.__dict__["uuid_utils"], _Uuids(rng, dial)
    setattr(ids, "uuid_utils", made)  # noqa: B010
    try:
        yield
    finally:
        setattr(ids, "uuid_utils", real)  # noqa: B010


class Run:
    def __init__(
        self, scenario: Scenario, town: Town, houses: list[House], record: Record, time: Time
    ) -> None:
        self.scenario, self.town, self.record, self.time = scenario, town, record, time
        self.rng = Random(f"run {scenario.seed}")
        self.weather = Weather(
            Random(f"weather {scenario.seed}"), scenario.share, scenario.fates, scenario.clears
        )
        self._houses = houses
        self._wakes = [Wake() for _ in houses]
        self._over = asyncio.Event()
        self._said = False
        self.accepted: list[tuple[str, str]] = []
        self.said_finished: list[tuple[str, str, int]] = []
        self._ended = True
        self.desk = self._house(len(houses) - 1, Process("desk", self.rng))

    def _house(self, number: int, owner: Process) -> House:
        house = self._houses[number]
        house.db.work = self._tap
        wires = {
            name: Wire(name, owner, self.record, self.weather, self.time) for name in ("mail", "push", "line")
        }
        office = replace(house.office, rng=self.rng, worker=f"{owner.name}")
        return replace(house, channels=wires, office=office, wake=self._wakes[number], acks=Acks())

    def _tap(self) -> None:
        for wake in self._wakes:
            wake.now()

    async def play(self) -> None:
        shifts = [
            asyncio.create_task(self._shift(number, shift))
            for number, shift in enumerate(self.scenario.shifts)
        ]
        try:
            async with asyncio.timeout(PATIENCE):
                await deeds.all_of(self)
                self._said = True
                self._tap()
                await self._over.wait()
        except TimeoutError:
            self._ended = False
        finally:
            await self._go_home()
        finished(shifts)

    async def _go_home(self) -> None:
        rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        for house in self._houses:
            await house.db.close()

    async def _shift(self, number: int, shift: Shift) -> None:
        await asyncio.sleep(shift.at)
        owner = Process(f"worker{number}", self.rng, shift.doom, shift.stall, shift.latency)
        current.set(owner)
        house = self._house(number, owner)
        worker = Worker(house)
        glance.teach(worker, self.record.reader, self.time)
        setattr(worker._chores, "_chores", ())  # noqa: B010 - keeping house is no part of distribution
        stop = asyncio.Event()
        worker._carriers.stop_with(stop)
        work = asyncio.create_task(self._work(worker, house, owner, stop))
        if shift.stopped is not None:
            await asyncio.sleep(max(shift.stopped - self.time.seconds, 0))
            stop.set()
            house.wake.now()
        await asyncio.wait([work])
        self.record.note(self.time.seconds, f"{owner.name} {'was killed' if owner.dead else 'has left'}")
        self._tap()

    async def _work(self, worker: Worker, house: House, owner: Process, stop: asyncio.Event) -> None:
        """Turns as long as there is something to do; then until the next time that stands in a row, or a tap."""
        ear = house.wake.listen()
        bored = 0.5
        while not stop.is_set():
            bored = 0.5 if await worker.turn() else min(bored * 2, 3600.0)
            await owner.up()
            if self._said and self._nothing_open():
                self._over.set()
            if bored > 0.5:
                await ear.wait(min(self._until_next(), DAY) or bored)
                await asyncio.sleep(TOGETHER)
        await worker._carriers.drain(30)

    def _nothing_open(self) -> bool:
        asked = (_OPEN, _LADDERS) if self.scenario.climbs else (_OPEN,)
        return not any(self.record.rows(query)[0][0] for query in asked)

    def _until_next(self) -> float:
        """Seconds to the next time in the database that lies ahead; 0 where there is none.

        A lease that is over is looked at when the worker next recovers: it was too early for it a moment ago.
        """
        now = glance.stored(self.time())
        if self.record.rows(_OVER, now)[0][0]:
            return RECOVER_EVERY
        (found,) = self.record.rows(_NEXT, now)[0]
        if found is None:
            return 0.0
        return (datetime.fromisoformat(found) - BEGIN).total_seconds() - self.time.seconds + 0.001

    def played(self) -> Played:
        return Played(
            scenario=self.scenario,
            town=self.town,
            record=self.record,
            accepted=self.accepted,
            said_finished=self.said_finished,
            ended=self._ended,
            seconds=self.time.seconds,
            luck=self.rng.random() + self.weather.rng.random(),
        )
