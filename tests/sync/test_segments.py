"""A client that begins with a segment ends with the same copy as one that reads every page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from random import Random
from typing import Any

import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from sync import snapshots
from sync.errors import ResyncRequired
from sync.models import SyncScope, SyncSegment
from sync.scopes import ScopeKey
from sync.segments import Segment
from tests.sync.phone import Phone
from tests.sync.store import TENANT, A, B, Store, note

pytestmark = pytest.mark.everyday


class Shelf:
    """Where the bytes of segments lie."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.bytes: dict[str, bytes] = {}

    async def make(self, scope: int = 1, chunk: int = 3) -> bool:
        made = await snapshots.make(self.store.read, TENANT, scope, chunk)
        if made is None:
            return False
        self.bytes[made.sha.hex()] = made.body
        async with self.store.write() as session:
            return await snapshots.publish(session, TENANT, made, self.store.now)

    async def pull(self, phone: Phone, scopes: list[ScopeKey], limit: int = 200) -> list[Segment]:
        """All pages. A named segment is stored before the records of its page, and both before the cursor."""
        named: list[Segment] = []
        more = True
        while more:
            page = await self.store.pull(scopes, phone.cursor, limit=limit, segments=lambda it: it.sha256)
            if page.body is None:
                break
            told = msgspec.json.decode(page.body)
            for each in told.get("segments", []):
                records = msgspec.json.decode(self.bytes[each["url"]])["changes"]
                assert len(records) == each["n"]
                assert all(record["q"] <= each["q"] for record in records)
                phone.records |= {(r["s"], r["t"], r["id"]): (r["r"], r["d"]) for r in records}
                named.append(Segment(each["s"], each["q"], each["n"], each["sha256"]))
            more = phone.apply(page.body)["more"]
        return named


@pytest.fixture
def shelf(store: Store) -> Shelf:
    return Shelf(store)


async def test_a_new_client_takes_the_segment_and_what_came_after_it(store: Store, shelf: Shelf) -> None:
    await store.record(*(note(A, f"n{i}", 1) for i in range(8)), note(B, "m", 1))
    await store.record(note(A, "n7", None))
    assert await shelf.make()
    await store.record(note(A, "n0", 2), note(A, "n1", None), note(A, "n8", 1))
    phone, plain = Phone(), Phone()
    [named] = await shelf.pull(phone, [A, B])
    assert (named.scope, named.seq, named.n) == (1, 9, 7)
    await refresh(store, plain, [A, B])
    assert phone.records == plain.records
    assert await shelf.pull(phone, [A, B]) == [], "once it holds the scope, it reads deltas"


async def refresh(store: Store, phone: Phone, scopes: list[ScopeKey]) -> None:
    more = True
    while more:
        page = await store.pull(scopes, phone.cursor)
        more = page.body is not None and phone.apply(page.body)["more"]


async def test_a_segment_at_the_head_is_a_whole_scope_and_its_sums_are_told(
    store: Store, shelf: Shelf
) -> None:
    await store.record(*(note(A, f"n{i}", 1) for i in range(4)))
    await shelf.make()
    page = await store.pull([A], segments=lambda it: it.sha256)
    told = msgspec.json.decode(page.body or b"")
    assert (told["changes"], told["more"], len(told["segments"])) == ([], False, 1)
    assert (told["check"][0]["n"], told["check"][0]["q"]) == (4, 4)


async def test_whoever_does_not_ask_is_named_none_and_nor_is_a_pull_of_some_types(
    store: Store, shelf: Shelf
) -> None:
    await store.record(*(note(A, f"n{i}", 1) for i in range(4)))
    await shelf.make()
    choices: list[dict[str, Any]] = [{}, {"segments": lambda it: it.sha256, "types": ["notes"]}]
    for options in choices:
        page = await store.pull([A], **options)
        assert b"segments" not in (page.body or b"")
        assert len(msgspec.json.decode(page.body or b"")["changes"]) == 4


