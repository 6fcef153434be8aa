"""A pull over the real log: what a member is told, in which order, and when there is nothing to tell."""

import msgspec
import pytest

from sync.cursor import Position
from sync.errors import Ahead, CursorMalformed, ResyncRequired
from sync.journal import h64
from sync.models import SyncMeta, SyncScope
from sync.pull import Page, Signer
from sync.scopes import ScopeKey
from tests.sync.phone import Phone
from tests.sync.store import A, B, Store, note

pytestmark = pytest.mark.everyday


def told(page: Page) -> list[tuple[str, object]]:
    assert page.body is not None
    changes = msgspec.json.decode(page.body)["changes"]
    return [(change["id"], change.get("x") or change["d"]["v"]) for change in changes]


async def test_the_first_pull_is_a_snapshot_in_the_order_of_delivery(store: Store) -> None:
    await store.record(note(A, "n1", "あ"), note(B, "n2", 2), note(A, "n3", 3))
    page = await store.pull([B, A])
    assert told(page) == [("n2", 2), ("n1", "あ"), ("n3", 3)]
    assert page.more is False


async def test_the_wire_is_as_the_protocol_says(store: Store) -> None:
    await store.record(note(A, "n1", 1), note(A, "n2", 2))
    await store.record(note(A, "n2", None), note(A, "n1", 7))
    first = await store.pull([A], limit=1)
    assert first.body is not None
    assert msgspec.json.decode(first.body) == {
        "changes": [{"t": "notes", "id": "n1", "s": 1, "q": 4, "r": 2, "d": {"v": 7}}],
        "more": False,
        "cursor": first.cursor,
        "serverTime": "2026-04-01T09:30:00.000+00:00",
        "check": [{"s": 1, "q": 4, "n": 1, "x": f"{h64('notes', 'n1', 2) % 2**64:016x}"}],
    }


async def test_each_scope_is_summed_on_the_page_that_ends_it(store: Store) -> None:
    await store.record(note(A, "n1", 1), note(B, "n2", 2), note(A, "n3", 3))
    first = await store.pull([B, A], limit=2)
    last = await store.pull([B, A], first.cursor, limit=2)
    assert (first.more, last.more) == (True, False)
    sums = [msgspec.json.decode(page.body or b"")["check"] for page in (first, last)]
    assert [[(each["s"], each["n"]) for each in some] for some in sums] == [[(2, 1)], [(1, 2)]]


async def test_where_nothing_is_new_there_is_no_body_and_the_same_cursor(store: Store) -> None:
    await store.record(note(A, "n1", 1))
    first = await store.pull([A])
    again = await store.pull([A], first.cursor)
    assert (again.body, again.cursor, again.more) == (None, first.cursor, False)


async def test_a_person_in_no_scope_gets_an_empty_page_and_a_cursor(store: Store) -> None:
    page = await store.pull([A])
    assert told(page) == []
    assert (await store.pull([A], page.cursor)).body is None


async def test_a_scope_written_for_the_first_time_reaches_its_waiting_members(store: Store) -> None:
    before = await store.pull([A])
    await store.record(note(A, "n1", 1))
    assert told(await store.pull([A], before.cursor)) == [("n1", 1)]


async def test_a_delta_holds_only_what_changed_and_tells_deletions(store: Store) -> None:
    await store.record(note(A, "n1", 1), note(A, "n2", 2), note(A, "n3", 3))
    first = await store.pull([A])
    await store.record(note(A, "n2", None), note(A, "n3", 4))
    assert told(await store.pull([A], first.cursor)) == [("n2", 1), ("n3", 4)]


async def test_a_snapshot_does_not_tell_what_was_deleted_before_it_began(store: Store) -> None:
    await store.record(note(A, "n1", 1), note(A, "n2", 2))
    await store.record(note(A, "n1", None))
    assert told(await store.pull([A])) == [("n2", 2)]


