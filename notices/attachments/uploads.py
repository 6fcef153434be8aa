"""Attachments that come in parts: who may go on with which, at what byte, and for how long.

Whatever is asked twice is answered as once: a phone that did not hear the answer sends the same part again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.attachments.file_errors import (
    FileTooLarge,
    LengthWrong,
    OffsetWrong,
    PartTooSmall,
    TooManyUploads,
    UploadUnknown,
)
from notices.attachments.ingest import LARGEST
from notices.ids import is_id, new_id
from notices.models import Person, Upload
from notices.town.standing import Standing

MOST_OPEN = 5
"""Of one person."""
AGE = timedelta(hours=24)
IDLE = timedelta(minutes=10)
"""After this an upload makes way for a sixth: a page that was closed for good must lock nobody out for a day."""
SMALLEST_PART = 64 * 1024
"""Bytes of every part but the last: so an upload has at most 320 of them."""


@dataclass(frozen=True, slots=True)
class Part:
    """`last`: nothing comes after it; `length`: bytes of the whole, where the client says so."""

    start: int
    size: int
    sha256: str
    last: bool
    length: int | None = None

    @property
    def stop(self) -> int:
        return self.start + self.size


async def begin(session: AsyncSession, by: Standing, name: str, length: int | None, now: datetime) -> Upload:
    """Raises FileTooLarge, TooManyUploads."""
    if length is not None and length > LARGEST:
        raise FileTooLarge(most=LARGEST // 1024 // 1024)
    # Two begun at once count each other.
    await session.execute(
        select(Person.id).where(Person.tenant == by.tenant, Person.id == by.person).with_for_update()
    )
    await _make_way(session, by, now)
    upload = Upload(
        tenant=by.tenant,
        id=new_id(),
        person=by.person,
        name=name,
        length=length,
        received=0,
        parts=[],
        sha256=None,
        created_at=now,
        touched_at=now,
    )
    session.add(upload)
    await session.flush()
    return upload


async def _make_way(session: AsyncSession, by: Standing, now: datetime) -> None:
    query = select(Upload).where(
        Upload.tenant == by.tenant,
        Upload.person == by.person,
        Upload.sha256.is_(None),
        Upload.created_at > now - AGE,
    )
    under_way = (await session.scalars(query.order_by(Upload.touched_at))).all()
    if len(under_way) < MOST_OPEN:
        return
    if under_way[0].touched_at > now - IDLE:
        raise TooManyUploads(most=MOST_OPEN)
    await session.delete(under_way[0])


async def found(session: AsyncSession, by: Standing, id: str, now: datetime, *, lock: bool = False) -> Upload:
    """Raises UploadUnknown for another person's, too."""
    row = await session.get(Upload, (by.tenant, id), with_for_update=lock) if is_id(id) else None
    if row is None or row.person != by.person or row.created_at <= now - AGE:
        raise UploadUnknown()
    return row


def is_new(upload: Upload, part: Part) -> bool:
    """False for what has come already, or is empty. Raises OffsetWrong, LengthWrong, FileTooLarge, PartTooSmall."""
    repeated = _repeats(upload, part)
    if not repeated and part.start != upload.received:
        raise offset_wrong(upload, part.start)
    stop = upload.received if repeated else part.stop
    _agree(upload.length, part.length, stop, part.last)
    if repeated or part.size == 0:
        return False
    if upload.sha256 is not None:
        raise LengthWrong(announced=upload.received, sent=stop)
    if stop > LARGEST:
        raise FileTooLarge(most=LARGEST // 1024 // 1024)
    if part.size < SMALLEST_PART and not part.last:
        raise PartTooSmall(least=SMALLEST_PART)
    return True


def _repeats(upload: Upload, part: Part) -> bool:
    return (
        bool(upload.parts)
        and list(upload.parts[-1]) == [part.size, part.sha256]
        and part.stop == upload.received
    )


def _agree(announced: int | None, again: int | None, stop: int, last: bool) -> None:
    for told in (announced, again):
        if told is not None and (stop > told or (last and stop != told)):
            raise LengthWrong(announced=told, sent=stop)
    if None not in (announced, again) and announced != again:
        raise LengthWrong(announced=announced, sent=again)


def may_go_on_at(upload: Upload, start: int) -> bool:
    """At the end of what has come, or with the last part once more. Asked before a part is read."""
    last = upload.parts[-1][0] if upload.parts else 0
    assert isinstance(last, int)
    return start in (upload.received, upload.received - last)


def offset_wrong(upload: Upload, provided: int) -> OffsetWrong:
    return OffsetWrong(expected=upload.received, provided=provided)


async def append(session: AsyncSession, by: Standing, id: str, part: Part, now: datetime) -> Upload:
    """The part counts from now on. Raises UploadUnknown, and what `is_new` raises."""
    row = await found(session, by, id, now, lock=True)
    if is_new(row, part):
        row.parts = [*row.parts, [part.size, part.sha256]]
        row.received = part.stop
    told = part.length if part.length is not None else (row.received if part.last else None)
    row.length = row.length if row.length is not None else told
    row.touched_at = now
    await session.flush()
    return row


async def settle(session: AsyncSession, by: Standing, id: str, sha256: str, now: datetime) -> None:
    """It has become an attachment. The row stays for its day: the answer may have been lost."""
    row = await found(session, by, id, now, lock=True)
    row.sha256, row.touched_at = sha256, now
    await session.flush()


async def give_up(session: AsyncSession, by: Standing, id: str, now: datetime) -> None:
    """Raises UploadUnknown."""
    await session.delete(await found(session, by, id, now, lock=True))


async def forget_old(session: AsyncSession, tenant: str, now: datetime) -> None:
    await session.execute(delete(Upload).where(Upload.tenant == tenant, Upload.created_at <= now - AGE))


async def under_way(session: AsyncSession, tenant: str) -> set[str]:
    """Ids of the uploads whose parts are still needed."""
    query = select(Upload.id).where(Upload.tenant == tenant, Upload.sha256.is_(None))
    return set((await session.scalars(query)).all())
