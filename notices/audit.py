"""What officers did, appended and chained: an edit, a cut or a rewrite of the past is found and named.

Each hash covers the one before; the head is a locked row, so the order of the chain is the order of commits.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import last
from notices.models import Audit, AuditHead

GENESIS = bytes(32)


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


async def breaks(session: AsyncSession, tenant: str) -> AsyncIterator[str]:
    """A sentence for each place where the chain does not hold."""
    before, expected = GENESIS, 1
    entries = await session.stream_scalars(select(Audit).where(Audit.tenant == tenant).order_by(Audit.seq))
    async for entry in entries:
        if entry.seq != expected:
            yield f"entries {expected} to {entry.seq - 1} are missing"
        before = chained(before, entry.seq, entry.at, entry.actor, entry.action, entry.subject, entry.detail)
        if before != entry.hash:
            yield f"entry {entry.seq} was changed, or one before it"
            before = entry.hash
        expected = entry.seq + 1
    head = await session.scalar(select(AuditHead).where(AuditHead.tenant == tenant))
    if head is not None and (head.seq, head.hash) != (expected - 1, before):
        yield f"the end is cut: {head.seq} entries were written, {expected - 1} are there"