async def test_a_deletion_in_the_middle_of_a_snapshot_is_told_by_its_end(store: Store) -> None:
    await store.record(note(A, "n1", 1), note(A, "n2", 2), note(A, "n3", 3))
    phone = Phone()
    page = await store.pull([A], limit=1)
    assert page.more
    phone.apply(page.body or b"")
    await store.record(note(A, "n1", None))
    while page.more:
        page = await store.pull([A], phone.cursor, limit=1)
        phone.apply(page.body or b"")
    assert [id for _, _, id in phone.records] == ["n2", "n3"]


async def test_after_leaving_only_ids_are_told_and_everything_goes(store: Store) -> None:
    await store.record(note(A, "n1", 1), note(A, "n2", 2), note(B, "n3", 3))
    first = await store.pull([A, B])
    await store.record(note(A, "n4", "born after they left"), note(A, "n1", "changed after they left"))
    last = await store.pull([B], first.cursor)
    assert told(last) == [("n1", 2), ("n2", 2)]
    assert "left" not in (last.body or b"").decode()


async def test_leaving_takes_as_many_pages_as_it_needs(store: Store) -> None:
    await store.record(*(note(A, f"n{i}", i) for i in range(5)))
    page = await store.pull([A])
    ids, pages = [], 0
    while pages == 0 or page.more:
        page = await store.pull([], page.cursor, limit=2)
        ids += [id for id, _ in told(page)]
        pages += 1
    assert (ids, pages) == ([f"n{i}" for i in range(5)], 3)


async def test_granted_again_before_anything_was_removed_goes_on_as_if_nothing_happened(store: Store) -> None:
    await store.record(*(note(A, f"a{i}", i) for i in range(2)), note(B, "b1", 1))
    both = await store.pull([A, B])
    # A fills the page; of B nothing has been removed yet.
    gone = await store.pull([], both.cursor, limit=1)
    back = await store.pull([B], gone.cursor, limit=10)
    assert told(back) == [("a1", 2)]


async def test_granted_again_halfway_through_ends_the_removal_and_then_takes_a_snapshot(store: Store) -> None:
    await store.record(*(note(A, f"n{i}", i) for i in range(3)))
    page = await store.pull([A])
    page = await store.pull([], page.cursor, limit=2)
    page = await store.pull([A], page.cursor)
    assert (told(page), page.more) == ([("n2", 2)], True)
    page = await store.pull([A], page.cursor)
    assert (told(page), page.more) == ([("n0", 0), ("n1", 1), ("n2", 2)], False)


async def test_a_page_is_cut_by_bytes_and_always_holds_one_record(store: Store) -> None:
    await store.record(note(A, "n1", "x" * 600_000), *(note(A, f"n{i}", "y" * 200_000) for i in range(2, 6)))
    page = await store.pull([A])
    sizes = [len(told(page))]
    while page.more:
        page = await store.pull([A], page.cursor)
        sizes.append(len(told(page)))
        assert len(page.body or b"") < 512 * 1024
    assert sizes == [1, 2, 2]


async def test_the_limit_is_brought_into_its_bounds(store: Store) -> None:
    await store.record(*(note(A, f"n{i}", i) for i in range(1001)))
    for asked, given in ((-1, 1), (0, 1), (2, 2), (10_000, 1000)):
        page = await store.pull([A], limit=asked)
        assert (len(told(page)), page.more) == (given, True)


async def test_sealed_bodies_lie_sealed_and_arrive_open(store: Store) -> None:
    await store.record(note(A, "n1", "090-0000-0000", sealed=True))
    async with store.read() as session:
        raw = (await (await session.connection()).exec_driver_sql("SELECT body FROM sync_rec")).scalar_one()
    assert b"090" not in raw
    assert told(await store.pull([A])) == [("n1", "090-0000-0000")]


async def test_types_narrow_what_is_told_and_bind_the_cursor(store: Store) -> None:
    await store.record(note(A, "n1", 1), note(A, "s1", 2, type="stamps"))
    page = await store.pull([A], types=["stamps"])
    assert told(page) == [("s1", 2)]
    assert b"check" not in (page.body or b""), "sums speak of whole scopes"
    again = await store.pull([A], page.cursor, types=["stamps"])
    assert (again.body, again.presented) == (None, {})
    with pytest.raises(ResyncRequired, match="types-changed"):
        await store.pull([A], page.cursor)


