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
    notes: _Notes | None = session.info.get(_INFO)
    if notes is None:
        notes = session.info[_INFO] = _Notes()
    return notes


# Once for all sessions: a listener of one session takes longer to put there than most of its notes.


@event.listens_for(Session, "after_transaction_create")
def _created(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested and _INFO in session.info:
        notes = _of(session)
        notes.marks[transaction] = len(notes.notes)


@event.listens_for(Session, "after_rollback")
def _rolled_back(session: Session) -> None:
    # Not `after_soft_rollback`: a flush that fails takes the savepoint back without it.
    savepoint = session.get_nested_transaction()
    if savepoint is not None and _INFO in session.info:
        notes = _of(session)
        # A savepoint without a mark is older than the first note.
        del notes.notes[notes.marks.get(savepoint, 0) :]


@event.listens_for(Session, "after_transaction_end")
def _ended(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_INFO, None)
