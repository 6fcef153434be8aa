"""Every mutation takes effect once, is answered always, and stands in nobody's way."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from sync import record
from sync.errors import Malformed
from sync.models import SyncMutation, SyncRecord
from sync.push import (
    Call,
    Conflict,
    Mutation,
    Ok,
    Outcome,
    Rejected,
    Result,
    Retry,
    parse_mutations,
    push,
)
from tests.sync.store import NOW, TENANT, A, Deed, Note, Store, note

pytestmark = pytest.mark.everyday


class NoRight(Exception):
    code = "no-longer-officer"


async def notes(session: AsyncSession, calls: Sequence[Call]) -> Sequence[Outcome]:
    return [await write(session, call.mutation) for call in calls]


async def write(session: AsyncSession, mutation: Mutation) -> Outcome:
    """Does its work, and then what the mutation's text asks for."""
    text = (mutation.data or {}).get("text", "")
    session.add(Deed(mid=mutation.mid))
    session.add(Note(id=f"{mutation.id}.{mutation.mid}", text=text))
    record(session, TENANT, note(A, mutation.id, text or None))
    await session.flush()
    match text:
        case "forbidden":
            raise NoRight
        case "poison":
            raise RuntimeError("secret of the author")
        case "broken":
            session.expunge_all()
            session.add(Note(id=f"{mutation.id}.{mutation.mid}", text="the same key again"))
            await session.flush()
        case "rejected":
            return Rejected("withdrawn")
        case "conflict":
            return Conflict({"v": "theirs"})
        case "later":
            return Retry()
    return Ok()


def refuse(error: Exception) -> str | None:
    return error.code if isinstance(error, NoRight) else None


async def correct(session: AsyncSession, context: Any, mutation: Mutation, code: str) -> None:
    record(session, TENANT, note(A, f"correction.{mutation.id}", code, type="corrections"))


async def current(session: AsyncSession, context: Any, mutation: Mutation) -> Mapping[str, Any]:
    return {"v": "afresh"}


def put(mid: str, text: str = "hello", id: str = "n1") -> Mutation:
    return Mutation(mid, "notes", id, "put", {"text": text})


async def send(store: Store, *mutations: Mutation, device: str = "phone") -> list[Result]:
    async with store.write() as session:
        return await push(
            session,
            TENANT,
            device,
            mutations,
            {"notes": notes},
            None,
            NOW,
            refuse=refuse,
            current=current,
            correct=correct,
        )


async def test_a_mutation_is_applied_and_answered(store: Store) -> None:
    results = await send(store, put("m1"))
    assert msgspec.json.encode(results) == b'[{"mid":"m1","id":"n1","status":"ok"}]'
    assert await store.deeds() == {"m1": 1}
    assert [row.rid for row in await store.rows(SyncRecord)] == ["n1"]


async def test_a_repeated_mutation_takes_effect_once_and_gets_the_same_answer(store: Store) -> None:
    await send(store, put("m1"))
    assert await send(store, put("m1")) == [Result("m1", "n1", "ok", dup=True)]
    assert await store.deeds() == {"m1": 1}


async def test_a_mutation_twice_in_one_batch_takes_effect_once(store: Store) -> None:
    results = await send(store, put("m1"), put("m1"))
    assert [result.dup for result in results] == [False, True]
    assert await store.deeds() == {"m1": 1}


async def test_the_same_mid_from_another_phone_is_another_mutation(store: Store) -> None:
    await send(store, put("m1", id="n1"))
    assert await send(store, put("m1", id="n2"), device="tablet") == [Result("m1", "n2", "ok")]
    assert await store.deeds() == {"m1": 2}


async def test_the_same_batch_on_many_connections_at_once_takes_effect_once(store: Store) -> None:
    batch = [put(f"m{i}", id=f"n{i}") for i in range(5)]
    answers = await asyncio.gather(*(send(store, *batch) for _ in range(6)))
    assert await store.deeds() == {f"m{i}": 1 for i in range(5)}
    assert {result.status for results in answers for result in results} == {"ok"}
    assert sum(not result.dup for results in answers for result in results) == 5


@pytest.mark.parametrize("text", ["poison", "broken", "later"])
async def test_a_mutation_that_fails_does_not_block_the_queue(store: Store, text: str) -> None:
    results = await send(store, put("m1", id="n1"), put("m2", text, id="n2"), put("m3", id="n3"))
    assert [result.status for result in results] == ["ok", "retry", "ok"]
    assert await store.deeds() == {"m1": 1, "m3": 1}
    assert [row.rid for row in await store.rows(SyncRecord)] == ["n1", "n3"]
    assert [row.id for row in await store.rows(Note)] == ["n1.m1", "n3.m3"]


