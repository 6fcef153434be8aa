"""The hub alone: who is poked, when, and with what. Nothing here knows HTTP or a database."""

import asyncio
from collections.abc import Callable

import pytest

from sync import live
from sync.live import MADE, Hub

T = "hana"


class Listener:
    def __init__(self) -> None:
        self.pokes: list[dict[int, int]] = []

    def poke(self, heads: dict[int, int]) -> None:
        self.pokes.append(dict(heads))


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110  what is waited for has no event of its own
            await asyncio.sleep(0.001)


async def test_a_first_poke_comes_at_once_and_goes_to_the_members_of_the_scope_alone() -> None:
    hub, member, neighbour, elsewhere = Hub(), Listener(), Listener(), Listener()
    hub.attach(member, T, [7])
    hub.attach(neighbour, T, [8])
    hub.attach(elsewhere, "yuri", [7])
    hub.moved({T: {7: 842}})
    assert member.pokes == [{7: 842}]
    assert neighbour.pokes == elsewhere.pokes == []


async def test_one_commit_that_moves_several_scopes_is_one_poke() -> None:
    hub, member = Hub(), Listener()
    hub.attach(member, T, [7, 8, 9])
    hub.moved({T: {7: 1, 9: 4, 5: 2}})
    assert member.pokes == [{7: 1, 9: 4}]


async def test_what_follows_a_poke_is_told_together_with_the_newest_heads() -> None:
    hub, member = Hub(pause=0.01), Listener()
    hub.attach(member, T, [7, 8])
    for head in range(1, 100):
        hub.moved({T: {7: head}})
    hub.moved({T: {8: 3}})
    assert member.pokes == [{7: 1}]
    await until(lambda: len(member.pokes) > 1)
    assert member.pokes == [{7: 1}, {7: 99, 8: 3}]


async def test_a_listener_at_rest_holds_up_nobody_else() -> None:
    hub, busy, quiet = Hub(pause=60), Listener(), Listener()
    hub.attach(busy, T, [7, 8])
    hub.attach(quiet, T, [8])
    hub.moved({T: {7: 1}})
    hub.moved({T: {8: 1}})
    assert quiet.pokes == [{8: 1}]
    assert busy.pokes == [{7: 1}]


async def test_after_its_rest_a_listener_is_told_at_once_again() -> None:
    hub, member = Hub(pause=0.001), Listener()
    hub.attach(member, T, [7])
    hub.moved({T: {7: 1}})
    await until(lambda: not hub._resting)
    hub.moved({T: {7: 2}})
    assert member.pokes == [{7: 1}, {7: 2}]


async def test_the_same_head_from_two_sides_is_told_once() -> None:
    hub, member = Hub(pause=0.001), Listener()
    hub.attach(member, T, [7])
    hub.moved({T: {7: 5}})
    hub.moved({T: {7: 5}})
    hub.found({T: {7: 5}})
    hub.moved({T: {7: 4}})
    await until(lambda: not hub._resting)
    assert member.pokes == [{7: 5}]


async def test_what_moves_between_reading_and_listening_is_told_on_listening() -> None:
    hub, member, late = Hub(), Listener(), Listener()
    hub.moved({T: {7: 6}})
    hub.attach(member, T, {7: 5, 8: 1})
    hub.attach(late, T, {7: 6})
    assert member.pokes == [{7: 6}]
    assert late.pokes == [], "its reading had it"


async def test_a_poll_tells_what_a_lost_message_did_not() -> None:
    hub, member = Hub(), Listener()
    hub.attach(member, T, {7: 5})
    hub.found({T: {7: 5}})
    assert member.pokes == []
    hub.found({T: {7: 6}})
    assert member.pokes == [{7: 6}]


async def test_a_poll_that_finds_a_head_taken_back_by_a_restore_says_so() -> None:
    hub, member = Hub(), Listener()
    hub.attach(member, T, {7: 500})
    hub.found({T: {7: 20}})
    assert member.pokes == [{7: 20}]


async def test_the_first_look_at_a_head_nobody_knew_is_no_news() -> None:
    hub, member = Hub(), Listener()
    hub.attach(member, T, [7])
    hub.found({T: {7: 20}})
    assert member.pokes == []
    hub.found({T: {7: 21}})
    assert member.pokes == [{7: 21}]


async def test_whoever_waits_for_a_scope_that_is_not_made_yet_hears_of_a_younger_one() -> None:
    hub, member, other = Hub(), Listener(), Listener()
    hub.attach(member, T, {7: 5, MADE: 7})
    hub.attach(other, T, {7: 5})
    hub.moved({T: {6: 9}})
    assert member.pokes == []
    hub.moved({T: {8: 1}})
    assert member.pokes == [{MADE: 8}]
    assert other.pokes == []


async def test_a_scope_that_is_made_between_reading_and_listening_is_told_on_listening() -> None:
    hub, member, late = Hub(), Listener(), Listener()
    hub.moved({T: {8: 1}})
    hub.moved({T: {5: 3}})
    hub.attach(member, T, {7: 5, MADE: 7})
    hub.attach(late, T, {7: 5, MADE: 8})
    assert member.pokes == [{MADE: 8}], "though an older one moved after it"
    assert late.pokes == [], "its reading had it"


async def test_a_poll_finds_a_scope_whose_making_was_not_told() -> None:
    hub, member = Hub(), Listener()
    hub.attach(member, T, {7: 5, MADE: 7})
    hub.found({T: {7: 5, MADE: 7}})
    assert member.pokes == []
    hub.found({T: {7: 5, MADE: 8}})
    assert member.pokes == [{MADE: 8}]


async def test_whoever_has_gone_is_not_poked_and_leaves_nothing_behind() -> None:
    hub, member = Hub(pause=0.001), Listener()
    hub.attach(member, T, [7, 8])
    hub.moved({T: {7: 1}})
    hub.detach(member, T, [7, 8])
    hub.moved({T: {7: 2}})
    await until(lambda: not hub._resting)
    assert member.pokes == [{7: 1}]
    assert hub._rooms == {}


async def test_a_town_is_told_in_slices_and_everybody_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "SLICE", 10)
    monkeypatch.setattr(live, "WAVE", 20)
    hub, town = Hub(pause=0.01), [Listener() for _ in range(55)]
    for member in town:
        hub.attach(member, T, [7])
    hub.moved({T: {7: 1}})
    assert sum(bool(member.pokes) for member in town) == 10
    await until(lambda: all(member.pokes for member in town))
    assert all(member.pokes == [{7: 1}] for member in town)


async def test_ears_keep_what_moved_before_they_were_asked() -> None:
    hub = Hub(pause=0.001)
    async with hub.listen(T, [7, 8]) as ears:
        hub.moved({T: {7: 1}})
        hub.moved({T: {8: 2}})
        await until(lambda: not hub._resting)
        assert await ears.next(10) == {7: 1, 8: 2}
        assert await ears.next(0.001) is None


async def test_ears_wake_when_something_moves_and_all_wake_when_the_process_ends() -> None:
    hub = Hub()

    async def hear(scope: int) -> dict[int, int] | None:
        async with hub.listen(T, [scope]) as ears:
            return await ears.next(60)

    first, second = asyncio.create_task(hear(7)), asyncio.create_task(hear(8))
    await until(lambda: len(hub._ears) == 2)
    hub.moved({T: {7: 3}})
    assert await first == {7: 3}
    hub.close()
    assert await second is None
    assert hub._rooms == {}
