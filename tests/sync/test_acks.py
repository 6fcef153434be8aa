"""What a phone has shown to hold is written once and never goes back."""

import asyncio

import pytest

from sync.acks import Ack, Advance, records_between, save_acks
from sync.models import SyncAck
from tests.sync.store import TENANT, A, Store, note

pytestmark = pytest.mark.everyday


async def save(store: Store, *acks: Ack, device: str = "phone") -> list[Advance]:
    async with store.write() as session:
        return (await save_acks(session, TENANT, {device: acks})).get(device, [])


async def test_acknowledgements_advance_from_where_they_were(store: Store) -> None:
    assert await save(store, Ack(2, 4), Ack(1, 5)) == [Advance(1, 0, 5), Advance(2, 0, 4)]
    assert await save(store, Ack(1, 9), Ack(2, 4)) == [Advance(1, 5, 9)]


async def test_the_same_again_and_less_than_before_say_nothing(store: Store) -> None:
    await save(store, Ack(1, 5))
    assert await save(store, Ack(1, 5)) == []
    assert await save(store, Ack(1, 3)) == []
    assert [row.seq for row in await store.rows(SyncAck)] == [5]


async def test_of_a_scope_named_twice_the_furthest_counts(store: Store) -> None:
    assert await save(store, Ack(1, 5), Ack(1, 3)) == [Advance(1, 0, 5)]


async def test_each_phone_has_its_own(store: Store) -> None:
    await save(store, Ack(1, 5))
    assert await save(store, Ack(1, 2), device="tablet") == [Advance(1, 0, 2)]
    assert await save(store) == []


async def test_many_phones_are_noted_together_as_each_would_be_alone(store: Store) -> None:
    await save(store, Ack(1, 5), device="tablet")
    acks = {"phone": [Ack(1, 2), Ack(2, 7)], "tablet": [Ack(1, 6), Ack(2, 1)], "watch": []}
    async with store.write() as session:
        assert await save_acks(session, TENANT, acks) == {
            "phone": [Advance(1, 0, 2), Advance(2, 0, 7)],
            "tablet": [Advance(1, 5, 6), Advance(2, 0, 1)],
        }
    async with store.write() as session:
        assert await save_acks(session, TENANT, acks) == {}


async def test_two_requests_at_once_report_an_advance_once(store: Store) -> None:
    reports = await asyncio.gather(*(save(store, Ack(1, 5), Ack(2, 6)) for _ in range(4)))
    assert sorted(filter(None, reports)) == [[Advance(1, 0, 5), Advance(2, 0, 6)]]


async def test_the_records_of_an_advance_are_those_that_stand_there(store: Store) -> None:
    await store.record(*(note(A, f"n{i}", i) for i in range(1, 6)), note(A, "s1", 1, type="stamps"))
    await store.record(note(A, "n2", None), note(A, "n3", "moved"))
    async with store.read() as session:
        steps = [Advance(1, 1, 6), Advance(1, 6, 8), Advance(1, 7, 8)]
        found = await records_between(session, TENANT, steps, "notes")
        assert found == {steps[0]: {"n4", "n5"}, steps[1]: {"n3"}, steps[2]: {"n3"}}
        assert await records_between(session, TENANT, [Advance(1, 0, 8)], "stamps") == {
            Advance(1, 0, 8): {"s1"}
        }
        assert await records_between(session, TENANT, [Advance(1, 1, 2)], "stamps") == {}
        assert await records_between(session, TENANT, [], "notes") == {}
