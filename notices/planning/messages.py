"""Deliveries and their messages are written here, many at once: those of a plan, those of the ladder's steps, and what
goes out in place of what failed. Ids are bare, but for `make`: many.py.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final, cast

from sqlalchemy import Select, Table, Update, bindparam, null, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices import many, packed
from notices.ledger import homes
from notices.many import Bare
from notices.models import Delivery, Message, Notice, NoticeHousehold
from notices.planning.sharing import ALIKE, DELIVERY, MESSAGE, Made, Target, Way

Homes = Mapping[Bare, Sequence[Target]]
"""Household → where it is to be told."""

_messages = cast(Table, Message.__table__)
_deliveries = cast(Table, Delivery.__table__)
_homes = cast(Table, NoticeHousehold.__table__)
_message, _delivery, _row = _messages.c, _deliveries.c, _homes.c
_FRESH: Final = {"state": "due", "attempt": 0, "doubts": 0, "crashes": 0}


async def make(
    session: AsyncSession,
    notice: Notice,
    revision: int,
    step: str,
    told: Mapping[str, Sequence[Target]],
    now: datetime,
) -> None:
    """A revision of the notice, at this step, to these addresses. `told` is in letters, as of recipients.targets."""
    bared = {
        home: [_bared(session, target) for target in targets] for home, targets in told.items() if targets
    }
    homes = dict(zip(many.bared(session, bared), bared.values(), strict=True))
    await save(session, await prepare(session, notice, revision, step, homes, now))


def _bared(session: AsyncSession, target: Target) -> Target:
    household, person, address = many.bared(session, target[:3])
    return target._replace(household=household, person=person, address=address)


async def prepare(
    session: AsyncSession, notice: Notice, revision: int, step: str, told: Homes, now: datetime
) -> Made:
    """The same, not yet written: whoever looks at it first may find it strange."""
    made = Made(notice, revision, step, now, many.maker(session))
    chosen = [target for targets in told.values() for target in targets]
    made.already = await _already(session, made, chosen)
    made.digests = await _gathering(session, made, chosen)
    for targets in told.values():
        made.plan(targets)
    return made


async def _already(
    session: AsyncSession, made: Made, chosen: Sequence[Target]
) -> dict[tuple[Bare, Bare], Way]:
    """(person, address) → the message by which another home of theirs got this.

    It may have left by now. Its row is locked: a worker that settles it sees the home that joins it here, or we see
    what became of it; without that a second home would be "planned" for ever.
    """
    given = {
        "tenant": made.notice.tenant,
        "notice": made.notice.id,
        "revision": made.revision,
        "step": made.step,
        "people": many.listed(session, {target.person for target in chosen}),
    }
    found = await session.execute(_told(many.embedded(session)), given)
    return {(person, address): Way(id, state, reason) for person, address, id, state, reason in found}


async def _gathering(
    session: AsyncSession, made: Made, chosen: Sequence[Target]
) -> dict[tuple[Bare, datetime], Bare]:
    """Digests that wait already, locked: nobody can have taken one, as it is due later than now."""
    waiting = {target.address for target in chosen if made.slot(target).digest}
    if not waiting:
        return {}
    given = {"tenant": made.notice.tenant, "now": made.now, "addresses": many.listed(session, waiting)}
    found = await session.execute(_waiting(many.embedded(session)), given)
    return {(address, due): id for address, due, id in found}


async def save(session: AsyncSession, made: Made) -> None:
    notice = made.notice
    [id] = many.bared(session, [notice.id])
    its = {"tenant": notice.tenant}
    alike = its | _FRESH | {"urgency": notice.urgency, "created_at": made.now}
    await packed.insert(session, _messages, alike, ALIKE, MESSAGE, made.messages)
    alike = its | {"notice": id, "revision": made.revision, "step": made.step}
    await packed.insert(session, _deliveries, alike, (), DELIVERY, {(): made.deliveries})
    await _count(session, made)


async def _count(session: AsyncSession, made: Made) -> None:
    notice = made.notice
    touched = made.counts.keys() | {home for each in made.failed.values() for home in each}
    await homes.lock(session, notice.tenant, notice.id, touched)

    async def say(what: str, households: Collection[Bare], **said: object) -> None:
        given = {"its_tenant": notice.tenant, "its_notice": notice.id}
        listed = many.listed(session, households)
        await session.execute(_said(what, many.embedded(session)), given | said | {"households": listed})

    for count, households in made.by_count():
        await say("planned", households, count=count)
    for reason, households in sorted(made.failed.items()):
        await say("failed", households, reason=reason)
    if made.handed_over:
        await say("handed over", made.handed_over, now=made.now)


# The statements of every chunk are made once.


@cache
def _told(embedded: bool) -> Select[*tuple[Any, ...]]:
    query = select(many.bare(_delivery.person), many.bare(_delivery.address), many.bare(_message.id))
    query = query.add_columns(_message.state, _message.reason).join(
        _messages, (_message.tenant == _delivery.tenant) & (_message.id == _delivery.message)
    )
    query = query.where(
        *(_delivery[name] == bindparam(name) for name in ("tenant", "notice", "revision", "step"))
    )
    query = query.where(many.among(_delivery.person, "people", embedded=embedded))
    return query.order_by(_message.id).with_for_update(of=_messages)


@cache
def _waiting(embedded: bool) -> Select[*tuple[Any, ...]]:
    query = select(many.bare(_message.address), _message.due_at, many.bare(_message.id)).where(
        _message.tenant == bindparam("tenant"),
        many.among(_message.address, "addresses", embedded=embedded),
        _message.digest.is_(True),
        _message.state == "due",
        _message.due_at > bindparam("now"),
    )
    return query.order_by(_message.id).with_for_update()


@cache
def _said(what: str, embedded: bool) -> Update:
    rows = update(_homes).where(
        _row.tenant == bindparam("its_tenant"),
        _row.notice == bindparam("its_notice"),
        many.among(_row.household, "households", embedded=embedded),
    )
    if what == "planned":
        # Another way is open: why an earlier one failed is no longer what there is to say.
        return rows.values(planned=_row.planned + bindparam("count"), failed=null())
    if what == "failed":
        return rows.values(failed=bindparam("reason"))
    return rows.where(_row.handed_over_at.is_(None)).values(handed_over_at=bindparam("now"))
