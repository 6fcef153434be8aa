"""Rows by the thousand in one step of the database: what they have alike is said once, and their ids are one piece.

SQLite lets go of Python's lock at each row that it gives or takes, and a process that is busy sending lets it wait
before it has it back. Here a thousand rows are one row, or one statement. Ids are bare: many.py.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import accumulate, chain
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    String,
    Table,
    TextClause,
    func,
    literal_column,
    text,
    type_coerce,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import NullType

from notices import many
from notices.columns import Id
from notices.many import Bare

_LONG: Final = 16
_POSTGRESQL: Final[Dialect] = postgresql.dialect()  # type: ignore[no-untyped-call]


def gathered(*columns: Any, embedded: bool) -> Sequence[ColumnElement[Any]]:
    """To be selected behind what the statement groups by: `columns`, each 16 bytes and never NULL, of all rows of a
    group. What comes of it is read by `apart`."""
    if not embedded:
        return [type_coerce(func.array_agg(column), NullType()) for column in columns]
    row: ColumnElement[str] = func.hex(columns[0], type_=String())
    for column in columns[1:]:
        row = row + func.hex(column, type_=String())
    # Bytes would be cut at their first zero by some versions.
    return [func.group_concat(row, literal_column("''"))]


def apart(values: Sequence[Any], width: int) -> Iterable[tuple[Bare, ...]]:
    """The rows of `width` columns that were gathered."""
    if not isinstance(values[0], str):
        return zip(*values, strict=True)
    piece = bytes.fromhex(values[0])
    each = iter([piece[at : at + _LONG] for at in range(0, len(piece), _LONG)])
    return zip(*[each] * width, strict=True)


async def insert(
    session: AsyncSession,
    table: Table,
    fixed: Mapping[str, Any],
    alike: Sequence[str],
    ids: Sequence[str],
    rows: Mapping[tuple[Any, ...], Sequence[Bare]],
) -> None:
    """`rows`: what some of them have alike, of the columns `alike` → their ids, of the columns `ids`, row after row.
    `fixed`: what all have alike."""
    if not any(rows.values()):
        return
    connection = await session.connection()
    given = {name: _stored(table.c[name], value, connection.dialect) for name, value in fixed.items()}
    kinds = {
        tuple(
            _stored(table.c[name], value, connection.dialect) for name, value in zip(alike, kind, strict=True)
        ): each
        for kind, each in rows.items()
    }
    names = (tuple(fixed), tuple(alike), tuple(ids))
    if many.embedded(session):
        await connection.execute(_cut(table, *names), given | _pieces(kinds))
    else:
        columns = dict(zip((*alike, "begins", "ends", *ids), _columns(kinds, len(ids)), strict=True))
        await connection.execute(_unnested(table, *names), given | columns)


def _stored(column: Column[Any], value: Any, dialect: Dialect) -> Any:
    turn = None if isinstance(column.type, Id) else column.type.dialect_impl(dialect).bind_processor(dialect)
    return value if turn is None else turn(value)


_Kinds = Mapping[tuple[Any, ...], Sequence[Bare]]


def _pieces(kinds: _Kinds) -> dict[str, Any]:
    """Each kind with the place where its ids begin and end, counted from 1."""
    places, at = [], 1
    for kind, each in kinds.items():
        ends = at + len(each) * _LONG
        places.append((at, ends, *kind))
        at = ends
    return {"kinds": json.dumps(places), "ids": b"".join(chain.from_iterable(kinds.values()))}


@cache
def _cut(table: Table, fixed: Sequence[str], alike: Sequence[str], ids: Sequence[str]) -> TextClause:
    """SQLite cuts the piece of ids again, as many.among does."""
    places = ("at", "ends", *alike)
    kinds = ", ".join(f"json_extract(value, '$[{place}]')" for place in range(len(places)))
    step = len(ids) * _LONG
    further = ", ".join((f"at + {step}", *places[1:]))
    cut = [f"substr(:ids, at + {place * _LONG}, {_LONG})" for place in range(len(ids))]
    return text(
        f"INSERT INTO {table.name} ({', '.join((*fixed, *alike, *ids))}) WITH RECURSIVE "  # noqa: S608  our own names
        f"kind ({', '.join(places)}) AS (SELECT {kinds} FROM json_each(:kinds)), "
        f"each ({', '.join(places)}) AS (SELECT {', '.join(places)} FROM kind "
        f"UNION ALL SELECT {further} FROM each WHERE at + {step} < ends) "
        f"SELECT {', '.join((*(f':{name}' for name in fixed), *alike, *cut))} FROM each"
    )


def _columns(kinds: _Kinds, width: int) -> Iterable[Sequence[Any]]:
    """What each kind has alike, the places of its first and last row, counted from 1; and the ids of all rows."""
    yield from map(list, zip(*kinds, strict=True))
    ends = list(accumulate(len(each) // width for each in kinds.values()))
    yield [before + 1 for before in (0, *ends[:-1])]
    yield ends
    flat = list(chain.from_iterable(kinds.values()))
    for place in range(width):
        yield flat[place::width]


@cache
def _unnested(table: Table, fixed: Sequence[str], alike: Sequence[str], ids: Sequence[str]) -> TextClause:
    """PostgreSQL takes an array for each column, and of the ids' cuts those of each kind."""
    types = {name: _cast(table.c[name]) for name in (*fixed, *alike, *ids)}
    places = types | {"begins": "INTEGER", "ends": "INTEGER"}
    same = [f"CAST(:{name} AS {types[name]})" for name in fixed]
    kinds = ", ".join(f"CAST(:{name} AS {places[name]}[])" for name in (*alike, "begins", "ends"))
    rows = ", ".join(f"(CAST(:{name} AS {types[name]}[]))[kind.begins:kind.ends]" for name in ids)
    chosen = (*same, *(f"kind.{name}" for name in alike), *(f"each.{name}" for name in ids))
    return text(
        f"INSERT INTO {table.name} ({', '.join((*fixed, *alike, *ids))}) "  # noqa: S608  our own names
        f"SELECT {', '.join(chosen)} FROM unnest({kinds}) AS kind ({', '.join((*alike, 'begins', 'ends'))}), "
        f"LATERAL unnest({rows}) AS each ({', '.join(ids)})"
    )


def _cast(column: Column[Any]) -> str:
    # To a VARCHAR(8) a text would be cut without a word.
    return "TEXT" if isinstance(column.type, String) else column.type.compile(_POSTGRESQL)
