"""Pushes of many phones share a transaction, and none of them notices the others."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import ids
from notices.enrolment.devices import revoke_device
from notices.models import Device
from notices.records import audience
from server.app import make_app
from server.house import House, build
from server.syncing import intake
from server.together import Together
from sync import Change, record
from sync.claims import APART, TRIES
from sync.models import SyncMutation
from sync.push import Call, Ok, Outcome
from tests.journeys import story
from tests.journeys.story import HUSBAND, LEADER_1, PRESIDENT, RESIDENT
from tests.server.test_bad_input import is_a_problem
from tests.town import ORIGIN, TENANT, Town, town

PEOPLE = (PRESIDENT, HUSBAND, LEADER_1, RESIDENT)


@dataclass
class Notes:
    """A toy kind: a note in the author's own scope. `groups`: how many calls came together."""

    groups: list[int] = field(default_factory=list)

    async def __call__(self, session: AsyncSession, calls: Sequence[Call]) -> Sequence[Outcome]:
        self.groups.append(len(calls))
        for call in calls:
            scope = audience.person_scope(call.context.standing.person)
            data = dict(call.mutation.data or {})
            if data.get("text") == "unwritable":
                # Found by whoever writes the log, at the end of the transaction, and by no handler.
                data["text"] = object()
            record(session, TENANT, Change(scope, "notes", call.mutation.id, data))
        return [Ok()] * len(calls)


@dataclass
class Scene:
    town: Town
    house: House
    notes: Notes
    http: httpx.AsyncClient

    async def enrol(self, name: str) -> str:
        phone = await self.town.phone(name)
        return story.token(phone)

    async def push(self, token: str, *mutations: dict[str, Any], **more: Any) -> httpx.Response:
        headers = {"Authorization": token}
        return await self.http.post("/sync/v1/push", json={"mutations": mutations} | more, headers=headers)


@asynccontextmanager
async def scene(database_url: str, folder: Path) -> AsyncIterator[Scene]:
    async with town(database_url, folder) as here:
        notes = Notes()
        house = replace(here.house, kinds={**here.house.kinds, "notes": notes})
        transport = httpx.ASGITransport(app=make_app(house), raise_app_exceptions=False)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as http:
            yield Scene(here, house, notes, http)


def put(text: str = "当番", mid: str = "") -> dict[str, Any]:
    id = ids.new_id()
    return {"mid": mid or id, "t": "notes", "id": id, "op": "put", "d": {"text": text}}


async def all_at_once(here: Scene, *pushes: Any) -> list[httpx.Response]:
    """The first goes alone, and cannot commit before the others have come: they wait for one transaction."""
    async with asyncio.timeout(30):
        return list(await asyncio.gather(*pushes))


