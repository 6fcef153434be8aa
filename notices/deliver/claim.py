"""Who takes what: the oldest due messages of one lane, under a lease, looked at again before they leave."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import Select, Table, Update, bindparam, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices import many
from notices.channels import Outgoing
from notices.deliver import again, behalf, lanes, letters, whom
from notices.deliver.behalf import Represented
from notices.deliver.in_hand import COLUMNS, EXPRESS, Claim, Moment, claim_of, lease
from notices.deliver.letters import Letters, Office, Told
from notices.deliver.whom import Recipient
from notices.memos import reading
from notices.memos.rows import Answer, Said, Whereto
from notices.models import Message
from notices.outcomes import Crashed, Held, Outcome, Skipped
from notices.wording.letter import Letter
from sync import Question, ask

BATCH: Final = {"mail": 64, "push": 1_000, "line": 500}
PROBE: Final = 8
"""Messages tried at once in a lane that had nothing but trouble of late."""
SUSPECTS: Final = 16
"""A batch in which one message may be what kills workers is so much smaller; what killed two goes alone."""
BREATH: Final = 100
"""Messages put into words before the event loop has a turn: a thousand are 30 ms, in which phones wait and what sends
has nothing left to carry."""
SHARE: Final = 4
"""Of a batch a quarter is kept for what is not urgent: it is overtaken, but never starved."""

_message = cast(Table, Message.__table__)
_c = _message.c


@dataclass(slots=True)
class Batch:
    claims: dict[str, Claim] = field(default_factory=dict)
    outgoing: list[Outgoing] = field(default_factory=list)
    decided: list[tuple[str, Outcome]] = field(default_factory=list)
    """What needs no channel: skipped, or impossible to render."""


async def claim(
    session: AsyncSession,
    office: Office,
    channel: str,
    lane: str,
    now: Moment,
    *,
    express: bool = False,
    most: int | None = None,
) -> Batch:
    """Each message taken counts as one more attempt. `express`: emergencies alone; else all others.

    `most`: messages at once; without it as many as is right for the channel.
    """
    health = await lanes.health(session, channel, lane)
    if lanes.is_shut(health, now.ours, express=express):
        return Batch()
    most = PROBE if health is not None and health.troubles else most or BATCH[channel]
    by_tenant: dict[str, list[Claim]] = defaultdict(list)
    for each in await _chosen(session, channel, lane, now.ours, most, express=express):
        by_tenant[each.tenant].append(each)
    batch = Batch()
    for tenant, claims in by_tenant.items():
        bares = [each.bare for each in claims]
        given = {
            "its_tenant": tenant,
            "its_ids": many.listed(session, bares),
            "worker": office.worker,
            "lease_until": now.database + lease(EXPRESS if express else "ordinary"),
        }
        await ask(session, _TAKING, **given)
        await _prepare(session, office, tenant, claims, batch, now.ours)
    return batch


async def _chosen(
    session: AsyncSession, channel: str, lane: str, now: datetime, most: int, *, express: bool
) -> Sequence[Claim]:
    """The next messages of the lane, locked; the urgent first, with room left for the others."""

    async def oldest(urgency: str, limit: int) -> Sequence[Claim]:
        given = {"channel": channel, "lane": lane, "urgency": urgency, "now": now, "most": limit}
        return [claim_of(row, attempts=1) for row in await ask(session, _OLDEST, **given)]

    if express:
        return _alike(await oldest(EXPRESS, most), most)
    urgent = await oldest("urgent", most)
    others = await oldest("ordinary", max(most - len(urgent), most // SHARE))
    return _alike([*urgent[: most - len(others)], *others], most)


# The statements of every batch are made once.


def _oldest(_dialect: str) -> Select[*tuple[Any, ...]]:
    query = select(*COLUMNS).where(
        _c.channel == bindparam("channel"),
        _c.lane == bindparam("lane"),
        _c.urgency == bindparam("urgency"),
        lanes.waits(bindparam("now", type_=_c.due_at.type)),
        _c.state.in_((literal_column("'due'"), literal_column("'later'"))),
    )
    query = query.order_by(_c.due_at, _c.tenant, _c.id).limit(bindparam("most"))
    return query.with_for_update(skip_locked=True)


def _taking(dialect: str) -> Update:
    """Of rows that are locked."""
    among = many.among(_c.id, "its_ids", embedded=dialect == "sqlite")
    ours = _c.tenant == bindparam("its_tenant"), among
    return (
        update(_message)
        .where(*ours)
        .values(
            state="sending",
            due_at=None,
            worker=bindparam("worker"),
            attempt=_c.attempt + 1,
            lease_until=bindparam("lease_until"),
            crossing_at=None,
        )
    )


_OLDEST: Final = Question(_oldest)
_TAKING: Final = Question(_taking)


def _alike(claims: Sequence[Claim], most: int) -> Sequence[Claim]:
    """Those that have crashed as often as the first: suspects travel in small batches, and in the end alone."""
    if not claims:
        return claims
    crashes = claims[0].crashes
    if crashes:
        most = max(most // SUSPECTS, 1) if crashes == 1 else 1
    return [each for each in claims if each.crashes == crashes][:most]


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
            await again.fall_out(session, claim, out, now)


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
