"""Ids by the thousand, as the driver has them, in one parameter.

`IN (?, ?, …)` of a thousand is put together, and understood by the database, anew each time; here the statement stays
the same however many there are, so it is made once. And an id that only goes from one statement to the next is not put
into letters.
"""

import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Uuid,
    any_,
    bindparam,
    func,
    literal_column,
    select,
    type_coerce,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import NullType

from notices import ids

Bare = Any
"""16 bytes on SQLite, a UUID on PostgreSQL."""
_LONG: Final = 16


def bare(column: Any) -> ColumnElement[Bare]:
    """An id to select, as it is."""
    return type_coerce(column, NullType())


def bared(session: AsyncSession, texts: Iterable[str]) -> list[Bare]:
    raws = [ids.bytes_of(text) for text in texts]
    return raws if embedded(session) else [uuid.UUID(bytes=raw) for raw in raws]


def text_of(id: Bare) -> str:
    return ids.text_of(id if isinstance(id, bytes) else id.bytes)


def maker(session: AsyncSession) -> Callable[[], Bare]:
    """What makes new ids."""
    return ids.new_bytes if embedded(session) else ids.new_uuid


def embedded(session: AsyncSession) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def among(column: Any, name: str, *, embedded: bool) -> ColumnElement[bool]:
    """Whether the id in `column` is one of those in the parameter `name`, which is made by `listed`."""
    if not embedded:
        found: ColumnElement[bool] = column == any_(bindparam(name, type_=postgresql.ARRAY(Uuid())))
        return found
    # One after the other in one piece of bytes, which SQLite cuts again. JSON holds no bytes.
    joined = bindparam(name, type_=LargeBinary())
    place = select(literal_column("1").label("at")).cte(recursive=True)
    further = place.c.at + literal_column(str(_LONG))
    place = place.union_all(select(further).where(further < func.length(joined)))
    cut: ColumnElement[bool] = column.in_(select(func.substr(joined, place.c.at, literal_column(str(_LONG)))))
    return cut


def listed(session: AsyncSession, bares: Iterable[Bare]) -> bytes | Sequence[Bare]:
    return b"".join(bares) if embedded(session) else list(bares)
