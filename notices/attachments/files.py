"""Attachments by content: what may be attached, who may read it. The bytes live in the server's store.

A scope's members may read a file of a notice placed there; its uploader may for a day without one.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import due
from notices.alarm import kinds
from notices.attachments.file_errors import FileUnknown
from notices.models import Circulation, File, FileGrant, Notice, NoticeFile
from notices.publishing.compose import Attached
from notices.records import audience as places
from notices.records import placing
from notices.town.standing import Standing
from sync import ScopeKey

UPLOADERS_DAY = timedelta(hours=24)


async def keep(session: AsyncSession, by: Standing, sha256: str, type: str, size: int, now: datetime) -> None:
    """Notes an upload; the same content a second time only renews the uploader's day."""
    row = due.upsert(session, File.__table__).values(
        tenant=by.tenant, sha256=sha256, type=type, size=size, uploaded_by=by.person, uploaded_at=now
    )
    again = {"uploaded_by": by.person, "uploaded_at": now}
    await session.execute(row.on_conflict_do_update(index_elements=["tenant", "sha256"], set_=again))


async def attach(
    session: AsyncSession, by: Standing, notice: str, files: Sequence[Attached], now: datetime
) -> None:
    """Replaces the notice's files. Raises FileUnknown for one that `by` neither uploaded, nor finds there already, nor
    reads as an officer in what their association has sent: the map of last year goes out once more.
    """
    there = await _of_notice(session, by.tenant, notice)
    own = select(File.sha256).where(
        File.tenant == by.tenant,
        File.sha256.in_([file.sha256 for file in files]),
        File.uploaded_by == by.person,
        File.uploaded_at > now - UPLOADERS_DAY,
    )
    allowed = there | set((await session.scalars(own)).all())
    wanted = {file.sha256 for file in files} - allowed
    allowed |= {sha256 for sha256 in sorted(wanted) if await _of_office(session, by, sha256)}
    if any(file.sha256 not in allowed for file in files):
        raise FileUnknown()
    await session.execute(
        delete(NoticeFile).where(NoticeFile.tenant == by.tenant, NoticeFile.notice == notice)
    )
    for position, file in enumerate(files):
        session.add(
            NoticeFile(tenant=by.tenant, notice=notice, position=position, sha256=file.sha256, name=file.name)
        )
    await session.flush()


async def grant(session: AsyncSession, notice: Notice) -> None:
    """Whoever sees the notice may read its files, as they are now."""
    await revoke(session, notice)
    if notice.association is None and not kinds.direct(notice.association, notice.kind):
        await _grant_to_officers(session, notice)
        return
    scopes = await placing.placements(session, notice)
    for sha256 in sorted(await _of_notice(session, notice.tenant, notice.id)):
        for scope, _ in scopes:
            session.add(
                FileGrant(
                    tenant=notice.tenant,
                    sha256=sha256,
                    scope_kind=scope.kind,
                    scope_key=scope.key,
                    notice=notice.id,
                )
            )
    await session.flush()


async def _grant_to_officers(session: AsyncSession, circular: Notice) -> None:
    """Of every association that the city's circular has gone to; the city's own people read it as it is theirs."""
    columns = ("tenant", "sha256", "scope_kind", "scope_key", "notice")
    for sha256 in sorted(await _of_notice(session, circular.tenant, circular.id)):
        query = select(Circulation.association).where(
            Circulation.tenant == circular.tenant, Circulation.circular == circular.id
        )
        scopes = [places.officers_scope(association) for association in await session.scalars(query)]
        rows = [
            dict(zip(columns, (circular.tenant, sha256, *scope, circular.id), strict=True))
            for scope in scopes
        ]
        if rows:
            await session.execute(insert(FileGrant), rows)


async def revoke(session: AsyncSession, notice: Notice) -> None:
    await session.execute(
        delete(FileGrant).where(FileGrant.tenant == notice.tenant, FileGrant.notice == notice.id)
    )


async def readable(
    session: AsyncSession, by: Standing, scopes: Collection[ScopeKey], sha256: str, now: datetime
) -> File | None:
    """The file, or None where this person may not read it (or it does not exist: the same answer)."""
    file = await session.get(File, (by.tenant, sha256))
    if file is None:
        return None
    if file.uploaded_by == by.person and file.uploaded_at > now - UPLOADERS_DAY:
        return file
    grants = select(FileGrant.scope_kind, FileGrant.scope_key).where(
        FileGrant.tenant == by.tenant, FileGrant.sha256 == sha256
    )
    granted = {ScopeKey(*row) for row in (await session.execute(grants)).all()}
    own = await _of_office(session, by, sha256)
    return file if own or not granted.isdisjoint(scopes) else None


async def _of_office(session: AsyncSession, by: Standing, sha256: str) -> bool:
    """Whether it belongs to what an association has written for which this person speaks."""
    written = (
        select(Notice.association)
        .join(NoticeFile, (NoticeFile.tenant == Notice.tenant) & (NoticeFile.notice == Notice.id))
        .where(NoticeFile.tenant == by.tenant, NoticeFile.sha256 == sha256, Notice.state != "withdrawn")
    )
    return any(
        by.works_for_city if association is None else by.officer_of(association)
        for association in await session.scalars(written)
    )


async def _of_notice(session: AsyncSession, tenant: str, notice: str) -> set[str]:
    query = select(NoticeFile.sha256).where(NoticeFile.tenant == tenant, NoticeFile.notice == notice)
    return set((await session.scalars(query)).all())