async def test_a_presented_cursor_says_what_the_phone_holds(store: Store) -> None:
    await store.record(note(A, "n1", 1), note(A, "n2", 2), note(B, "n3", 3))
    page = await store.pull([A, B], limit=1)
    assert page.presented == {}
    page = await store.pull([A, B], page.cursor)
    assert page.presented == {1: Position(1, 2)}
    page = await store.pull([A, B], page.cursor)
    assert page.presented == {1: Position(2), 2: Position(1)}


async def test_two_towns_share_nothing(store: Store) -> None:
    await store.record(note(A, "n1", "はな"), tenant="hana")
    await store.record(note(A, "n1", "みどり"), tenant="mido")
    page = await store.pull([A], tenant="hana")
    assert told(page) == [("n1", "はな")]
    with pytest.raises(ResyncRequired, match="wrong-user"):
        await store.pull([A], page.cursor, tenant="mido")


async def test_a_scope_named_twice_is_told_once(store: Store) -> None:
    await store.record(note(A, "n1", 1))
    assert told(await store.pull([A, ScopeKey("block", "a")])) == [("n1", 1)]


async def test_a_foreign_cursor_gets_no_data_but_the_reason(store: Store) -> None:
    await store.record(note(A, "n1", 1))
    cursor = (await store.pull([A])).cursor
    with pytest.raises(ResyncRequired, match="wrong-user"):
        await store.pull([A], cursor, person="taro")
    with pytest.raises(ResyncRequired, match="cursor-invalid"):
        await store.pull([A], cursor, signer=Signer(b"another key"))
    with pytest.raises(ResyncRequired, match="schema-changed"):
        await store.pull([A], cursor, signer=Signer(b"the key of the tests", schema=2))
    with pytest.raises(CursorMalformed):
        await store.pull([A], "これは違う")


async def test_a_cursor_of_an_older_epoch_starts_again(store: Store) -> None:
    await store.record(note(A, "n1", 1))
    cursor = (await store.pull([A])).cursor
    async with store.write() as session:
        meta = await session.get_one(SyncMeta, "hana")
        meta.epoch += 1
    with pytest.raises(ResyncRequired, match="epoch-changed"):
        await store.pull([A], cursor)
    assert told(await store.pull([A])) == [("n1", 1)]


@pytest.mark.parametrize("members", [[A], []])
async def test_a_cursor_that_is_ahead_of_the_log_says_by_how_much(
    store: Store, members: list[ScopeKey]
) -> None:
    await store.record(note(A, "n1", 1))
    await store.record(note(A, "n1", 2))
    cursor = (await store.pull([A])).cursor
    async with store.write() as session:
        scope = await session.get_one(SyncScope, ("hana", 1))
        scope.head = 1
    with pytest.raises(Ahead, match="epoch-changed") as ahead:
        await store.pull(members, cursor)
    assert ahead.value.held == {1: 2}


async def test_a_phone_that_missed_a_collected_deletion_starts_again(store: Store) -> None:
    await store.record(note(A, "n1", 1), note(A, "n2", 2))
    cursor = (await store.pull([A])).cursor
    await store.record(note(A, "n1", None))
    await store.collect(A, 3)
    with pytest.raises(ResyncRequired, match="compacted"):
        await store.pull([A], cursor)
    with pytest.raises(ResyncRequired, match="compacted"):
        await store.pull([], cursor)


async def test_an_idle_phone_stays_valid_after_a_collection(store: Store) -> None:
    await store.record(note(A, "n1", 1), note(A, "n2", 2))
    await store.record(note(A, "n1", None))
    cursor = (await store.pull([A])).cursor
    await store.collect(A, 3)
    assert (await store.pull([A], cursor)).body is None


async def test_a_collection_does_not_send_a_snapshot_back_to_its_start(store: Store) -> None:
    await store.record(*(note(A, f"n{i}", i) for i in range(4)))
    await store.record(note(A, "n3", None))
    page = await store.pull([A], limit=1)
    await store.collect(A, 5)
    page = await store.pull([A], page.cursor)
    assert told(page) == [("n1", 1), ("n2", 2)]
