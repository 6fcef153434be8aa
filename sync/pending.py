"""What the transaction of a session has recorded and touched so far. A savepoint that is rolled back takes
its share with it, so that a mutation which failed halfway leaves nothing to be told to anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from sync.scopes import ScopeKey

_INFO = "sync.pending"


@dataclass(frozen=True, slots=True)
class Change:
    """The state of a record from now on, in its one home scope. `body` None deletes it.

    `sealed` bodies are encrypted in the log, and opened when a page is made.
    """

    scope: ScopeKey
    type: str
    id: str
    body: Mapping[str, Any] | None
    sealed: bool = False


@dataclass(slots=True)
class Pending:
    recorded: list[tuple[str, Change]] = field(default_factory=list)
    touched: list[type[Any]] = field(default_factory=list)
    settled: int = 0
    """How many of `recorded` are already written to the log."""
    marks: dict[SessionTransaction, tuple[int, int]] = field(default_factory=dict)

    def mark(self, savepoint: SessionTransaction) -> None:
        self.marks[savepoint] = (len(self.recorded), len(self.touched))

    def rewind(self, savepoint: SessionTransaction) -> None:
        # A savepoint without a mark is older than everything in here.
        recorded, touched = self.marks.get(savepoint, (0, 0))
        del self.recorded[recorded:], self.touched[touched:]

    def unsettled(self) -> list[tuple[str, Change]]:
        return self.recorded[self.settled :]


def peek(session: Session) -> Pending | None:
    """None where nothing was recorded or touched, as in every session that only reads."""
    return session.info.get(_INFO)


def of(session: Session) -> Pending:
    """The session's own, made when first asked for; it follows the session's savepoints."""
    pending = peek(session)
    if pending is None:
        pending = session.info[_INFO] = Pending()
    return pending


# Once for all sessions: a listener of one session takes longer to put there than a change to be recorded.


@event.listens_for(Session, "after_transaction_create")
def _created(session: Session, transaction: SessionTransaction) -> None:
    pending = peek(session)
    if pending is not None and transaction.nested:
        pending.mark(transaction)


@event.listens_for(Session, "after_rollback")
def _rolled_back(session: Session) -> None:
    # Not `after_soft_rollback`: a flush that fails takes the savepoint back without it.
    pending, savepoint = peek(session), session.get_nested_transaction()
    if pending is not None and savepoint is not None:
        pending.rewind(savepoint)


@event.listens_for(Session, "after_transaction_end")
def _ended(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_INFO, None)
