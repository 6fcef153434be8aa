"""The rules applied to a mailbox: to every row of it, as couples share one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.bounces import rules
from notices.bounces.rules import Failure, Health
from notices.models import Address
from notices.outcomes import Outcome, State
from notices.planning.carried import BOUNCED_SOFTLY

_AT_ONCE = 500


class Claimed(Protocol):
    """What of a claim is needed here."""

    @property
    def tenant(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def channel(self) -> str: ...


async def learn(
    session: AsyncSession, settled: Sequence[tuple[Sequence[Claimed], Outcome, State]], now: datetime
) -> None:
    """What messages that were refused in the dialogue say about their mailboxes; those of one channel that had the same
    answer together.
    """
    failures: dict[tuple[str, str], Failure] = {}
    for claims, outcome, became in settled:
        if (failure := rules.failure_of(claims[0].channel, outcome, became)) is not None:
            failures |= {(claim.tenant, claim.address): failure for claim in claims}
    for (tenant, address), failure in sorted(failures.items()):
        await count(session, tenant, address, failure, now, now)


async def count(
    session: AsyncSession, tenant: str, address: str, failure: Failure, at: datetime, now: datetime
) -> None:
    """One failure, which happened `at`, of the mailbox that `address` stands for."""
    box = select(Address.lookup).where(Address.tenant == tenant, Address.id == address).scalar_subquery()
    query = select(Address).where(
        Address.tenant == tenant, Address.lookup == box, Address.channel == "mail", Address.state != "gone"
    )
    query = query.order_by(Address.id).with_for_update().execution_options(populate_existing=True)
    for row in (await session.scalars(query)).all():
        _write(row, rules.after(_health(row), failure, at), now)
    await session.flush()


async def let_back(session: AsyncSession, tenant: str, now: datetime) -> int:
    """Mailboxes whose soft failures have faded are tried again. Returns how many."""
    query = select(Address).where(
        Address.tenant == tenant, Address.state == "suppressed", Address.reason == BOUNCED_SOFTLY
    )
    rows = (await session.scalars(query.order_by(Address.id).limit(_AT_ONCE).with_for_update())).all()
    rested = [row for row in rows if rules.may_try_again(_health(row), now)]
    for row in rested:
        row.state, row.reason, row.suppressed_at, row.changed_at = "live", None, None, now
    return len(rested)


def _health(row: Address) -> Health:
    return Health(row.state, row.reason, row.hard_failed_on, row.soft_score or 0.0, row.soft_failed_at)


def _write(row: Address, health: Health, now: datetime) -> None:
    if (row.state, row.reason) != (health.state, health.reason):
        row.state, row.reason = health.state, health.reason
        row.suppressed_at = row.changed_at = now
    row.hard_failed_on = health.hard_on
    row.soft_score, row.soft_failed_at = health.score, health.scored_at
