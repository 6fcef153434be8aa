"""A roster applied to an association: all of it or nothing; the same file again changes nothing.

What is not in the file has ended: households have left, people too (unless they live or serve elsewhere in the
city), their terms are over today; their devices stay and show them nothing. Nothing is ever deleted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit
from notices.errors import NotFound
from notices.life.changes import Changes, Progress
from notices.models import Association
from notices.roster import comparing, hearing, on_file, seating
from notices.roster.changes import Import
from notices.roster.rows import HouseholdRow, Parsed, Problem
from notices.tokyo import today
from notices.town.people_errors import RosterEndsOfficers, RosterEndsTooMany, RosterHasErrors
from notices.vault import Vault

FEW: Final = 10
"""Below this many households a list may turn over completely without a question."""


@dataclass(frozen=True, slots=True)
class Report:
    """`changes`: counts by kind (changes.COUNTS); `applied`: whether anything was written."""

    rows: int
    changes: dict[str, int]
    report: Sequence[Problem]
    applied: bool


async def apply(
    session: AsyncSession,
    vault: Vault,
    tenant: str,
    association: str,
    parsed: Parsed,
    actor: str | None,
    now: datetime,
    progress: Progress | None = None,
    *,
    dry_run: bool = False,
    really: bool = False,
) -> Report:
    """Raises RosterHasErrors, RosterEndsTooMany and RosterEndsOfficers; a dry run reports them instead.

    `really`: the officer was told that more than half of the households, or all officers, would go.
    """
    if parsed.errors and dry_run:
        return Report(parsed.rows, Changes(tenant).counted(), parsed.problems, applied=False)
    if parsed.errors:
        raise RosterHasErrors(errors=len(parsed.errors), report=parsed.problems)
    work = await _compared(session, vault, tenant, association, parsed, now)
    changes, doubts = work.changes, _doubts(work)
    if doubts and not dry_run and not really:
        raise doubts[0]
    doubted = [Problem(0, "warning", doubt.detail()) for doubt in doubts]
    lines = [*doubted, *work.warnings, *parsed.problems, *_about_the_actor(work, actor)]
    applied = bool(changes) and not dry_run
    if applied:
        await changes.write(session, vault, now, progress)
        await hearing.tell(session, work, actor)
        await audit.write(session, tenant, actor, "roster.imported", association, _detail(changes), now)
    return Report(parsed.rows, changes.counted(), lines, applied)


async def _compared(
    session: AsyncSession, vault: Vault, tenant: str, association: str, parsed: Parsed, now: datetime
) -> Import:
    """What is on file beside what the list says, with what would have to change; nobody else imports meanwhile."""
    await _lock(session, tenant, association)
    numbers = (
        person.number for household in parsed.households for person in household.people if person.number
    )
    register = await on_file.load(session, tenant, association, today(now), numbers)
    work = Import(register, parsed, vault, tenant, association, now, Changes(tenant))
    comparing.compare(work)
    return work


async def export(
    session: AsyncSession, vault: Vault, tenant: str, association: str, now: datetime
) -> list[HouseholdRow]:
    """What `sheet.format` writes, and `apply` takes back without a change."""
    register = await on_file.load(session, tenant, association, today(now))
    return on_file.as_rows(register, vault, tenant)


async def _lock(session: AsyncSession, tenant: str, association: str) -> None:
    """Two imports of one association wait for each other."""
    query = select(Association).where(Association.tenant == tenant, Association.id == association)
    if await session.scalar(query.with_for_update()) is None:
        raise NotFound


def _doubts(work: Import) -> list[RosterEndsTooMany | RosterEndsOfficers]:
    doubts: list[RosterEndsTooMany | RosterEndsOfficers] = []
    here = sum(household.left_at is None for household in work.register.households)
    leaving = work.changes.counts["householdsLeft"]
    if here >= FEW and leaving * 2 > here:
        doubts.append(RosterEndsTooMany(households=here, leaving=leaving))
    if seating.officers(work.register, today(work.now)) and not seating.officers_after(work):
        doubts.append(RosterEndsOfficers())
    return doubts


def _about_the_actor(work: Import, actor: str | None) -> list[Problem]:
    speaks = seating.officers(work.register, today(work.now))
    if actor in speaks and actor not in seating.officers_after(work):
        return [
            Problem(
                0, "warning", "この名簿では、ご自身の役職が今日で終わります。「役職」の列を確かめてください。"
            )
        ]
    return []


def _detail(changes: Changes) -> dict[str, object]:
    return {name: count for name, count in changes.counted().items() if count}
