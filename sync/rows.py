"""The rows of the log and of its scopes, as `journal` reads and writes them: a handful of statements, made once.

Whatever is written waits for these, so none of them is made anew each time: that took longer than the database did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import BigInteger, ColumnElement, Insert, String, Table, and_, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from sync.models import SyncRecord, SyncScope
from sync.questions import Question, Statement, ask, listed, listing, tell
from sync.scopes import INSERT

Name = tuple[int, str, str]
"""Scope, type, id."""

_rec, _scope = cast(Table, SyncRecord.__table__), cast(Table, SyncScope.__table__)


@dataclass(frozen=True, slots=True)
class Present:
    """A record as it stands."""

    rev: int
    deleted: bool
    h64: int
    sealed: bool
    body: bytes | None


def _present(dialect: str) -> Statement:
    c = _rec.c
    wanted, (scope, type, id) = listed(dialect, "wanted", BigInteger(), String(), String())
    on = and_(
        c.tenant == bindparam("tenant", type_=String()), c.scope_id == scope, c.type == type, c.rid == id
    )
    state = (c.rev, c["del"], c.h64, c.sealed, c.body)
    return select(c.scope_id, c.type, c.rid, *state).join_from(wanted, _rec, on, isouter=True)


_PRESENT = Question(_present)


async def present(session: AsyncSession, tenant: str, names: Sequence[Name]) -> dict[Name, Present]:
    """Of those that exist."""
    wanted = listing(session.get_bind().dialect.name, "wanted", *zip(*names, strict=True))
    found = await ask(session, _PRESENT, tenant=tenant, **wanted)
    return {(s, type, id): Present(*state) for s, type, id, *state in found if s is not None}


_ROW: Final = (
    "tenant",
    "scope_id",
    "seq",
    "type",
    "rid",
    "born",
    "rev",
    "del",
    "h64",
    "sealed",
    "body",
    "gone_at",
)
_NAME: Final = ("tenant", "scope_id", "type", "rid")


def _placed(dialect: str) -> Statement:
    """`born` stays: a client that has left may still hold the record."""
    insert = INSERT[dialect](_rec)
    moved = {name: insert.excluded[name] for name in _ROW if name not in (*_NAME, "born")}
    if dialect == "sqlite":
        insert = insert.values({name: bindparam(f"new_{name}", type_=_rec.c[name].type) for name in _ROW})
    else:
        # Row by row PostgreSQL takes longer over the same.
        source, values = listed(dialect, "row", *(_rec.c[name].type for name in _ROW))
        insert = insert.from_select(list(_ROW), select(*values).select_from(source))
    placed: Insert = insert.on_conflict_do_update(index_elements=_NAME, set_=moved)
    return placed


_PLACED = Question(_placed)


async def write(session: AsyncSession, rows: Sequence[tuple[Any, ...]]) -> None:
    """Whole rows, in the order of `_ROW`, in one journey."""
    if session.get_bind().dialect.name == "sqlite":
        await tell(session, _PLACED, [f"new_{name}" for name in _ROW], rows)
    else:
        await ask(session, _PLACED, **listing("postgresql", "row", *zip(*rows, strict=True)))


_TALLY: Final = ("scope", "to", "n", "x")


def _advanced(dialect: str) -> Statement:
    c = _scope.c
    given: Sequence[ColumnElement[Any]]
    if dialect == "sqlite":
        # From a list SQLite would read all scopes of the tenant.
        given = [bindparam(name, type_=BigInteger()) for name in _TALLY]
    else:
        _, given = listed(dialect, "tally", *[BigInteger()] * len(_TALLY))
    scope, to, n, x = given
    # XOR, in words both databases know.
    xor = c.live_x.bitwise_or(x) - c.live_x.bitwise_and(x)
    moved = update(_scope).where(c.tenant == bindparam("of", type_=String()), c.id == scope)
    return moved.values(head=to, live_n=c.live_n + n, live_x=xor)


_ADVANCED = Question(_advanced)


async def advance(session: AsyncSession, tenant: str, tallies: Sequence[tuple[int, int, int, int]]) -> None:
    """(scope, its new head, what its count and its sum gain), ascending."""
    if session.get_bind().dialect.name == "sqlite":
        await tell(session, _ADVANCED, ("of", *_TALLY), [(tenant, *each) for each in tallies])
    else:
        await ask(
            session, _ADVANCED, of=tenant, **listing("postgresql", "tally", *zip(*tallies, strict=True))
        )
