"""The manifest says what stands, to members alone, and one record after another can be had again."""

from typing import Any

import msgspec
import pytest

from sync.errors import Malformed
from sync.journal import h64
from sync.manifest import Asker, Wanted, manifest, parse, wanted
from sync.models import SyncRecord, SyncScope
from tests.sync.store import TENANT, A, B, Store, note, unseal


async def asked(store: Store, scope: int, members: Any = (A,), tenant: str = TENANT) -> dict[str, Any] | None:
    async with store.read() as session:
        body = await manifest(session, Asker(tenant, members), scope)
    return None if body is None else msgspec.json.decode(body)


async def had(store: Store, scope: int, want: list[Any], members: Any = (A,)) -> list[dict[str, Any]] | None:
    async with store.read() as session:
        body = await wanted(session, Asker(TENANT, members), Wanted(scope, want), unseal)
    return None if body is None else msgspec.json.decode(body)["changes"]


async def test_a_manifest_names_what_lives_and_its_sums_are_those_recomputed(store: Store) -> None:
    await store.record(note(A, "n1", 1), note(A, "n2", 1), note(A, "n3", 1), note(A, "n1", 2, type="stamps"))
    await store.record(note(A, "n2", 2), note(A, "n3", None), note(B, "n9", 1))
    told = await asked(store, 1)
    assert told is not None
    assert told["records"] == [["notes", "n1", 1], ["stamps", "n1", 1], ["notes", "n2", 2]]
    x = 0
    for type, id, rev in told["records"]:
        x ^= h64(type, id, rev) % 2**64
    assert (told["scope"], told["q"], told["n"], told["x"]) == (1, 6, 3, f"{x:016x}")
    assert {row.h64 for row in await store.rows(SyncRecord, scope_id=1) if not row.deleted} == {
        h64(*name) for name in told["records"]
    }


async def test_a_scope_of_others_is_answered_like_one_that_never_was(store: Store) -> None:
    await store.record(note(A, "n1", 1), note(B, "n9", 1))
    assert [await asked(store, 2), await asked(store, 99), await asked(store, 1, tenant="yuri")] == [None] * 3
    want = [("notes", "n9")]
    assert [await had(store, 2, want), await had(store, 99, want), await had(store, 2, want, ())] == [
        None
    ] * 3


async def test_what_is_wanted_comes_as_on_a_page_opened_and_in_order(store: Store) -> None:
    await store.record(note(A, "n1", 1), note(A, "n2", "secret", sealed=True), note(A, "n3", 1))
    await store.record(note(A, "n3", None))
    names = [("notes", "n3"), ("notes", "n2"), ("notes", "never"), ("notes", "n1"), ("stamps", "n1")]
    assert await had(store, 1, names) == [
        {"t": "notes", "id": "n3", "s": 1, "q": 4, "x": 1},
        {"t": "notes", "id": "n2", "s": 1, "q": 2, "r": 1, "d": {"v": "secret"}},
        {"t": "notes", "id": "never", "s": 1, "x": 2},
        {"t": "notes", "id": "n1", "s": 1, "q": 1, "r": 1, "d": {"v": 1}},
        {"t": "stamps", "id": "n1", "s": 1, "x": 2},
    ]


async def test_large_records_come_in_several_answers_and_the_first_always_fits(store: Store) -> None:
    large = "x" * 200_000
    await store.record(*(note(A, f"n{i}", large) for i in range(4)), note(A, "huge", large * 4))
    names = [("notes", f"n{i}") for i in range(4)]
    assert [each["id"] for each in await had(store, 1, names) or ()] == ["n0", "n1"]
    assert [each["id"] for each in await had(store, 1, names[2:]) or ()] == ["n2", "n3"]
    assert len(await had(store, 1, [("notes", "huge"), ("notes", "n0")]) or ()) == 1


async def test_an_empty_scope_has_an_empty_manifest(store: Store) -> None:
    await store.record(note(A, "n1", 1))
    await store.record(note(A, "n1", None))
    assert await asked(store, 1) == {"scope": 1, "q": 2, "n": 0, "x": "0" * 16, "records": []}
    assert (await store.rows(SyncScope))[0].live_x == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"scope":1}',
        b'{"scope":-1,"want":[]}',
        b'{"scope":9223372036854775808,"want":[]}',
        b'{"scope":"1","want":[]}',
        b'{"scope":1,"want":[["notes"]]}',
        b'{"scope":1,"want":[["notes","a b"]]}',
        b'{"scope":1,"want":[["Notes","a"]]}',
        b'{"scope":1,"want":[["notes","a\\u0000"]]}',
        b'{"scope":1,"want":' + msgspec.json.encode([["notes", "a"]] * 201) + b"}",
        b'{"scope":1,"want":' + b"[" * 10_000,
        b'{"scope":1,"want":[["notes","\xff"]]}',
    ],
)
def test_what_cannot_be_read_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        parse(body)
