"""What officers did, appended and chained: an edit, a cut or a rewrite of the past is found and named (auditing/).

Each hash covers the one before; the head is a locked row, so the order of the chain is the order of commits.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import due, last
from notices.models import Audit, AuditHead
from notices.tokyo import midnight, today

GENESIS = bytes(32)
MAIL_HEAD = "head"
"""Of due rows: `head <city>`, every day from the first entry on (auditing/mailing.py)."""
RECENT: Final = 2_000
"""Deeds: the chain has no index but its order, and whoever asks wants to know of today."""


@dataclass(frozen=True, slots=True)
class _Entry:
    tenant: str
    actor: str | None
    action: str
    subject: str
    detail: Mapping[str, object]
    at: datetime


async def write(
    session: AsyncSession,
    tenant: str,
    actor: str | None,
    action: str,
    subject: str,
    detail: Mapping[str, object],
    now: datetime,
) -> None:
    """Notes one entry; it is appended as the transaction ends. `detail`: ids, counts, states; no name or address."""
    last.note(session, _Entry(tenant, actor, action, subject, dict(detail), now))


async def settle(session: AsyncSession) -> None:
    """Appends what was noted, each city's entries behind its locked head."""
    entries = last.noted(session, _Entry)
    for tenant in sorted({entry.tenant for entry in entries}):
        await _append(session, tenant, [entry for entry in entries if entry.tenant == tenant])


async def _append(session: AsyncSession, tenant: str, entries: Sequence[_Entry]) -> None:
    head = await session.scalar(select(AuditHead).where(AuditHead.tenant == tenant).with_for_update())
    if head is None:
        head = AuditHead(tenant=tenant, seq=0, hash=GENESIS)
        session.add(head)
        await due.put(session, tenant, MAIL_HEAD, tenant, next_morning(entries[0].at))
    for entry in entries:
        head.seq += 1
        said = (entry.actor, entry.action, entry.subject, entry.detail)
        head.hash = chained(head.hash, head.seq, entry.at, *said)
        session.add(
            Audit(
                tenant=tenant,
                seq=head.seq,
                at=entry.at,
                actor=entry.actor,
                action=entry.action,
                subject=entry.subject,
                detail=dict(entry.detail),
                hash=head.hash,
            )
        )
    await session.flush()


async def newest(session: AsyncSession, tenant: str, subject: str, actions: Collection[str]) -> Audit | None:
    """The last of these deeds done to it, among the city's newest (RECENT); what is older is not looked for."""
    head = await session.scalar(select(AuditHead.seq).where(AuditHead.tenant == tenant))
    query = select(Audit).where(Audit.tenant == tenant, Audit.seq > (head or 0) - RECENT)
    query = query.where(Audit.subject == subject, Audit.action.in_(actions))
    return await session.scalar(query.order_by(Audit.seq.desc()).limit(1))


def next_morning(now: datetime) -> datetime:
    """When a head is mailed: at nine, when somebody is there who sees that a mail is missing."""
    return midnight(today(now - timedelta(hours=9)) + timedelta(days=1)) + timedelta(hours=9)


def chained(
    before: bytes,
    seq: int,
    at: datetime,
    actor: str | None,
    action: str,
    subject: str,
    detail: Mapping[str, object],
) -> bytes:
    """SHA-256 of the hash before and of this entry in canonical JSON."""
    entry = [seq, at.astimezone(UTC).isoformat(), actor, action, subject, detail]
    text = json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(before + text.encode()).digest()
