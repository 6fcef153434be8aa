"""What outcomes say about addresses: which is dead, which is refused for now, and when it is we who are wrong.

A subscription or a LINE user that its own service calls dead is dead at once. A refused key (403) is the phone's affair
while few are refused, and ours when many are: then nobody's subscription is given up, and somebody is told.
A mailbox is suppressed by slower rules, over days: notices/bounces.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices import many
from notices.deliver.answers import HOUR, SHARE_REFUSED, Answers, is_403
from notices.deliver.in_hand import Claim
from notices.due import upsert
from notices.models import Address, Lane
from notices.outcomes import Gone, Outcome, Refused, Sent

log = logging.getLogger("kairan.worker")

VAPID_REFUSALS: Final = 3
"""403 so often in a row from one subscription, and the subscription is taken for dead."""
LEAST_PHONES: Final = 3
"""Fewer phones refused are the phones' affair, however few there are."""


async def learn(
    session: AsyncSession,
    answers: Answers,
    outcomes: Sequence[tuple[Sequence[Claim], Outcome]],
    now: datetime,
) -> None:
    """`outcomes`: messages that had the same answer, and the answer."""
    dead: dict[str, list[Claim]] = defaultdict(list)
    for claims, outcome in outcomes:
        lane = (claims[0].channel, claims[0].lane)
        answers.add(lane, outcome, now, len(claims))
        if isinstance(outcome, Sent):
            await _well(session, answers, claims)
        elif isinstance(outcome, Gone) and lane[0] in ("push", "line"):
            dead[outcome.reason].extend(claims)
        elif is_403(outcome):
            for claim in claims:
                await _key_refused(session, answers, claim, now)
        elif isinstance(outcome, Refused) and outcome.reason == "our-fault":
            await _alarm(session, claims[0], "our-fault", now)
    for reason, claims in sorted(dead.items()):
        await _set(session, claims, Address.state == "live", state="gone", reason=reason, changed_at=now)


async def _well(session: AsyncSession, answers: Answers, claims: Sequence[Claim]) -> None:
    """Of subscriptions that refused us before. Only push services refuse a key, and nothing else is counted here."""
    if claims[0].channel == "push":
        # What this process has not seen refused since, the claim knows.
        lately = answers.refuses((claims[0].channel, claims[0].lane))
        refused = [claim for claim in claims if lately or claim.refused]
        if refused:
            await _set(session, refused, Address.failures > 0, failures=0)


async def _key_refused(session: AsyncSession, answers: Answers, claim: Claim, now: datetime) -> None:
    if answers.our_key_is_wrong((claim.channel, claim.lane)):
        await _alarm(session, claim, "vapid", now)
        return
    if await _alarmed(session, claim, now):
        return
    await _set(session, [claim], Address.state == "live", failures=Address.failures + 1)
    if not await _is_to_be_given_up(session, claim):
        return
    if await _so_are_many(session, claim):
        await _alarm(session, claim, "vapid", now)
    else:
        await _set(session, [claim], Address.state == "live", state="gone", reason="vapid", changed_at=now)


async def _is_to_be_given_up(session: AsyncSession, claim: Claim) -> bool:
    query = select(Address.failures).where(Address.tenant == claim.tenant, Address.id == claim.address)
    return (await session.scalar(query.where(Address.state == "live")) or 0) >= VAPID_REFUSALS


async def _so_are_many(session: AsyncSession, claim: Claim) -> bool:
    """What no single process may have seen enough answers to tell: of all its phones too many are refused of late. Asked
    before one is given up, and so rarely."""
    refused = func.count().filter(Address.failures > 0)
    there = select(func.count(), refused).where(
        Address.channel == claim.channel, Address.lane == claim.lane, Address.state == "live"
    )
    phones, refused_now = (await session.execute(there)).one()
    return bool(refused_now >= LEAST_PHONES and refused_now * SHARE_REFUSED > phones)


async def _alarmed(session: AsyncSession, claim: Claim, now: datetime) -> bool:
    """By this process or by another."""
    query = select(Lane.alarm_at).where(Lane.channel == claim.channel, Lane.name == claim.lane)
    at = await session.scalar(query.where(Lane.alarm == "vapid"))
    return at is not None and now - at < HOUR


async def _alarm(session: AsyncSession, claim: Claim, reason: str, now: datetime) -> None:
    """On the lane's row, where doctor, metrics and operators look; and once an hour in the log."""
    query = select(Lane.alarm, Lane.alarm_at).where(Lane.channel == claim.channel, Lane.name == claim.lane)
    row = (await session.execute(query)).one_or_none()
    if row is not None and row.alarm == reason and row.alarm_at and now - row.alarm_at < HOUR / 60:
        return
    said = {"alarm": reason, "alarm_at": now}
    statement = upsert(session, Lane.__table__).values(
        channel=claim.channel, name=claim.lane, asked=False, troubles=0, **said
    )
    await session.execute(statement.on_conflict_do_update(index_elements=["channel", "name"], set_=said))
    log.error("%s %s answers that we are wrong: %s", claim.channel, claim.lane, reason)


async def _set(
    session: AsyncSession, claims: Sequence[Claim], only: ColumnElement[bool], **values: object
) -> None:
    addresses: dict[str, list[str]] = defaultdict(list)
    for claim in claims:
        addresses[claim.tenant].append(claim.address)
    for tenant, some in sorted(addresses.items()):
        theirs = many.among(Address.id, "theirs", embedded=many.embedded(session))
        rows = update(Address).where(Address.tenant == tenant, theirs, only).values(**values)
        given = {"theirs": many.listed(session, many.bared(session, some))}
        await session.execute(rows.execution_options(synchronize_session=False), given)
