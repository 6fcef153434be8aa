"""Many pushes in one transaction: each mutation takes effect once, and no phone notices the others."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sync import record
from sync.claims import APART, TRIES
from sync.models import SyncRecord
from sync.push import (
    Call,
    Conflict,
    Mutation,
    Ok,
    Outcome,
    Push,
    Rejected,
    Result,
    Retry,
    Rules,
    one_by_one,
    push_all,
)
from tests.sync.store import NOW, TENANT, A, Deed, Note, Store, note, stands

pytestmark = pytest.mark.everyday


class NoRight(Exception):
    pass


@dataclass
class Kind:
    """Notes, written in sets. What a note's text asks for is done to the whole set, as a real mistake would."""

    sets: list[list[str]] = field(default_factory=list)

    async def __call__(self, session: AsyncSession, calls: Sequence[Call]) -> Sequence[Outcome]:
        self.sets.append([call.mutation.mid for call in calls])
        asked = select(Note).where(Note.id.in_({call.mutation.id for call in calls}))
        known = {note.id: note for note in await session.scalars(asked)}
        return [self.write(session, call, known) for call in calls]

    def write(self, session: AsyncSession, call: Call, known: dict[str, Note]) -> Outcome:
        asked, text = call.mutation, (call.mutation.data or {}).get("text", "")
        if text.startswith("edit"):
            # Of what the one before it in this push has made.
            known[asked.id].text += text
        elif asked.id not in known:
            known[asked.id] = Note(id=asked.id, text=text)
            session.add(known[asked.id])
        session.add(Deed(mid=f"{call.context}.{asked.mid}"))
        record(session, TENANT, note(A, asked.id, text))
        match text:
            case "poison":
                raise RuntimeError("secret of the author")
            case "forbidden":
                raise NoRight
            case "later":
                return Retry()
            case "rejected":
                return Rejected("withdrawn")
            case "conflict":
                return Conflict({"v": "theirs"})
            case "full":
                # The same key twice: found by the flush at the end of the savepoint, not by the handler.
                session.add(Note(id=asked.id + ".x", text="1"))
                session.expunge_all()
                session.add(Note(id="n0", text="2"))
        return Ok()


def refuse(error: Exception) -> str | None:
    return "no-right" if isinstance(error, NoRight) else None


async def correct(session: AsyncSession, context: Any, mutation: Mutation, code: str) -> None:
    record(session, TENANT, note(A, f"c.{mutation.id}", code, type="corrections"))


def rules(kind: Any) -> Rules:
    return Rules({"notes": kind}, refuse, stands, correct)


def put(mid: str, text: str = "hello", id: str = "") -> Mutation:
    return Mutation(mid, "notes", id or f"n.{mid}", "put", {"text": text})


def push(device: str, *mutations: Mutation) -> Push:
    return Push(TENANT, device, device, mutations)


async def send(store: Store, *pushes: Push, kind: Any = None, after: timedelta = timedelta()) -> Any:
    async with store.write() as session:
        return await push_all(session, pushes, rules(kind or Kind()), NOW + after)


def words(answers: Sequence[Sequence[Result]]) -> list[list[str]]:
    return [[result.status for result in results] for results in answers]


async def test_a_group_is_one_call_of_the_handler_and_each_push_has_its_own_answer(store: Store) -> None:
    kind = Kind()
    pushes = [push(f"phone{n}", put(f"a{n}"), put(f"b{n}")) for n in range(10)]
    answers = await send(store, *pushes, kind=kind)
    assert len(kind.sets) == 1
    assert answers == [
        [Result(f"a{n}", f"n.a{n}", "ok"), Result(f"b{n}", f"n.b{n}", "ok")] for n in range(10)
    ]
    assert len(await store.deeds()) == 20


async def test_of_two_mutations_to_one_record_the_second_sees_the_first(store: Store) -> None:
    first, second = put("m1", "当番", id="n1"), put("m2", "edited", id="n1")
    assert words(await send(store, push("phone", first, second))) == [["ok", "ok"]]
    assert [row.text for row in await store.rows(Note)] == ["当番edited"]


@pytest.mark.parametrize("text", ["poison", "later", "forbidden", "full"])
@pytest.mark.parametrize("which", [0, 37, 99])
async def test_one_bad_mutation_among_a_hundred_stands_alone(store: Store, text: str, which: int) -> None:
    await send(store, push("earlier", put("x", id="n0")))
    kind = Kind()
    mutations = [put(f"m{n}", text if n == which else "hello") for n in range(100)]
    answers = await send(
        store, *(push(f"phone{n}", *mutations[n : n + 20]) for n in range(0, 100, 20)), kind=kind
    )
    found = [result for results in answers for result in results]
    assert [result.status for result in found if result.mid != f"m{which}"] == ["ok"] * 99
    assert found[which].status == ("rejected" if text == "forbidden" else "retry")
    deeds = await store.deeds()
    assert set(deeds.values()) == {1}, "what was taken back has left nothing"
    assert len(deeds) == 100
    assert f"n.m{which}" not in [row.rid for row in await store.rows(SyncRecord)], "in the log neither"
    assert len(kind.sets) <= 1 + 2 * 7 + 1, "found by halving, not one by one"


