"""What a transaction writes last, because everybody writes there: due rows of ledgers, and the head of the audit.

Two transactions that each hold what the other wants next wait for ever. So every transaction takes locks in one
order: its own rows, then due rows sorted, then the audit's head, then (sync) its scopes. What belongs to the end is
noted when it happens; a savepoint that is rolled back takes its notes with it.
"""

from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, SessionTransaction

_INFO: Final = "notices.last"


N = TypeVar("N")


@dataclass(slots=True)
class _Notes:
    notes: list[Any] = field(default_factory=list)
    marks: dict[SessionTransaction, int] = field(default_factory=dict)


def note(session: AsyncSession, what: object) -> None:
    _of(session.sync_session).notes.append(what)


def noted(session: AsyncSession, kind: type[N]) -> list[N]:
    """The notes of one kind, taken out, in the order they were made."""
    mine = _of(session.sync_session)
    taken = [each for each in mine.notes if isinstance(each, kind)]
    mine.notes = [each for each in mine.notes if not isinstance(each, kind)]
    return taken


def _of(session: Session) -> _Notes:
    if _INFO not in session.info:
        session.info[_INFO] = _Notes()
        event.listen(session, "after_transaction_create", _created)
        event.listen(session, "after_rollback", _rolled_back)
        event.listen(session, "after_transaction_end", _ended)
    notes: _Notes = session.info[_INFO]
    return notes


def _created(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        notes = _of(session)
        notes.marks[transaction] = len(notes.notes)


def _rolled_back(session: Session) -> None:
    # Not `after_soft_rollback`: a flush that fails takes the savepoint back without it.
    if (savepoint := session.get_nested_transaction()) is not None:
        notes = _of(session)
        # A savepoint without a mark is older than the first note.
        del notes.notes[notes.marks.get(savepoint, 0) :]


def _ended(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info[_INFO] = _Notes()