def statuses(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [result["status"] for result in answer.json()["results"]]


async def test_one_revoked_phone_among_ten_hears_so_and_the_others_are_written(
    database_url: str, tmp_path: Path
) -> None:
    async with scene(database_url, tmp_path) as here:
        tokens = [await here.enrol(PEOPLE[n % len(PEOPLE)]) for n in range(10)]
        async with here.house.db.write() as session:
            hashed = here.house.keys.vault.token_hash(tokens[4].removeprefix("Bearer "))
            device = await session.scalar(select(Device.id).where(Device.token_hash == hashed))
            assert device is not None
            await revoke_device(session, TENANT, device, None, here.town.clock())
        unknown = "Bearer " + TENANT + "_nobody"
        answers = await all_at_once(here, *(here.push(token, put(), put()) for token in [*tokens, unknown]))
        is_a_problem(answers[4], 403, slug="device-revoked")
        assert answers[4].json()["wipe"] is True
        is_a_problem(answers[10], 401, slug="not-signed-in")
        for n in (0, 1, 2, 3, 5, 6, 7, 8, 9):
            assert statuses(answers[n]) == ["ok", "ok"]
        assert sum(here.notes.groups) == 18
        assert len(here.notes.groups) < 9, "they shared transactions"


@pytest.mark.slow
async def test_what_breaks_the_end_of_a_transaction_is_found_and_at_last_given_up(
    database_url: str, tmp_path: Path
) -> None:
    async with scene(database_url, tmp_path) as here:
        tokens = [await here.enrol(name) for name in PEOPLE]
        bad = put("unwritable")
        for turn in range(TRIES):
            pushes = [
                here.push(token, put(), *([bad] if n == 2 else []), put()) for n, token in enumerate(tokens)
            ]
            answers = await all_at_once(here, *pushes)
            last = "retry" if turn < TRIES - 1 else "rejected"
            assert [statuses(answer) for answer in answers] == [
                ["ok", last, "ok"] if n == 2 else ["ok", "ok"] for n in range(4)
            ]
            here.town.clock.pass_(seconds=APART.total_seconds())
        assert answers[2].json()["results"][1]["code"] == "failed"
        again = await here.push(tokens[2], bad | {"d": {"text": "well now"}})
        assert again.json()["results"][0] == {
            "mid": bad["mid"],
            "id": bad["id"],
            "status": "rejected",
            "code": "failed",
            "dup": True,
        }
        page = (await here.http.get("/sync/v1/pull", headers={"Authorization": tokens[2]})).json()
        told = [change["d"] for change in page["changes"] if change["t"] == "corrections"]
        assert [(each["id"], each["code"]) for each in told] == [(bad["id"], "failed")]


async def test_the_same_push_many_times_at_once_takes_effect_once(database_url: str, tmp_path: Path) -> None:
    async with scene(database_url, tmp_path) as here:
        token = await here.enrol(RESIDENT)
        mutations = [put() for _ in range(20)]
        answers = await all_at_once(here, *(here.push(token, *mutations) for _ in range(8)))
        results = [result for answer in answers for result in answer.json()["results"]]
        assert {result["status"] for result in results} == {"ok"}
        assert sum(not result.get("dup") for result in results) == 20
        late = await all_at_once(here, *(here.push(token, *mutations) for _ in range(3)))
        assert all(result["dup"] for answer in late for result in answer.json()["results"])
        assert sum(here.notes.groups) == 20, "the handler saw each once"


async def test_two_machines_get_the_same_pushes_in_any_order_and_each_counts_once(
    postgresql_database: str, tmp_path: Path
) -> None:
    async with scene(postgresql_database, tmp_path) as here:
        tokens = [await here.enrol(name) for name in PEOPLE]
        other = build(here.house.settings, here.house.keys, {}, here.house.clock, kinds=here.house.kinds)
        transport = httpx.ASGITransport(app=make_app(other), raise_app_exceptions=False)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as http:
            there = replace(here, house=other, http=http)
            for _ in range(5):
                mutations = [put() for _ in range(30)]
                pushes = [here.push(token, *mutations) for token in tokens]
                pushes += [there.push(token, *mutations[::-1]) for token in reversed(tokens)]
                answers = await all_at_once(here, *pushes)
                results = [result for answer in answers for result in answer.json()["results"]]
                assert {result["status"] for result in results} == {"ok"}
                assert sum(not result.get("dup") for result in results) == len(tokens) * 30
            async with here.house.db.read() as session:
                assert len((await session.scalars(select(SyncMutation.mid))).all()) == 5 * len(tokens) * 30
        await other.db.close()


async def test_a_push_that_finds_no_room_is_told_to_come_again(
    sqlite_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "ROOM", 10)
    async with scene(sqlite_database, tmp_path) as here:
        token = await here.enrol(RESIDENT)
        async with here.house.db.write():
            waiting = [asyncio.create_task(here.push(token, *(put() for _ in range(6)))) for _ in range(4)]
            refused, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for each in refused:
                is_a_problem(each.result(), 503, slug="busy")
                assert each.result().headers["retry-after"]
        answers = await asyncio.gather(*waiting)
        assert {each.status_code for each in answers} == {200, 503}


async def test_together_takes_no_more_than_it_may_and_leaves_nobody_behind() -> None:
    taken: list[list[int]] = []
    running = 0

    async def work(items: Sequence[int]) -> Sequence[int]:
        nonlocal running
        running += 1
        assert running <= 2, "two lanes"
        taken.append(list(items))
        await asyncio.sleep(0)
        running -= 1
        return [item * 2 for item in items]

    together = Together(work, weigh=lambda item: item, most=10, lanes=2)
    items = [4, 4, 4, 30, 1, 1, 9, 2]
    async with asyncio.timeout(10):
        assert await asyncio.gather(*(together(item) for item in items)) == [item * 2 for item in items]
        assert [item for some in taken for item in some] == items, "in the order in which they came"
        assert all(sum(some) <= 10 or len(some) == 1 for some in taken)
        for n in range(200):
            # One comes just as a lane ends.
            assert await together(1) == 2, n


async def test_a_push_over_the_limits_is_refused_whole(sqlite_database: str, tmp_path: Path) -> None:
    async with scene(sqlite_database, tmp_path) as here:
        token = await here.enrol(RESIDENT)
        assert statuses(await here.push(token, *(put() for _ in range(100)))) == ["ok"] * 100
        is_a_problem(await here.push(token, *(put() for _ in range(101))), 400, slug="malformed")
        is_a_problem(await here.push(token, put("当" * 90_000)), 413, slug="body-too-large")
        assert sum(here.notes.groups) == 100


async def test_a_push_carries_the_next_page_which_holds_what_it_wrote(
    database_url: str, tmp_path: Path
) -> None:
    async with scene(database_url, tmp_path) as here:
        token = await here.enrol(RESIDENT)
        mutation = put()
        answer = (await here.push(token, mutation, pull={"cursor": None, "limit": 500})).json()
        assert [result["status"] for result in answer["results"]] == ["ok"]
        assert mutation["id"] in [change["id"] for change in answer["pull"]["changes"]]
        nothing = (await here.push(token, pull={"cursor": answer["pull"]["cursor"]})).json()
        assert nothing["results"] == []
        assert nothing["pull"]["changes"] == []
