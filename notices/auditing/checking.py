"""The chain is walked from its first entry, and the first that does not hold is named: what follows it proves nothing.

An edit, a gap, a cut and what was put in are found in the database alone. A past that was written anew, hashes and head
and all, is found where a head that left the house says otherwise (heads.py).
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from notices.audit import GENESIS, chained
from notices.auditing.heads import Head
from notices.models import Audit, AuditHead

_AT_ONCE: Final = 500
Progress = Callable[[int, int], None]
_Entry = Row[int, datetime, str | None, str, str, dict[str, object], bytes]


@dataclass(frozen=True, slots=True)
class Bad:
    """The first entry that does not hold. `sentence` has no full stop."""

    seq: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Checked:
    entries: int
    bad: Bad | None


@dataclass(slots=True)
class _Walk:
    """As far as the chain has held."""

    heads: Sequence[Head]
    seq: int = 0
    hash: bytes = GENESIS
    known: int = 0
    """The newest entry that a mailed head confirms."""

    def step(self, entry: _Entry | int) -> Bad | None:
        """Of the next entry; its number alone where it cannot be read."""
        if isinstance(entry, int):
            return Bad(entry, f"entry {entry} was changed: it cannot be read any more")
        seq, at, actor, action, subject, detail, stands = entry
        if seq > self.seq + 1:
            return _missing(self.seq + 1, seq - 1)
        if seq < self.seq + 1:
            return Bad(seq, f"entry {seq} was put in: the record begins with entry 1")
        hash = chained(self.hash, seq, at, actor, action, subject, detail)
        if hash != stands:
            return Bad(seq, f"entry {seq} was changed")
        self.seq, self.hash = seq, hash
        return self._mailed()

    def _mailed(self) -> Bad | None:
        for head in self.heads:
            if head.seq == self.seq and head.hash != self.hash:
                since = f"one after entry {self.known}" if self.known else "one before it"
                return Bad(
                    self.seq,
                    f"entry {self.seq} is not the one whose head was mailed: it or {since} was written anew",
                )
            if head.seq == self.seq:
                self.known = self.seq
        return None

    def end(self, head: tuple[int, bytes] | None) -> Bad | None:
        """Behind the last entry; `head`: what the house itself holds for the end."""
        last = max((each.seq for each in self.heads), default=0)
        if last > self.seq:
            return _missing(self.seq + 1, last, "; they were there when the head was mailed")
        if head is None:
            return Bad(1, "the head of the record is missing")
        if head[0] > self.seq:
            return _missing(self.seq + 1, head[0], "; the end is cut")
        if head[0] < self.seq:
            return Bad(head[0] + 1, f"entry {head[0] + 1} was put in behind the end")
        return None if head[1] == self.hash else Bad(self.seq, f"entry {self.seq} does not fit the head")


async def check(
    session: AsyncSession,
    tenant: str,
    heads: Sequence[Head] = (),
    progress: Progress = lambda _done, _total: None,
) -> Checked:
    """`heads`: of this city, as they were mailed. `progress`: entries done, of how many."""
    total = await session.scalar(select(func.count()).select_from(Audit).where(Audit.tenant == tenant)) or 0
    walk = _Walk(heads)
    async for entry in _entries(session, tenant):
        if (bad := walk.step(entry)) is not None:
            return Checked(total, bad)
        if walk.seq % _AT_ONCE == 0:
            progress(walk.seq, total)
    head = await session.scalar(select(AuditHead).where(AuditHead.tenant == tenant))
    return Checked(total, walk.end((head.seq, head.hash) if head is not None else None))


async def _entries(session: AsyncSession, tenant: str) -> AsyncIterator[_Entry | int]:
    after: int | None = None
    at_once = _AT_ONCE
    while True:
        page = _page(tenant, after, at_once)
        try:
            rows: Sequence[_Entry] = (await session.execute(page)).all()
        except (ValueError, TypeError, LookupError, SQLAlchemyError):
            # Whoever edits by hand leaves what no column can hold. One at a time, up to the one that it is.
            if at_once == 1:
                key = page.with_only_columns(Audit.seq)
                yield (await session.scalars(key)).one()
                return
            at_once = 1
            continue
        for row in rows:
            yield row
        if len(rows) < at_once:
            return
        after = rows[-1][0]


def _page(tenant: str, after: int | None, at_once: int) -> Any:
    columns = (Audit.seq, Audit.at, Audit.actor, Audit.action, Audit.subject, Audit.detail, Audit.hash)
    query = select(*columns).where(Audit.tenant == tenant)
    if after is not None:
        query = query.where(Audit.seq > after)
    return query.order_by(Audit.seq).limit(at_once)


def _missing(first: int, last: int, why: str = "") -> Bad:
    which = f"entry {first} is" if first == last else f"entries {first} to {last} are"
    return Bad(first, f"{which} missing{why}")
