"""What phones have is told in passing, and written behind them."""

from datetime import UTC, datetime

from server.syncing.acks import Acks
from sync.cursor import Position
from sync.pull import Reader

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def test_a_town_that_comes_back_at_once_is_written_in_parts() -> None:
    acks = Acks()
    for n in range(25):
        acks.note(Reader("hana", f"person{n}", f"phone{n}"), {1: Position(n + 1, 0)})
        acks.seen("hana", f"phone{n}", None, NOW)
    parts = []
    while part := acks.take(10):
        assert part.new_week == part.seen.keys(), "whose records say so goes with whom was seen"
        parts.append(part)
    assert [len(part.waiting) for part in parts] == [10, 10, 5]
    assert [device for part in parts for _, device in part.seen] == [f"phone{n}" for n in range(25)]


def test_who_comes_again_while_waiting_waits_once_and_with_what_is_newest() -> None:
    acks = Acks()
    who = Reader("hana", "person", "phone")
    acks.note(who, {1: Position(3, 0)})
    acks.note(who, {1: Position(7, 0), 2: Position(1, 0)})
    assert acks.take().waiting == {who: {1: 7, 2: 1}}
    assert not acks.take()