async def test_the_same_mutation_in_two_pushes_of_a_group_takes_effect_once(store: Store) -> None:
    again = push("phone", put("m1"), put("m2"))
    answers = await send(store, again, again, push("phone", put("m2"), put("m3")))
    assert [[(r.mid, r.status, r.dup) for r in results] for results in answers] == [
        [("m1", "ok", False), ("m2", "ok", False)],
        [("m1", "ok", True), ("m2", "ok", True)],
        [("m2", "ok", True), ("m3", "ok", False)],
    ]
    assert await store.deeds() == {"phone.m1": 1, "phone.m2": 1, "phone.m3": 1}


@pytest.mark.slow
async def test_groups_that_share_mutations_in_any_order_and_at_once_apply_each_once(store: Store) -> None:
    """Many, so that claims not made in one order would wait for each other in a circle."""
    for turn in range(3):
        mutations = [put(f"m{turn}.{n}") for n in range(400)]
        orders = [
            mutations,
            mutations[::-1],
            mutations[200:] + mutations[:200],
            mutations[::2] + mutations[1::2],
        ]
        answers = await asyncio.gather(*(send(store, push("phone", *order)) for order in orders))
        fresh = [result.mid for [results] in answers for result in results if not result.dup]
        assert sorted(fresh) == sorted(mutation.mid for mutation in mutations)
        assert {result.status for [results] in answers for result in results} == {"ok"}
    deeds = await store.deeds()
    assert len(deeds) == 1200
    assert set(deeds.values()) == {1}


async def test_a_repeat_is_answered_as_the_first_time_whatever_that_was(store: Store) -> None:
    mixed = push(
        "phone",
        put("m1"),
        put("m2", "rejected"),
        put("m3", "conflict"),
        Mutation("m4", "what", "n", "delete"),
    )
    [first] = await send(store, mixed)
    assert [(r.status, r.code) for r in first] == [
        ("ok", None),
        ("rejected", "withdrawn"),
        ("conflict", None),
        ("rejected", "unknown-type"),
    ]
    [again] = await send(store, mixed)
    assert [(r.status, r.code, r.dup) for r in again] == [(r.status, r.code, True) for r in first]
    assert set((await store.deeds()).values()) == {1}


async def test_a_repeated_conflict_shows_what_stands_now_and_its_handler_is_not_asked_again(
    store: Store,
) -> None:
    kind, asked = Kind(), push("phone", put("m1", "conflict", id="n1"))
    [[first]] = await send(store, asked, kind=kind)
    assert (first.status, first.current) == ("conflict", {"v": "theirs"})
    for now in ({"v": "later"}, None):
        await store.record(note(A, "n1", now and now["v"]))
        [[again]] = await send(store, asked, kind=kind)
        assert (again.status, again.dup, again.current) == ("conflict", True, now)
    assert kind.sets == [["m1"]]


async def test_what_fails_five_times_is_rejected_and_its_author_told(store: Store) -> None:
    for turn in range(TRIES - 1):
        assert words(await send(store, push("phone", put("m1", "poison")), after=turn * APART)) == [["retry"]]
    last = await send(store, push("phone", put("m1", "poison"), put("m2")), after=TRIES * APART)
    assert last == [[Result("m1", "n.m1", "rejected", code="failed"), Result("m2", "n.m2", "ok")]]
    assert ("corrections", "c.n.m1") in [(row.type, row.rid) for row in await store.rows(SyncRecord)]
    [[again]] = await send(store, push("phone", put("m1", "well now")), after=(TRIES + 1) * APART)
    assert (again.status, again.code, again.dup) == ("rejected", "failed", True)
    assert await store.deeds() == {"phone.m2": 1}


async def test_failures_in_a_hurry_count_once(store: Store) -> None:
    for _ in range(2 * TRIES):
        assert words(await send(store, push("phone", put("m1", "poison")))) == [["retry"]]
    assert words(await send(store, push("phone", put("m1")))) == [["ok"]]
    [[again]] = await send(store, push("phone", put("m1")))
    assert (again.status, again.dup) == ("ok", True)
    assert await store.deeds() == {"phone.m1": 1}


async def test_a_handler_that_asks_for_another_time_is_never_given_up(store: Store) -> None:
    for turn in range(2 * TRIES):
        assert words(await send(store, push("phone", put("m1", "later")), after=turn * APART)) == [["retry"]]
    assert await store.deeds() == {}


async def test_a_kind_that_is_written_one_by_one_refuses_one_without_taking_back_the_others(
    store: Store,
) -> None:
    tried: list[str] = []

    async def single(session: AsyncSession, context: Any, mutation: Mutation) -> Outcome:
        tried.append(mutation.mid)
        session.add(Deed(mid=mutation.mid))
        if mutation.mid == "m3":
            raise NoRight
        record(session, TENANT, note(A, mutation.id, "x"))
        return Ok()

    answers = await send(
        store, push("phone", *(put(f"m{n}") for n in range(6))), kind=one_by_one(single, refuse)
    )
    assert words(answers) == [["ok", "ok", "ok", "rejected", "ok", "ok"]]
    assert tried == [f"m{n}" for n in range(6)]
    assert "m3" not in await store.deeds()


async def test_failures_are_logged_without_their_data(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        await send(store, push("phone", put("m1"), put("m2", "poison")))
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text


async def test_an_empty_group_and_an_empty_push_are_answered_with_nothing(store: Store) -> None:
    assert await send(store, push("phone"), push("tablet")) == [[], []]
    assert await send(store, push("phone"), push("tablet", put("m1"))) == [[], [Result("m1", "n.m1", "ok")]]
