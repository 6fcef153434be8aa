"""What a worker has taken, looked at again: whom each message is still for, put into words or decided here.

No row is locked meanwhile: words for a thousand take longer than to take them, and whoever settles need not wait for it.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from notices.channels import Outgoing
from notices.deliver import again, behalf, letters, whom
from notices.deliver.behalf import Represented
from notices.deliver.in_hand import Claim
from notices.deliver.letters import Letters, Office, Told
from notices.deliver.whom import Recipient
from notices.memos import reading
from notices.memos.rows import Answer, Said, Whereto
from notices.outcomes import Crashed, Held, Outcome, Skipped
from notices.wording.letter import Letter

BREATH: Final = 100
"""Messages put into words before the event loop has a turn: a thousand are 30 ms, in which phones wait and what sends
has nothing left to carry."""


@dataclass(slots=True)
class Batch:
    claims: dict[str, Claim] = field(default_factory=dict)
    outgoing: list[Outgoing] = field(default_factory=list)
    decided: list[tuple[str, Outcome]] = field(default_factory=list)
    """What needs no channel: skipped, or impossible to render."""
    fallen: list[tuple[Claim, Sequence[tuple[str, Recipient]]]] = field(default_factory=list)
    """Of what leaves, the parts that are in it no more, each with the reason."""


async def ready(session: AsyncSession, office: Office, claims: Sequence[Claim], now: datetime) -> Batch:
    """In any transaction behind the one that claimed them; it only reads."""
    by_tenant: dict[str, list[Claim]] = defaultdict(list)
    for each in claims:
        by_tenant[each.tenant].append(each)
    batch = Batch()
    for tenant, some in by_tenant.items():
        await _prepare(session, office, tenant, some, batch, now)
    return batch


async def part(session: AsyncSession, batch: Batch, now: datetime) -> None:
    """Writes down what fell out of these messages, before they leave without it."""
    for claim, parts in batch.fallen:
        await again.fall_out(session, claim, parts, now)


async def _prepare(
    session: AsyncSession, office: Office, tenant: str, claims: Sequence[Claim], batch: Batch, now: datetime
) -> None:
    """Reads the deliveries of each message, looks again whom it is still for, and renders it."""
    recipients = await whom.recipients(session, tenant, [each.bare for each in claims], now)
    said = await letters.read(session, office, tenant, whom.notices_of(recipients))
    for_whom = await behalf.represented(session, tenant, recipients, now)
    bare = [each.id for each in claims if each.bare not in recipients]
    memos = await reading.read(session, office.vault, tenant, bare, now) if bare else {}
    for number, claim in enumerate(claims, 1):
        if number % BREATH == 0:
            await asyncio.sleep(0)
        if claim.id in memos:
            _say(said, claim, memos[claim.id], batch)
            continue
        if out := _tell(said, claim, recipients.get(claim.bare, ()), now, batch, for_whom):
            batch.fallen.append((claim, out))


def _tell(
    said: Letters,
    claim: Claim,
    recipients: Sequence[Recipient],
    now: datetime,
    batch: Batch,
    for_whom: Represented,
) -> Sequence[tuple[str, Recipient]]:
    """→ parts of what leaves that are in it no more, each with the reason."""
    reasons = [(whom.why_not(said.notices.get(each.notice), claim, each), each) for each in recipients]
    left = [each for reason, each in reasons if reason is None]
    to = left[0] if left else None
    if to is None or to.address is None or to.person is None:
        batch.claims[claim.id] = claim
        batch.decided.append((claim.id, Skipped((reasons[0][0] if reasons else None) or "withdrawn")))
        return ()
    if (wakes := again.wakes_at(said.notices, claim, left, now)) is not None:
        batch.claims[claim.id] = claim
        batch.decided.append((claim.id, Held(wakes)))
        return ()
    notices = tuple(dict.fromkeys(each.notice for each in left))
    told = Told(notices, to.step, to.person.locale, to.person.digest == "weekly")
    if for_whom:
        told = told._replace(whose=behalf.of_each(for_whom, notices, left))
    _write(said, claim, to.address, told, batch)
    return [(reason, each) for reason, each in reasons if reason is not None]


def _say(said: Letters, claim: Claim, answer: Answer, batch: Batch) -> None:
    """A memo."""
    if isinstance(answer, Said):
        _write(said, claim, answer.box, answer.letter, batch)
        return
    batch.claims[claim.id] = claim
    batch.decided.append((claim.id, answer))


def _write(said: Letters, claim: Claim, address: Whereto, told: Told | Letter, batch: Batch) -> None:
    if address.id != claim.address or address.failures:
        claim = claim._replace(address=address.id, refused=address.failures > 0)
    batch.claims[claim.id] = claim
    try:
        batch.outgoing.append(said.outgoing(claim, address, told))
    except Exception:  # one poisonous row must not take the lane with it
        batch.decided.append((claim.id, Crashed(crashes=claim.crashes + 1)))
