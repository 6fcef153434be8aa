"""Rows by the thousand, put in and read in one step, are what they would be one by one."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, select
from sqlalchemy.exc import DBAPIError

from notices import ids, many, packed
from notices.models import Delivery, Message
from server import keys
from server.db import Database
from tests.town import TENANT

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
ALIKE = ("channel", "lane", "due_at", "digest", "reason")
IDS = ("id", "person", "address")
_message: Any = Message.__table__
_delivery: Any = Delivery.__table__
FIXED = {
    "tenant": TENANT,
    "state": "due",
    "attempt": 0,
    "doubts": 0,
    "crashes": 0,
    "urgency": "urgent",
    "created_at": NOW,
}


def kind(n: int) -> tuple[Any, ...]:
    """What a message has alike with others: quotes and other alphabets too, a moment or none, yes and no, nothing."""
    lane = ("example.jp", 'it\'s "quoted"', "ドメイン.example.jp")[n % 3]
    return (
        "mail",
        lane,
        None if n % 5 == 0 else NOW + timedelta(microseconds=n % 2),
        n % 2 == 0,
        "x" if n % 4 else None,
    )


async def put(db: Database, rows: Sequence[tuple[tuple[Any, ...], tuple[str, ...]]]) -> None:
    async with db.write() as session:
        given: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
        for alike, texts in rows:
            given[alike] += many.bared(session, texts)
        await packed.insert(session, _message, FIXED, ALIKE, IDS, given)


@pytest.mark.parametrize("count", [0, 1, 2, 500])
async def test_every_row_arrives_once_with_what_is_its_own(
    database_url: str, tmp_path: Path, count: int
) -> None:
    db = Database(database_url, keys.make(tmp_path / "secret").vault)
    rows = [(kind(n), (ids.new_id(), ids.new_id(), ids.new_id())) for n in range(count)]
    await put(db, rows)
    async with db.read() as session:
        found = (await session.scalars(select(Message).order_by(Message.id))).all()
    await db.close()
    said = [
        ((row.channel, row.lane, row.due_at, row.digest, row.reason), (row.id, row.person, row.address))
        for row in found
    ]
    assert sorted(said, key=lambda row: row[1]) == sorted(rows, key=lambda row: row[1])
    assert {(row.tenant, row.urgency, row.created_at, row.attempt) for row in found} <= {
        (TENANT, "urgent", NOW, 0)
    }


async def test_rows_that_have_everything_alike_but_their_ids_need_no_kinds(
    database_url: str, tmp_path: Path
) -> None:
    db = Database(database_url, keys.make(tmp_path / "secret").vault)
    made = [tuple(ids.new_id() for _ in range(5)) for _ in range(3)]
    names = ("notice", "person", "address", "household", "message")
    async with db.write() as session:
        bares = [id for row in made for id in many.bared(session, row)]
        fixed = {"tenant": TENANT, "revision": 1, "step": "first"}
        await packed.insert(session, _delivery, fixed, (), names, {(): bares})
    async with db.read() as session:
        found = (await session.execute(select(*(_delivery.c[name] for name in names)))).all()
    await db.close()
    assert sorted(map(tuple, found)) == sorted(made)


@pytest.mark.parametrize("count", [1, 300])
async def test_what_is_gathered_comes_apart_again(database_url: str, tmp_path: Path, count: int) -> None:
    db = Database(database_url, keys.make(tmp_path / "secret").vault)
    rows = [(kind(n), (ids.new_id(), ids.new_id(), ids.new_id())) for n in range(count)]
    await put(db, rows)
    table: Table = _message
    async with db.read() as session:
        columns = packed.gathered(table.c.id, table.c.person, embedded=many.embedded(session))
        query = select(table.c.lane, *columns).group_by(table.c.lane)
        found = {
            (lane, *map(many.text_of, pair))
            for lane, *values in await session.execute(query)
            for pair in packed.apart(values, 2)
        }
    await db.close()
    assert found == {(alike[1], id, person) for alike, (id, person, _) in rows}


async def test_a_text_that_is_too_long_for_its_column_is_refused_and_not_cut(
    postgresql_database: str, tmp_path: Path
) -> None:
    db = Database(postgresql_database, keys.make(tmp_path / "secret").vault)
    row = (("a channel", "lane", NOW, False, None), (ids.new_id(), ids.new_id(), ids.new_id()))
    with pytest.raises(DBAPIError, match="too long"):
        await put(db, [row])
    await db.close()