@pytest.mark.parametrize("text", ["poison", "later"])
async def test_a_mutation_answered_retry_counts_as_never_applied(store: Store, text: str) -> None:
    await send(store, put("m1", text))
    assert await send(store, put("m1", "well now")) == [Result("m1", "n1", "ok")]
    assert await store.deeds() == {"m1": 1}


async def test_a_failure_is_logged_without_its_data(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        await send(store, put("m1", "poison"))
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text
    assert caplog.records[0].exc_info is None


async def test_a_refused_mutation_is_final_undone_and_corrected(store: Store) -> None:
    first = await send(store, put("m1", "forbidden"))
    assert first == [Result("m1", "n1", "rejected", code="no-longer-officer", current={"v": "afresh"})]
    assert await store.deeds() == {}
    assert [(row.type, row.rid) for row in await store.rows(SyncRecord)] == [("corrections", "correction.n1")]
    again = await send(store, put("m1", "allowed now"))
    assert again == [msgspec.structs.replace(first[0], dup=True)]
    assert "afresh" not in (await store.rows(SyncMutation))[0].result, "what is kept holds no data"
    assert await store.deeds() == {}


async def test_what_a_handler_did_before_it_answered_rejected_is_kept(store: Store) -> None:
    assert (await send(store, put("m1", "rejected")))[0].code == "withdrawn"
    assert await store.deeds() == {"m1": 1}


async def test_a_type_nobody_handles_is_rejected(store: Store) -> None:
    results = await send(store, Mutation("m1", "stamps", "st.a.b.1", "put", {}))
    assert results == [Result("m1", "st.a.b.1", "rejected", code="unknown-type", current={"v": "afresh"})]


async def test_a_conflict_shows_what_is_there_and_its_repeat_what_is_there_now(store: Store) -> None:
    assert (await send(store, put("m1", "conflict")))[0].current == {"v": "theirs"}
    kept = (await store.rows(SyncMutation))[0].result
    assert "theirs" not in kept, "answers are kept for 180 days and hold no data"
    assert await send(store, put("m1", "conflict")) == [
        Result("m1", "n1", "conflict", dup=True, current={"v": "afresh"})
    ]


async def test_a_correction_that_fails_takes_the_rejection_back(store: Store) -> None:
    async def broken(*_: Any) -> None:
        raise RuntimeError

    async with store.write() as session:
        results = await push(
            session,
            TENANT,
            "phone",
            [put("m1", "forbidden")],
            {"notes": notes},
            None,
            NOW,
            refuse=refuse,
            current=current,
            correct=broken,
        )
    assert results[0].status == "retry"
    assert await send(store, put("m1", "allowed now")) == [Result("m1", "n1", "ok")]


def wire(**changed: Any) -> dict[str, Any]:
    return {"mid": "m1", "t": "notes", "id": "n1", "op": "put", "d": {"text": "あ"}} | changed


def test_mutations_are_read_from_the_wire() -> None:
    deletion = {
        "mid": "m-2",
        "t": "stamps",
        "id": "st.a_B-9.b.1",
        "op": "delete",
        "base": 3,
        "new": "ignored",
    }
    assert parse_mutations({"mutations": [wire(), deletion], "pull": {"cursor": None}}) == [
        Mutation("m1", "notes", "n1", "put", {"text": "あ"}),
        Mutation("m-2", "stamps", "st.a_B-9.b.1", "delete", None, 3),
    ]


@pytest.mark.parametrize(
    "changed",
    [
        {"mid": ""},
        {"mid": "x" * 65},
        {"mid": "a b"},
        {"mid": "a\n"},
        {"mid": 1},
        {"t": "Notes"},
        {"t": ""},
        {"t": "notes\n"},
        {"id": ""},
        {"id": "."},
        {"id": "a..b"},
        {"id": "a" * 23},
        {"id": "é"},
        {"id": "n1\n"},
        {"id": ".".join(["a" * 10] * 6)},
        {"op": "patch"},
        {"op": "delete"},
        {"d": None},
        {"d": []},
        {"base": 1.5},
        {"base": {}},
    ],
)
def test_what_cannot_be_read_is_malformed(changed: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match=r"mutations\["):
        parse_mutations({"mutations": [wire(**changed)]})


@pytest.mark.parametrize(
    "payload", [None, [], "", {}, {"mutations": {}}, {"mutations": [None]}, {"mutations": [wire()] * 101}]
)
def test_a_payload_of_another_shape_is_malformed(payload: object) -> None:
    with pytest.raises(Malformed):
        parse_mutations(payload)


def test_an_id_of_64_characters_is_the_longest() -> None:
    longest = ".".join(["a" * 22, "b" * 22, "c" * 18])
    assert len(longest) == 64
    assert parse_mutations({"mutations": [wire(id=longest)]})[0].id == longest
