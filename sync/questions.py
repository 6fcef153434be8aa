"""Questions to the database that are made once and asked through the bare driver.

A pull is asked a hundred times for each write, and most of what a query costs is making its text and its objects.
So the statements stand here ready for each database, and whoever keeps a connection (`Cut`) asks them. What every
write says stands ready as well (`ask`, `tell`).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Protocol, TypeVar

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Delete,
    FromClause,
    Insert,
    LargeBinary,
    Select,
    String,
    Update,
    bindparam,
    column,
    func,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import TypeEngine

from sync import guard

T = TypeVar("T")
Convert = Callable[[Any], Any]


# As a URL that names the driver would have it: its parameters are $1, $2, …
DIALECTS: dict[str, Dialect] = {
    "sqlite": sqlite.dialect(),
    "postgresql": make_url("postgresql+asyncpg://").get_dialect()(),
}


@dataclass(frozen=True, slots=True)
class Text:
    """A statement as one driver takes it. `names`: its parameters, in order."""

    sql: str
    names: Sequence[str]
    defaults: Mapping[str, Any]
    into: Mapping[str, Convert]
    out: Sequence[Convert | None]

    def values(self, given: Mapping[str, Any]) -> tuple[Any, ...]:
        """Raises KeyError for a parameter that was forgotten."""
        return tuple(
            self.into[name](given[name])
            if name in self.into
            else given[name]
            if name in given
            else self.defaults[name]
            for name in self.names
        )

    def many(self, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
        """The values of each row, whose columns are `names`; at least two."""
        turns = [(place, self.into[name]) for place, name in enumerate(names) if name in self.into]
        turned = [list(row) for row in rows]
        for place, turn in turns:
            for row in turned:
                row[place] = turn(row[place])
        order = itemgetter(*(names.index(name) for name in self.names))
        return [order(row) for row in turned]

    def read(self, rows: Sequence[Any]) -> list[Sequence[Any]]:
        """Rows of the driver → rows of values as the models have them."""
        turns = [(place, turn) for place, turn in enumerate(self.out) if turn is not None]
        if not turns:
            return list(rows)
        turned: list[Any] = [list(row) for row in rows]
        for place, turn in turns:
            for row in turned:
                row[place] = turn(row[place])
        return turned


Statement = Select[*tuple[Any, ...]] | Insert | Update | Delete


class Question:
    """`make` writes the statement for a dialect's name; its parameters are `bindparam`s."""

    def __init__(self, make: Callable[[str], Statement]) -> None:
        self._make = make
        self._texts: dict[str, Text] = {}

    def on(self, dialect: str) -> Text:
        if (text := self._texts.get(dialect)) is None:
            text = self._texts[dialect] = _compiled(self._make(dialect), DIALECTS[dialect])
        return text


async def ask(session: AsyncSession, question: Question, **given: Any) -> list[Sequence[Any]]:
    """In a transaction that writes. Nothing is flushed before it, as a query of the session would."""
    driver = await _embedded(session)
    if driver is None:
        connection = await session.connection()
        text = question.on(connection.dialect.name)
        result = await connection.exec_driver_sql(text.sql, text.values(given))
        return text.read(result.all()) if result.returns_rows else []
    text = question.on("sqlite")
    with _as_told_by_sqlalchemy(text.sql):
        rows = await driver.execute_fetchall(text.sql, text.values(given))
    return text.read(list(rows))


