"""What is published when distribution is measured: the words of a real circular, by a president who may."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from notices.alarm import sending, templates
from notices.models import Notice
from notices.publishing import drafts
from notices.publishing import publish as publishing
from notices.publishing.compose import Draft
from notices.town.standing import standing

FILLED = {"place": "川ぞいの地域", "time": "11月22日 23時", "shelter": "桜小学校"}
TITLE = "秋の清掃と側溝の点検について"
BODY = "**10時**に集会所へ。\n\n- ほうき\n- 軍手\n\n" + "雨の日は、次の日曜日に行います。" * 20


async def publish(
    session: AsyncSession,
    now: datetime,
    *,
    tenant: str,
    association: str,
    president: str,
    urgency: str = "ordinary",
    blocks: Sequence[str] = (),
) -> str:
    """The publishing transaction, by the product's own hands; the notice's id. Without `blocks`, to everybody."""
    by = await standing(session, tenant, president, now)
    assert by is not None
    audience = {"blocks": list(blocks)} if blocks else {}
    draft = Draft("circular", "events", TITLE, BODY, audience=audience, urgency=urgency)
    notice = await publishing.write(session, by, association, draft, now, announced=True)
    await publishing.announce(session, by, notice, now, timedelta(0))
    return notice.id


async def prepare(session: AsyncSession, now: datetime, *, tenant: str, clerk: str) -> str:
    """An emergency of the city to all, approved but not yet sent; its id."""
    by = await standing(session, tenant, clerk, now)
    assert by is not None
    texts = templates.filled("evacuation", "emergency", FILLED)
    said = {lang: each for lang, each in texts.items() if lang != "ja"}
    ours = texts["ja"]
    draft = Draft(
        "emergency", "disaster", ours["title"], ours["body"], translations=said, template="evacuation"
    )
    notice = await sending.write(session, by, draft, now)
    notice.state, notice.announced_by = "awaiting", clerk
    await drafts.keep(session, notice)
    return notice.id


async def sound(session: AsyncSession, now: datetime, *, tenant: str, notice: str) -> str:
    """What the second person's press does."""
    await sending.approved(session, await session.get_one(Notice, (tenant, notice)), now)
    return notice
