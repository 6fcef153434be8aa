"""That a neighbour carried something is written here: for the owner, who reads by whom it arrived, and for the record."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit, ids
from notices.bundles.envelope import CLOCKS, LIVES, Bundle
from notices.models import Carriage
from notices.records import audience as places
from notices.tokyo import wire
from notices.town.standing import Standing
from sync import Change, record

_AT_ONCE: Final = 200


async def note(
    session: AsyncSession,
    owner: Standing,
    by: Standing,
    bundle: Bundle,
    arrived: Sequence[str],
    now: datetime,
) -> None:
    """`arrived`: what came by this bundle first, `<type>.<record id>` each."""
    carriage = Carriage(
        tenant=owner.tenant,
        id=ids.new_id(),
        person=owner.person,
        device=bundle.device,
        by=by.person,
        presses=len(arrived),
        issued_at=bundle.issued_at,
        received_at=now,
    )
    session.add(carriage)
    body = {"by": {"id": by.person, "name": by.name}, "presses": len(arrived), "at": wire(now)}
    record(session, owner.tenant, Change(places.person_scope(owner.person), "carriages", carriage.id, body))
    # What was carried, and for which home, is not kept for ever with who carried it.
    detail = {"device": bundle.device, "presses": len(arrived)}
    await audit.write(session, owner.tenant, by.person, "bundle.carried", owner.person, detail, now)


async def brought(session: AsyncSession, by: Standing, bundle: Bundle, now: datetime) -> bool:
    """Whether it arrived by this very neighbour before: the answer that was lost is given again."""
    query = select(Carriage.id).where(
        Carriage.tenant == bundle.tenant,
        Carriage.received_at > now - LIVES - CLOCKS,
        Carriage.device == bundle.device,
        Carriage.issued_at == bundle.issued_at,
        Carriage.by == by.person,
    )
    return await session.scalar(query.limit(1)) is not None


async def old(session: AsyncSession, tenant: str, before: datetime) -> Sequence[Any]:
    """For retention.py: (id, owner) of some that are older."""
    query = select(Carriage.id, Carriage.person)
    query = query.where(Carriage.tenant == tenant, Carriage.received_at < before)
    return (await session.execute(query.limit(_AT_ONCE))).all()


async def forget(session: AsyncSession, tenant: str, rows: Sequence[Any], now: datetime) -> None:  # noqa: ARG001
    for id, person in rows:
        record(session, tenant, Change(places.person_scope(person), "carriages", id, None))
    gone = delete(Carriage).where(Carriage.tenant == tenant, Carriage.id.in_([id for id, _ in rows]))
    await session.execute(gone, execution_options={"journalled": True, "synchronize_session": False})