async def tell(
    session: AsyncSession, statement: Question, names: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """The same statement for each row, in one journey. `names`: of the columns of `rows`."""
    driver = await _embedded(session)
    if driver is None:
        connection = await session.connection()
        text = statement.on(connection.dialect.name)
        await connection.exec_driver_sql(text.sql, text.many(names, rows))
        return
    text = statement.on("sqlite")
    with _as_told_by_sqlalchemy(text.sql):
        await driver.executemany(text.sql, text.many(names, rows))


_INFO = "sync.questions"


async def _embedded(session: AsyncSession) -> Any:
    """SQLite's own connection, as the transaction has it: to ask it takes a fifteenth of the time. None where there is a
    server at the other end, or somebody listens to what is asked.
    """
    transaction, driver = session.info.get(_INFO, (None, None))
    if transaction is None or transaction is not session.sync_session.get_transaction():
        connection = (await session.connection()).sync_connection
        assert connection is not None
        embedded = connection.dialect.name == "sqlite" and not connection.dispatch.before_cursor_execute
        driver = connection.connection.driver_connection if embedded else None
        session.info[_INFO] = session.sync_session.get_transaction(), driver
    return driver


@contextmanager
def _as_told_by_sqlalchemy(sql: str) -> Iterator[None]:
    """Whoever waits for a database that is locked or full knows its errors by these names, and no row in their words."""
    try:
        yield
    except sqlite3.Error as error:
        raise DBAPIError.instance(sql, None, error, sqlite3.Error, hide_parameters=True) from error


def _compiled(statement: Statement, dialect: Dialect) -> Text:
    guard.refuse_unseen(statement)
    made = statement.compile(dialect=dialect)
    binds = {name: bind for bind, name in made.bind_names.items()}
    defaults = {name: bind.value for name, bind in binds.items() if not bind.required}
    turns = {name: _into(bind.type, dialect) for name, bind in binds.items() if bind.required}
    into = {name: turn for name, turn in turns.items() if turn is not None}
    told = statement.selected_columns if isinstance(statement, Select) else statement.exported_columns
    out = [_out(each.type, dialect) for each in told]
    return Text(str(made), list(made.positiontup or ()), defaults, into, out)


def _into(type: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    if isinstance(type, Boolean | LargeBinary):
        # Both drivers take these as they are; to have each checked took a tenth of the time of writing a row.
        return None
    return type.dialect_impl(dialect).bind_processor(dialect)


def _out(type: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return type.dialect_impl(dialect).result_processor(dialect, None)


def listed(dialect: str, name: str, *types: TypeEngine[Any]) -> tuple[FromClause, list[ColumnElement[Any]]]:
    """A list of any length as something to select from, and its columns; see `scopes.listed`. What is given for it
    is made by `listing`."""
    if dialect == "sqlite":
        table = func.json_each(bindparam(name, type_=String())).table_valued("value", name=name)
        return table, [
            func.json_extract(table.c.value, f"$[{i}]", type_=type) for i, type in enumerate(types)
        ]
    arrays = [bindparam(f"{name}{i}", type_=postgresql.ARRAY(type)) for i, type in enumerate(types)]
    columns = [column(f"c{i}", type) for i, type in enumerate(types)]
    derived = func.unnest(*arrays).table_valued(*columns, name=name).render_derived()
    return derived, list(derived.c)


def listing(dialect: str, name: str, *columns: Sequence[Any]) -> dict[str, Any]:
    """The parameters that `listed` asks for."""
    if dialect == "sqlite":
        return {name: json.dumps(list(zip(*columns, strict=True)))}
    return {f"{name}{i}": list(each) for i, each in enumerate(columns)}


class Unread(Exception):
    """This cut does not read what is asked for: it is memory alone, or the question is too large for it (`long`)."""

    def __init__(self, *, long: bool = False) -> None:
        super().__init__()
        self.long = long


class Cut(Protocol):
    """One state of the database. All that is asked of a cut belongs together.

    What was learnt from it (`recall`, `keep`) is true for as long as the state is the same, and forgotten with it.
    """

    dialect: str

    async def ask(self, question: Question, *, about: int = 1, **given: Any) -> list[Sequence[Any]]:
        """`about`: how many rows may come. Raises Unread."""
        ...

    def recall(self, key: Hashable) -> Any: ...

    def keep(self, key: Hashable, value: Any) -> None: ...
