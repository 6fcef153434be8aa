"""The tails in memory say what the log says, whatever was written, deleted or collected in between."""

from __future__ import annotations

import random

import pytest

from sync.delta import Head, Row
from sync.errors import ResyncRequired
from sync.tails import MOST, MOST_BYTES, Tails, tail
from tests.sync.store import A, B, Store, note

IDS = [f"n{i}" for i in range(6)]


async def told(store: Store, cursor: str | None, limit: int) -> object:
    try:
        page = await store.pull([A, B], cursor, limit=limit)
    except ResyncRequired as refused:
        return refused.reason
    return page


@pytest.mark.parametrize("seed", range(6))
async def test_a_page_from_memory_is_the_page_from_the_log(store: Store, seed: int) -> None:
    chance = random.Random(seed)
    await store.record(note(A, "n0", 0), note(B, "n0", 0))
    cursors: list[str | None] = [None]
    shared = store.tails
    for step in range(40):
        value = None if chance.random() < 0.3 else step
        await store.record(note(chance.choice([A, B]), chance.choice(IDS), value))
        if chance.random() < 0.1:
            await store.collect(chance.choice([A, B]), chance.randrange(step + 1))
        cursor, limit = chance.choice(cursors), chance.choice([1, 2, 200])
        store.tails = shared
        remembered = await told(store, cursor, limit)
        store.tails = Tails()
        assert remembered == await told(store, cursor, limit)
        cursors.append(getattr(remembered, "cursor", None))
    assert shared.size, "something was remembered, or this test shows nothing"


async def test_what_lies_sealed_never_lies_open_in_memory(store: Store) -> None:
    await store.record(note(A, "n1", "090-0000-0000", sealed=True))
    page = await store.pull([A])
    assert b"090-0000-0000" in (page.body or b"")
    await store.record(note(A, "n2", 2))
    assert (await store.pull([A], page.cursor)).body
    await store.record(note(A, "n3", "090-0000-0000", sealed=True))
    assert b"090-0000-0000" in ((await store.pull([A], page.cursor)).body or b"")
    kept = [row.wire for each in store.tails._tails.values() for row in each.rows]
    assert not any(b"090" in wire for wire in kept)


def rows(number: int, size: int = 10) -> list[Row]:
    return [Row("notes", f"n{i}", i, 1, b"x" * size) for i in range(1, number + 1)]


def test_a_tail_keeps_the_newest_that_find_room() -> None:
    many = tail(Head(1, 1000, 0, 0, 0), 0, rows(1000))
    assert (len(many.rows), many.after, many.seqs[-1]) == (MOST, 1000 - MOST, 1000)
    large = tail(Head(1, 9, 0, 0, 0), 0, rows(9, MOST_BYTES // 4))
    assert (len(large.rows), large.after) == (1, 8)


def test_the_tails_of_a_process_stay_within_their_bytes() -> None:
    tails = Tails(most=20_000)
    for scope in range(50):
        tails.put("hana", 1, scope, tail(Head(scope, 9, 0, 0, 0), 0, rows(9, 100)))
        assert tails.size <= 20_000
    assert tails.find("hana", 1, 0) is None
    assert tails.find("hana", 1, 49) is not None
    tails.put("hana", 1, 49, None)
    tails.forget()
    assert tails.size == 0
