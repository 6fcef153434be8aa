"""What has been kept long enough goes, by the settings of the house; a step at a time, and what went is counted in the log."""

import logging
from datetime import datetime, timedelta

from notices.cap import keeping as alerts
from notices.privacy import retention, retention_answers, retention_families
from notices.privacy.retention import Rule
from server.house import House
from server.keeping import erased
from server.settings import Settings

log = logging.getLogger("kairan.worker")

KEEPS = ("texts", "messages", "proofs", "looks", "left")
"""What is kept, each by its setting keep_<what>_days."""
RULES = (*retention.RULES, *retention_answers.RULES, *retention_families.RULES, *alerts.RULES)


def days(settings: Settings) -> dict[str, int]:
    """0: for ever."""
    return {what: int(getattr(settings, f"keep_{what}_days")) for what in KEEPS}


async def step(house: House, tenant: str, now: datetime) -> bool:
    """One step of each rule. True where there is more."""
    went = [await _by_rule(house, tenant, rule, now) for rule in RULES]
    went += [await _left(house, tenant, now), await _files(house, tenant, now)]
    return any(went)


async def _by_rule(house: House, tenant: str, rule: Rule, now: datetime) -> bool:
    before = _before(house, rule.keeps, now)
    if before is None:
        return False
    async with house.db.read() as session:
        rows = await rule.find(session, tenant, before)
    if rows:
        async with house.db.write() as session:
            await rule.remove(session, tenant, rows, now)
        _say(tenant, rule.what, len(rows))
    return bool(rows)


async def _left(house: House, tenant: str, now: datetime) -> bool:
    before = _before(house, "left", now)
    if before is None:
        return False
    async with house.db.read() as session:
        people = await retention.left(session, tenant, before)
    for person in people:
        await erased.erase(house, tenant, person, now)
    if people:
        _say(tenant, "people who left", len(people))
    return bool(people)


async def _files(house: House, tenant: str, now: datetime) -> bool:
    async with house.db.read() as session:
        files = await retention.unread(session, tenant, now)
    for sha256 in files:
        # The bytes first: a row without bytes is found again, bytes without a row are not.
        await house.store.delete(tenant, sha256)
        async with house.db.write() as session:
            await retention.forget_file(session, tenant, sha256)
    if files:
        _say(tenant, "files", len(files))
    return bool(files)


def _before(house: House, what: str, now: datetime) -> datetime | None:
    kept = days(house.settings)[what]
    return now - timedelta(days=kept) if kept else None


def _say(tenant: str, what: str, count: int) -> None:
    log.info("kept long enough in %s: %d %s went", tenant, count, what)
