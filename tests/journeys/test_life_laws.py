"""Laws of the life of a town: after whatever happened to its homes, everybody lives somewhere or has ended, each place in a
walk is one home's, nobody who is gone holds a seat, ledgers add up, and each old copy with its delta is a fresh copy.
"""

import asyncio
import random
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from notices.ids import new_id
from notices.models import Block, Household, LifeChange, Resident
from tests.journeys import homes, story
from tests.journeys.story import (
    HUSBAND,
    LEADER_1,
    LEADER_2,
    MIDORI_PRESIDENT,
    OFFICER_2,
    PRESIDENT,
    RESIDENT,
)
from tests.phone import Phone
from tests.town import Town, town

KINDS = ("move", "out", "split", "merge", "death", "in", "join", "take-in", "take-back", "list")
REFUSED = (403, 404, 409, 422)


@dataclass(frozen=True)
class Deed:
    """What is tried next; the numbers choose among whatever there is at that moment."""

    kind: str
    home: int
    other: int
    who: int


@dataclass
class Life:
    here: Town
    phones: list[Phone]
    notices: list[tuple[Phone, str]]

    async def do(self, deed: Deed) -> None:
        """By the first officer who may; a refusal is a sentence, and changes nothing."""
        answer = None
        for phone in self.phones:
            answer = await self._try(phone, deed)
            if answer is None or answer.status_code not in (403, 404):
                break
        assert answer is None or answer.status_code == 200 or answer.status_code in REFUSED, answer.text
        await homes.in_order(self.here)

    async def _try(self, by: Phone, deed: Deed) -> httpx.Response | None:
        living, blocks = await self._homes()
        if deed.kind == "take-back":
            changes = await self._changes()
            if not changes:
                return None
            return await homes.take_back(by, changes[deed.home % len(changes)].id)
        if not living:
            return None
        home, people = living[deed.home % len(living)]
        id, association = home.id, home.association
        theirs = [block.id for block in blocks if block.association == association]
        block, some = theirs[deed.other % len(theirs)], people[: 1 + deed.who % 3]
        walk = deed.who % 7 or None
        if deed.kind == "move":
            return await by.http.patch(f"/api/v1/households/{id}", json={"block": block, "walk": walk})
        if deed.kind == "out":
            near = self.here.midori if association == self.here.sakura else self.here.sakura
            to = near if deed.other % 2 else None
            said: dict[str, Any] = {"people": some} if deed.who % 2 else {}
            return await homes.press(by, id, "move-out", **said | ({"to": to} if to else {}))
        if deed.kind == "split":
            said = {"people": people[:1], "name": "分かれた家", "block": block, "walk": walk}
            return await homes.press(by, id, "split", id=new_id(), **said)
        if deed.kind == "merge":
            return await homes.press(by, id, "merge", into=living[deed.other % len(living)][0].id)
        if deed.kind == "death":
            return await homes.press(by, id, "death", person=some[-1] if some else new_id())
        if deed.kind == "in":
            people_in = [{"name": f"新{deed.who}"}, {"name": "新妙"}][: 1 + deed.home % 2]
            return await homes.move_in(by, association, block=block, walk=walk, people=people_in)
        if deed.kind == "join":
            return await homes.press(by, id, "people", people=[{"id": new_id(), "name": f"増{deed.who}"}])
        if deed.kind == "take-in":
            sent = [change for change in await self._changes() if change.kind == "sent"]
            if not sent:
                return None
            arrival = sent[deed.home % len(sent)]
            to = arrival.said["to_association"]
            theirs = [block.id for block in blocks if block.association == to]
            return await homes.move_in(by, to, block=theirs[0], walk=walk, arrival=arrival.id)
        return await self._list(by, association, deed.other)

    async def _list(self, by: Phone, association: str, without: int) -> httpx.Response:
        """The roster, exported, comes back as it is, and then without one of its lines."""
        exported = await by.http.get(f"/api/v1/associations/{association}/roster")
        if exported.status_code != 200:
            return exported
        lines = exported.text.splitlines(keepends=True)
        del lines[1 + without % (len(lines) - 1)]
        return await story.import_roster(by, association, "".join(lines))

    async def _homes(self) -> tuple[list[tuple[Household, list[str]]], list[Block]]:
        async with self.here.house.db.read() as session:
            query = select(Household).where(Household.left_at.is_(None)).order_by(Household.id)
            living = (await session.scalars(query)).all()
            people: dict[str, list[str]] = {home.id: [] for home in living}
            residents = select(Resident).where(Resident.until.is_(None)).order_by(Resident.person)
            for row in await session.scalars(residents):
                people[row.household].append(row.person)
            blocks = await session.scalars(select(Block).where(Block.ended_at.is_(None)).order_by(Block.id))
            return [(home, people[home.id]) for home in living], list(blocks)

    async def _changes(self) -> list[LifeChange]:
        async with self.here.house.db.read() as session:
            return list(await session.scalars(select(LifeChange).order_by(LifeChange.at, LifeChange.id)))

    async def at_the_end(self) -> None:
        await self.here.work()
        for phone in self.phones:
            answer = await phone.http.get("/api/v1/me")
            if answer.status_code != 200:
                assert answer.json()["wipe"] is True, "only who has died is told to forget everything"
                continue
            fresh = Phone(phone.http, phone.name)
            await phone.pull()
            await fresh.pull()
            assert phone.records == fresh.records, f"{phone.name}: stale copy + delta = fresh copy"
            for _, notice in self.notices:
                answer = await phone.http.get(f"/api/v1/notices/{notice}/reach")
                if answer.status_code == 200:
                    await story.reach(phone, notice)


async def lived(database_url: str, folder: Path, deeds: list[Deed]) -> None:
    async with town(database_url, folder) as here:
        names = (PRESIDENT, OFFICER_2, MIDORI_PRESIDENT, LEADER_1, LEADER_2, RESIDENT, HUSBAND)
        phones = [await here.phone(name) for name in names]
        sent = [(phones[0], (await here.post(phones[0]))["id"])]
        sent.append((phones[2], (await here.post(phones[2], here.midori))["id"]))
        await here.work()
        life = Life(here, phones, sent)
        for place, deed in enumerate(deeds):
            if place % 3 == deed.who % 3:
                for phone in phones[:: 1 + deed.other % 3]:
                    await _glance(phone)
            await life.do(deed)
            here.clock.pass_(minutes=10)
        await life.at_the_end()


async def _glance(phone: Phone) -> None:
    """Some phones pull in between, some are a long way behind at the end."""
    if (await phone.http.get("/api/v1/me")).status_code == 200:
        await phone.pull(limit=3)


DEEDS = st.lists(
    st.builds(Deed, st.sampled_from(KINDS), st.integers(0, 20), st.integers(0, 20), st.integers(0, 20)),
    min_size=1,
    max_size=12,
)


@settings(deadline=None, derandomize=True, database=None, max_examples=25)
@given(DEEDS)
def test_whatever_happens_to_its_homes_a_town_is_in_order(sqlite_template: Path, deeds: list[Deed]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = shutil.copyfile(sqlite_template, Path(folder) / "kairan.db")
        asyncio.run(lived(f"sqlite+aiosqlite:///{file}", Path(folder), deeds))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
async def test_a_long_life_leaves_a_town_in_order(database_url: str, tmp_path: Path, seed: int) -> None:
    source = random.Random(seed)
    deeds = [Deed(source.choice(KINDS), *(source.randrange(21) for _ in range(3))) for _ in range(60)]
    await lived(database_url, tmp_path, deeds)
