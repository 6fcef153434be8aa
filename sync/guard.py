"""Keeps writers honest: what clients hold a copy of cannot be changed without their being told.

A commit that touched a synced model and recorded no change of one of its types is aborted; so is one whose
recorded changes were never settled. `update()` and `delete()` on the table of such a model are refused, as no
one sees which rows they hit: a caller who records those changes says so with
`execution_options(journalled=True)`. SQL in text, and connections used past the session, are not seen.

This is the second line. The first is that each use-case records its changes where one can read it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, sessionmaker

from sync import pending
from sync.errors import Unjournalled

Model = TypeVar("Model", bound=type[Any])


def synced(*types: str) -> Callable[[Model], Model]:
    """Class decorator of ORM models: rows of this model are told to clients as records of these types."""

    def declare(model: Model) -> Model:
        model.__synced__ = frozenset(types)
        model.__table__.info["synced"] = model
        return model

    return declare


def install(sessions: type[Session] | sessionmaker[Session]) -> None:
    """Watch every session of this class or factory (of an `async_sessionmaker`: its `sync_session_class`)."""
    event.listen(sessions, "before_flush", _note_touched)
    event.listen(sessions, "do_orm_execute", _refuse_bulk)
    event.listen(sessions, "before_commit", _insist)


def _note_touched(session: Session, _context: Any, _instances: Any) -> None:
    touched = [*session.new, *session.deleted, *(row for row in session.dirty if session.is_modified(row))]
    if models := [type(row) for row in touched if hasattr(type(row), "__synced__")]:
        pending.of(session).touched.extend(models)


def _refuse_bulk(state: ORMExecuteState) -> None:
    statement: Any = state.statement
    if not statement.is_dml or state.execution_options.get("journalled"):
        return
    if (model := statement.table.info.get("synced")) is None:
        return
    if state.is_insert:
        pending.of(state.session).touched.append(model)
        return
    raise Unjournalled(
        f"{model.__name__} is synced: change it row by row, or record what this statement changes "
        "and say so with execution_options(journalled=True)"
    )


def refuse_unseen(statement: Any) -> None:
    """A statement that goes past the session (questions.py) changes nothing that clients hold a copy of."""
    if statement.is_dml and "synced" in statement.table.info:
        raise Unjournalled(
            f"{statement.table.name} is synced: it is changed through the session, which is watched"
        )


def _insist(session: Session) -> None:
    if session.in_nested_transaction():
        return
    session.flush()
    now = pending.peek(session)
    if now is None:
        return
    if now.unsettled():
        raise Unjournalled("changes were recorded and not settled: commit through the one place that does")
    recorded = {change.type for _, change in now.recorded}
    for model in now.touched:
        if not model.__synced__ & recorded:
            raise Unjournalled(
                f"{model.__name__} was changed, and no change of {', '.join(sorted(model.__synced__))} "
                "was recorded in the same transaction"
            )