async def test_a_segment_below_the_floor_is_named_to_nobody(store: Store, shelf: Shelf) -> None:
    await store.record(*(note(A, f"n{i}", 1) for i in range(4)))
    await shelf.make()
    await store.record(note(A, "n0", None))
    await store.collect(A, 5)
    phone = Phone()
    assert await shelf.pull(phone, [A]) == []
    assert {id for _, _, id in phone.records} == {"n1", "n2", "n3"}


async def test_a_client_that_holds_a_segment_is_told_where_a_deletion_was_collected(
    store: Store, shelf: Shelf
) -> None:
    await store.record(*(note(A, f"n{i}", 1) for i in range(4)))
    await shelf.make()
    phone = Phone()
    await shelf.pull(phone, [A])
    await store.record(note(A, "n0", None))
    await store.collect(A, 5)
    with pytest.raises(ResyncRequired, match="compacted"):
        await shelf.pull(phone, [A])


async def test_leaving_removes_what_came_by_a_segment(store: Store, shelf: Shelf) -> None:
    await store.record(*(note(A, f"n{i}", 1) for i in range(5)), note(B, "m", 1))
    await shelf.make()
    phone = Phone()
    await shelf.pull(phone, [A, B])
    await shelf.pull(phone, [B], limit=2)
    assert {scope for scope, _, _ in phone.records} == {2}


@pytest.mark.slow
async def test_what_moves_while_a_segment_is_read_comes_after_it(store: Store) -> None:
    """The chunks are snapshots of their own, and writers go on between them."""
    for seed in range(8):
        await walk(store, Random(seed))


async def walk(store: Store, random: Random) -> None:
    shelf, ids = Shelf(store), [f"n{i}" for i in range(10)]

    async def write() -> None:
        value = random.choice([None, random.random()])
        await store.record(note(A, random.choice(ids), value), note(A, "still", 1))

    @asynccontextmanager
    async def reading() -> AsyncIterator[AsyncSession]:
        for _ in range(random.randrange(3)):
            await write()
        async with store.read() as session:
            yield session

    for _ in range(10):
        await write()
    for _ in range(3):
        made = await snapshots.make(reading, TENANT, 1, chunk=2)
        assert made is not None
        shelf.bytes[made.sha.hex()] = made.body
        async with store.write() as session:
            await snapshots.publish(session, TENANT, made, store.now)
        await write()
        phone, plain = Phone(), Phone()
        assert len(await shelf.pull(phone, [A], limit=random.choice([1, 3, 200]))) == 1
        await refresh(store, plain, [A])
        assert phone.records == plain.records


async def test_a_scope_that_holds_a_sealed_record_has_no_segment(store: Store, shelf: Shelf) -> None:
    await store.record(*(note(A, f"n{i}", 1) for i in range(7)), note(A, "secret", 1, sealed=True))
    assert not await shelf.make()
    assert await store.rows(SyncSegment) == []


async def wanting(store: Store, smallest: int = 4) -> list[int]:
    async with store.read() as session:
        return await snapshots.wanting(session, TENANT, ["block"], store.now, smallest)


async def test_a_segment_is_wanted_of_large_scopes_of_the_right_kind_and_again_when_it_is_behind(
    store: Store, shelf: Shelf
) -> None:
    person = ScopeKey("person", "hanako")
    await store.record(*(note(scope, f"n{i}", 1) for scope in (A, person) for i in range(5)), note(B, "m", 1))
    ids = {(row.kind, row.key): row.id for row in await store.rows(SyncScope)}
    mine = ids["block", "a"]
    assert await wanting(store) == [mine]
    await shelf.make(mine)
    assert await wanting(store) == []
    await store.record(*(note(A, f"x{i}", 1) for i in range(snapshots.GROWN - 1)))
    assert await wanting(store) == []
    await store.record(note(A, "last", 1))
    assert await wanting(store) == [mine]
    await shelf.make(mine)
    store.now += snapshots.KEPT
    assert await wanting(store) == [], "nothing has changed"
    await store.record(note(A, "n0", None))
    assert await wanting(store) == [mine], "deleted text must not lie about"


