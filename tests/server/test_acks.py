"""What phones have is told in passing, and written behind them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event

from server.syncing.acks import TOGETHER, Acks
from sync.cursor import Position
from sync.pull import Reader
from tests.town import Town, town

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


async def test_a_batch_is_as_many_statements_however_many_phones_are_in_it(
    database_url: str, tmp_path: Path
) -> None:
    """Each is a turn of the process that everybody else's requests wait for, and holds SQLite's lock a little longer."""
    async with town(database_url, tmp_path) as here:
        leader, *others = [
            await here.phone(name) for name in ("山田 花子", "佐藤 一郎", "高橋 健", "田中 実")
        ]
        statements: list[str] = []

        def note_down(*said: Any) -> None:
            statements.append(said[2])

        async def written_for(phones: list[Any]) -> int:
            for phone in phones:
                await phone.pull()
                await phone.pull()
            before = len(statements)
            await here.worker.write_acks()
            return len(statements) - before

        await written_for([leader, *others])
        writer = here.house.db._engines[0].sync_engine
        event.listen(writer, "before_cursor_execute", note_down)
        await _post_and_deliver(here, leader)
        few = await written_for(others[:1])
        await written_for(others)
        await _post_and_deliver(here, leader)
        many = await written_for(others)
        event.remove(writer, "before_cursor_execute", note_down)
        assert 0 < many <= few, statements


async def _post_and_deliver(here: Town, leader: Any) -> None:
    await here.post(leader)
    await here.work()


def test_who_comes_again_while_waiting_waits_once_and_with_what_is_newest() -> None:
    acks = Acks()
    who = Reader("hana", "person", "phone")
    acks.note(who, {1: Position(3, 0)})
    acks.note(who, {1: Position(7, 0), 2: Position(1, 0)})
    assert acks.take().waiting == {who: {1: 7, 2: 1}}
    assert not acks.take()


def test_as_many_parts_wait_as_there_are_batches() -> None:
    acks = Acks()
    assert acks.parts() == 0
    for n in range(TOGETHER + 1):
        acks.seen("hana", f"phone{n}", None, NOW)
    assert acks.parts() == 2
