"""A notice is placed where its audience sees it: one record in the association, or one in each of its blocks."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.alarm import kinds
from notices.circulation import recipients
from notices.models import Association, City, File, Notice, NoticeFile
from notices.records import audience as places
from notices.tokyo import wire
from sync import Change, ScopeKey, record

Body = dict[str, Any]


async def files_of(session: AsyncSession, tenant: str, notice: str) -> list[Body]:
    query = (
        select(NoticeFile.sha256, NoticeFile.name, File.type, File.size)
        .join(File, (File.tenant == NoticeFile.tenant) & (File.sha256 == NoticeFile.sha256))
        .where(NoticeFile.tenant == tenant, NoticeFile.notice == notice)
        .order_by(NoticeFile.position)
    )
    rows = (await session.execute(query)).all()
    return [{"sha256": sha, "name": name, "type": type_, "size": size} for sha, name, type_, size in rows]


async def place(session: AsyncSession, row: Notice) -> None:
    """Places, replaces or (withdrawn, expired) removes the notice wherever its audience sees it."""
    said: Body | None = None
    if row.state == "published":
        said = {
            "notice": row.id,
            "association": row.association,
            "kind": row.kind,
            "topic": row.topic,
            "title": row.title,
            "body": row.body,
            "files": await files_of(session, row.tenant, row.id),
            "deadline": wire(row.deadline),
            "expiresAt": wire(row.expires_at),
            "publishedAt": wire(row.published_at),
            "correctedAt": wire(row.corrected_at),
            "revision": row.revision,
            "stampRound": row.stamp_round,
            "from": {"name": row.author_name, "title": row.author_title},
        }
        if row.circular is not None:
            said["circular"] = row.circular
        said |= _of_alarms(row)
    for scope, id in await placements(session, row):
        body = said if said is None or scope.kind != "block" else said | {"block": scope.key}
        record(session, row.tenant, Change(scope, "notices", id, body))


def _of_alarms(row: Notice) -> Body:
    """What a record says only where there is something to say: of an alarm always, of others their translations."""
    if row.kind not in kinds.ALARMS:
        return {"translations": row.translations} if row.translations else {}
    return {
        "urgency": row.urgency,
        "refersTo": row.refers_to,
        "step": row.step,
        "translations": row.translations,
    }


async def placements(session: AsyncSession, row: Notice) -> list[tuple[ScopeKey, str]]:
    """(scope, record id) of each copy: of the city's alarms one for all, or one in each association that was chosen."""
    if row.association is not None:
        return places.placements(row.id, row.association, row.audience)
    if not kinds.direct(row.association, row.kind):
        return []
    if not row.audience:
        return [(places.city_scope((await session.get_one(City, row.tenant)).id), row.id)]
    # Those that have ended since, too: there it is taken away again.
    chosen = await session.scalars(recipients.named(row.tenant, row.audience).order_by(Association.id))
    return [(places.association_scope(each), f"{row.id}.{each}") for each in chosen]