async def test_a_replaced_segment_stays_a_day_for_those_who_were_named_it(store: Store, shelf: Shelf) -> None:
    await store.record(*(note(A, f"n{i}", 1) for i in range(4)))
    await shelf.make()
    assert not await shelf.make(), "a second worker that made the same changes nothing"
    [first] = await store.rows(SyncSegment)
    await store.record(note(A, "n0", 2))
    assert await shelf.make()

    async def replaced() -> list[bytes]:
        async with store.read() as session:
            return await snapshots.replaced(session, TENANT, store.now)

    assert await replaced() == []
    present = (await store.scope(A)).seg_sha or b""
    async with store.read() as session:
        assert not await snapshots.readable(session, TENANT, [A], first.sha), (
            "with the session the present one"
        )
        assert await snapshots.readable(session, TENANT, [A], present)
        assert not await snapshots.readable(session, TENANT, [B], present)
        assert not await snapshots.readable(session, "yuri", [A], present)
    store.now += timedelta(days=1)
    assert await replaced() == [first.sha]
    async with store.write() as session:
        await snapshots.forget(session, TENANT, first.sha)
        await snapshots.forget(session, TENANT, present)
    assert [row.sha for row in await store.rows(SyncSegment)] == [present], (
        "the present one is never forgotten"
    )


async def test_a_segment_whose_bytes_are_gone_is_named_no_more(store: Store, shelf: Shelf) -> None:
    await store.record(*(note(A, f"n{i}", 1) for i in range(4)))
    await shelf.make()
    sha = (await store.scope(A)).seg_sha or b""
    async with store.write() as session:
        await snapshots.withdraw(session, TENANT, sha, store.now)
    phone = Phone()
    assert await shelf.pull(phone, [A]) == []
    assert len(phone.records) == 4
    assert await shelf.make(), "and is made again"
    assert len(await shelf.pull(Phone(), [A])) == 1


async def outlived(store: Store, smallest: int = 4) -> list[bytes]:
    async with store.read() as session:
        return await snapshots.outlived(session, TENANT, store.now, smallest)


async def test_a_segment_of_a_scope_that_shrank_has_outlived_it_within_a_day(
    store: Store, shelf: Shelf
) -> None:
    await store.record(*(note(A, f"n{i}", 1) for i in range(5)))
    await shelf.make()
    present = (await store.scope(A)).seg_sha or b""
    store.now += snapshots.KEPT
    await store.record(note(A, "n0", None))
    assert await outlived(store) == [], "large enough to be made anew"
    await store.record(note(A, "n1", None))
    assert await wanting(store) == []
    store.now -= timedelta(seconds=1)
    assert await outlived(store) == []
    store.now += timedelta(seconds=1)
    assert await outlived(store) == [present], "deleted text must not lie about"
    async with store.write() as session:
        await snapshots.withdraw(session, TENANT, present, store.now)
    assert await outlived(store) == []
    assert [row.replaced_at for row in await store.rows(SyncSegment)] == [store.now]
    assert await shelf.pull(Phone(), [A]) == []


async def test_a_segment_of_a_scope_that_shrank_has_outlived_it_at_once_below_the_floor(
    store: Store, shelf: Shelf
) -> None:
    await store.record(*(note(A, f"n{i}", 1) for i in range(4)))
    await shelf.make()
    await store.record(note(A, "n0", None))
    assert await outlived(store) == []
    await store.collect(A, 5)
    assert await outlived(store) == [(await store.scope(A)).seg_sha]


async def test_the_segment_of_a_scope_is_known_while_it_is_named(store: Store, shelf: Shelf) -> None:
    async def named() -> bytes | None:
        async with store.read() as session:
            return await snapshots.named(session, TENANT, 1)

    await store.record(*(note(A, f"n{i}", 1) for i in range(4)))
    assert await named() is None
    await shelf.make()
    await store.record(note(A, "secret", 1, sealed=True))
    assert not await shelf.make()
    present = await named()
    assert present == (await store.scope(A)).seg_sha
    async with store.write() as session:
        await snapshots.withdraw(session, TENANT, present or b"", store.now)
    assert await named() is None
