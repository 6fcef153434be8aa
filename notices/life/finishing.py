"""How every operation ends: nothing is written in a preview; else rows and records, who is told, the audit."""

from typing import Any

from sqlalchemy import func, select

from notices import audit, ids
from notices.alarm.kinds import STAMPED
from notices.life import hearing, telling, undoing
from notices.life.scene import Scene
from notices.life.telling import Told
from notices.models import Device, LifeChange, Notice, NoticeHousehold, Person

Body = dict[str, Any]


async def finish(
    scene: Scene, kind: str, association: str, household: str, told: Told, *, preview: bool
) -> Body:
    """→ what follows, in facts: `change` is the id by which it can be taken back, None in a preview."""
    follows = await _follows(scene, kind, household, told)
    if preview:
        return follows | {"change": None}
    states = undoing.states(scene.changes)
    await scene.changes.write(scene.session, scene.vault, scene.now, None)
    row = LifeChange(
        tenant=scene.tenant,
        id=ids.new_id(),
        association=association,
        kind=kind,
        household=household,
        actor=scene.actor,
        at=scene.now,
        said=telling.said(told),
        states=states,
    )
    scene.session.add(row)
    await scene.session.flush()
    await telling.tell(scene.session, row)
    await hearing.tell(scene.session, row, scene.actor, scene.now)
    await telling.forget_the_old(scene, association)
    detail = {"change": row.id, "people": len(told.people), "seats": len(told.seats), "ended": told.ended}
    await audit.write(scene.session, scene.tenant, scene.actor, f"life.{kind}", household, detail, scene.now)
    return follows | {"change": row.id}


async def _follows(scene: Scene, kind: str, household: str, told: Told) -> Body:
    row = NoticeHousehold
    open_ones = (
        select(func.count())
        .select_from(row)
        .join(Notice, (Notice.tenant == row.tenant) & (Notice.id == row.notice))
        .where(row.tenant == scene.tenant, row.household == household, row.stamped_at.is_(None))
        .where(Notice.state == "published", Notice.kind.in_(STAMPED))
    )
    phones = select(func.count()).where(
        Device.tenant == scene.tenant, Device.person.in_(told.people), Device.revoked_at.is_(None)
    )
    names = select(Person.id, Person.name).where(Person.tenant == scene.tenant, Person.id.in_(told.people))
    found = {id: name for id, name in await scene.session.execute(names)}
    return {
        "kind": kind,
        "household": household,
        "people": [{"id": id, "name": found.get(id, "")} for id in told.people],
        "seats": told.seats,
        "unfilled": told.unfilled,
        "ended": told.ended,
        "block": told.block,
        "to": told.to,
        "other": told.other,
        "openCirculars": await scene.session.scalar(open_ones),
        "phones": await scene.session.scalar(phones) if told.people else 0,
        "takesBack": kind in telling.TAKES_BACK,
    }
