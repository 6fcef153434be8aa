"""An operation is taken back by an officer of its association; that it was done, and undone, both stay in the audit."""

from typing import Any

from sqlalchemy import select

from notices import audit
from notices.life import hearing, sharing_a_home, telling, undoing
from notices.life import scene as scenes
from notices.life.life_errors import CannotTakeBack, ChangeUnknown
from notices.life.scene import Scene
from notices.life.telling import Told
from notices.models import LifeChange
from notices.proxies import ending

Body = dict[str, Any]


async def association_of(scene: Scene, change: str) -> str:
    """Raises ChangeUnknown."""
    row = await scene.session.get(LifeChange, (scene.tenant, change))
    if row is None:
        raise ChangeUnknown
    return row.association


async def take_back(scene: Scene, change: str) -> Body:
    """Raises ChangeUnknown, CannotTakeBack, ChangedSince, LastOfficerLeaves."""
    await scenes.lock(scene, await association_of(scene, change))
    query = select(LifeChange).where(LifeChange.tenant == scene.tenant, LifeChange.id == change)
    row = await scene.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise ChangeUnknown
    late = scene.now - row.at > telling.TAKEN_BACK_WITHIN
    if late or row.kind not in telling.TAKES_BACK or row.undone_at or row.accepted_at:
        raise CannotTakeBack
    await undoing.collect(scene, row.states, row.at)
    people = row.said["people"]
    scene.changes.touched.people |= await ending.come_back(
        scene.session, scene.tenant, people, row.at, scene.now
    )
    await scenes.insist_on_an_officer(scene, row.association)
    await scene.changes.write(scene.session, scene.vault, scene.now, None)
    said = Told(**row.said)
    if row.kind == "merged" and said.other is not None:
        await sharing_a_home.part(scene, row.household, said.other)
    row.undone_at = scene.now
    await scene.session.flush()
    await telling.tell(scene.session, row)
    await hearing.tell(scene.session, row, scene.actor, scene.now)
    detail = {"change": row.id, "kind": row.kind}
    await audit.write(
        scene.session, scene.tenant, scene.actor, "life.taken-back", row.household, detail, scene.now
    )
    return {"kind": row.kind, "household": row.household, "people": said.people}
