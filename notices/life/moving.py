"""A home moves within its association: to another block, to another place in the walking order, to another street."""

from typing import Any

from sqlalchemy import func, select

from notices.errors import BlockForeign
from notices.life import finishing, walking, words
from notices.life import scene as scenes
from notices.life.scene import Scene
from notices.life.telling import Told
from notices.models import Block

Body = dict[str, Any]


async def move(
    scene: Scene, household: str, to: str, walk: int | None = None, *, preview: bool = False
) -> Body | None:
    """Into a block (or within its own), at a place of the walking order; None: at the end. None where it is there already.

    Whoever stands at that place moves on by one. Ledgers of notices already published keep the block and place of
    their publication, so the old block's leader goes on with them; a leader's term stays with the block it is for.
    Raises HouseholdUnknown, BlockForeign, WalkWrong.
    """
    home = await scenes.home(scene, household)
    row = home.row
    await insist_on_block(scene, row.association, to)
    if (row.block, row.walk) == (to, walk) or (walk is None and row.block == to):
        return None
    others = await walking.homes(scene.session, scene.tenant, to, but=household)
    place = walking.make_room(scene.changes, others, walk)
    told = Told(people=list(home.living), block=row.block, to=to)
    kind = "moved" if row.block != to else "placed"
    touched = scene.changes.touched
    touched.households.add(household)
    if row.block != to:
        touched.moved[household] = row.block
        touched.people |= set(home.living)
    scene.changes.set(row, block=to, walk=place)
    return await finishing.finish(scene, kind, row.association, household, told, preview=preview)


async def insist_on_block(scene: Scene, association: str, block: str) -> None:
    """Raises BlockForeign."""
    query = select(func.count()).where(
        Block.tenant == scene.tenant,
        Block.id == block,
        Block.association == association,
        Block.ended_at.is_(None),
    )
    if not await scene.session.scalar(query):
        raise BlockForeign


async def readdress(scene: Scene, household: str, street: str, *, preview: bool = False) -> Body | None:
    """None where it is written so already. Raises HouseholdUnknown, EntryWrong."""
    home = await scenes.home(scene, household)
    street = words.line("住所", street)
    known = scene.vault.decrypt(scene.tenant, home.row.street) if home.row.street else ""
    if street == known:
        return None
    sealed = scene.vault.encrypt(scene.tenant, street) if street else None
    scene.changes.set(home.row, street=sealed)
    scene.changes.touched.households.add(household)
    told = Told(people=list(home.living), block=home.row.block)
    return await finishing.finish(
        scene, "readdressed", home.row.association, household, told, preview=preview
    )
