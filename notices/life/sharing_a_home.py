"""Homes part and come together: a household is split, or becomes a part of another one of its association."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select, update

from notices.alarm.kinds import SAFETY_CHECK
from notices.ids import new_id
from notices.ledger import homes, reach, taking_back
from notices.life import ending, finishing, walking, words
from notices.life import scene as scenes
from notices.life.life_errors import MergeWithItself, SplitLeavesNobody
from notices.life.moving import insist_on_block
from notices.life.scene import Home, Scene
from notices.life.telling import Told
from notices.models import Household, MergedHome, Notice, NoticeHousehold, SafetyAnswer, Stamp, Visit
from notices.roster.rows import same_number
from notices.town.people_errors import HouseholdUnknown

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class NewHome:
    """`id` made by the client, so that a second press makes no second home. No `block`: right behind the old home; no `walk`: at
    the end of the block; no `street`: the old one's."""

    id: str | None
    name: str
    block: str | None = None
    walk: int | None = None
    street: str | None = None


async def split(
    scene: Scene, household: str, people: Sequence[str], new: NewHome, *, preview: bool = False
) -> Body | None:
    """These people become a household of their own. None where this very home was made before.

    Rows of circulars that are out stay with the old home: those who left it can no longer stamp for it, see the circular in
    their new home all the same, and what was to be sent to them still is. Raises HouseholdUnknown, PeopleNotHere,
    SplitLeavesNobody, BlockForeign, WalkWrong, EntryWrong.
    """
    if new.id is not None and await scene.session.get(Household, (scene.tenant, new.id)) is not None:
        return None
    home = await scenes.home(scene, household)
    going = scenes.chosen(home, people)
    if len(going) == len(home.living):
        raise SplitLeavesNobody
    block = new.block or home.row.block
    await insist_on_block(scene, home.row.association, block)
    others = await walking.homes(scene.session, scene.tenant, block)
    walk = home.row.walk + 1 if new.walk is None and new.block is None else new.walk
    place = walking.make_room(scene.changes, others, walk)
    id = await _add(scene, home, new, block, place)
    for person in going:
        ending.residence(scene.changes, home.living[person][0], scene.now)
    await scenes.settle_in(scene, id, going)
    told = Told(people=going, block=home.row.block, other=id, other_block=block)
    return await finishing.finish(scene, "split", home.row.association, household, told, preview=preview)


async def _add(scene: Scene, home: Home, new: NewHome, block: str, place: int) -> str:
    row, street = home.row, home.row.street
    if new.street is not None:
        said = words.line("住所", new.street)
        street = scene.vault.encrypt(scene.tenant, said) if said else None
    id = new.id or new_id()
    scene.changes.insert(
        Household,
        "householdsAdded",
        id=id,
        association=row.association,
        block=block,
        walk=place,
        number=await free_number(scene, row.association, f"{row.number}-"),
        name=words.needed("世帯名", new.name),
        street=street,
        paper=row.paper,
        joined_at=scene.now,
        left_at=None,
    )
    return id


async def free_number(scene: Scene, association: str, before: str = "") -> str:
    """The next 世帯番号 that no home of the association ever had; behind `before`, from 2."""
    query = select(Household.number).where(
        Household.tenant == scene.tenant, Household.association == association
    )
    taken = {same_number(number) for number in await scene.session.scalars(query)}
    next_ = 2 if before else 1 + max((int(number) for number in taken if number.isdecimal()), default=0)
    while same_number(f"{before}{next_}") in taken:
        next_ += 1
    return f"{before}{next_}"


async def merge(scene: Scene, household: str, into: str, *, preview: bool = False) -> Body:
    """All of a household's people live in `into` from now on, and the household ends.

    Its rows of circulars that are out stay: whoever stamps for the other home, or has, has read for this one too. Raises
    HouseholdUnknown (also for one of another association), MergeWithItself.
    """
    if household == into:
        raise MergeWithItself
    first, second = sorted((household, into))
    found = {id: await scenes.home(scene, id) for id in (first, second)}
    home, other = found[household], found[into]
    if home.row.association != other.row.association:
        raise HouseholdUnknown
    for resident, _ in home.living.values():
        ending.residence(scene.changes, resident, scene.now)
    coming = [person for person in home.living if person not in other.living]
    await scenes.settle_in(scene, into, coming)
    ending.household(scene.changes, home.row, scene.now)
    told = Told(
        people=list(home.living), block=home.row.block, other=into, other_block=other.row.block, ended=True
    )
    follows = await finishing.finish(scene, "merged", home.row.association, household, told, preview=preview)
    if not preview:
        scene.session.add(MergedHome(tenant=scene.tenant, household=household, into=into))
        await _read_already(scene, household, into)
    return follows


async def _read_already(scene: Scene, household: str, into: str) -> None:
    """What the other home has stamped, this one, and what had become a part of it, need not any more. That those were safe says
    nothing of these."""
    joined = await homes.joined(scene.session, scene.tenant, [household])
    doors = [household, *joined.get(household, ())]
    row = NoticeHousehold
    query = (
        select(row)
        .join(Notice, (Notice.tenant == row.tenant) & (Notice.id == row.notice))
        .where(row.tenant == scene.tenant, row.household == into, row.stamped_at.is_not(None))
        .where(Notice.state == "published", Notice.kind != SAFETY_CHECK)
        .order_by(row.notice)
    )
    for proof in (await scene.session.scalars(query)).all():
        rows = update(row).where(row.tenant == scene.tenant, row.notice == proof.notice)
        rows = rows.where(row.household.in_(doors), row.stamped_at.is_(None), row.round == proof.round)
        said = {
            "stamped_at": proof.stamped_at,
            "stamped_how": proof.stamped_how,
            "stamped_by": proof.stamped_by,
            "proxy": proof.proxy,
        }
        await scene.session.execute(rows.values(said).execution_options(synchronize_session=False))


async def part(scene: Scene, household: str, other: str) -> None:
    """The merger has been taken back: what the other home alone had read of circulars that are out is read here no longer.

    What is so old that nobody keeps any more who has read it stays as it is.
    """
    joined = await homes.joined(scene.session, scene.tenant, [household])
    readers = await homes.read_by(scene.session, scene.tenant, other)
    row = NoticeHousehold
    query = (
        select(row, Notice)
        .join(Notice, (Notice.tenant == row.tenant) & (Notice.id == row.notice))
        .where(row.tenant == scene.tenant, row.household.in_([household, *joined.get(household, ())]))
        .where(row.stamped_at.is_not(None))
        .where(or_(_proved(Stamp, readers), _proved(Visit, readers), _answered(readers)))
        .where(Notice.state == "published")
        .order_by(row.notice, row.household)
    )
    locked = query.with_for_update(of=row).execution_options(populate_existing=True)
    for proved, notice in (await scene.session.execute(locked)).all():
        await taking_back.reckon(scene.session, notice, proved, scene.now)
        await reach.changed(scene.session, scene.tenant, notice.id, scene.now, [proved.block])


def _answered(doors: Sequence[str]) -> ColumnElement[bool]:
    row, said = NoticeHousehold, SafetyAnswer
    return exists().where(said.tenant == row.tenant, said.notice == row.notice, said.household.in_(doors))


def _proved(by: type[Stamp | Visit], doors: Sequence[str]) -> ColumnElement[bool]:
    row = NoticeHousehold
    brought = exists().where(by.tenant == row.tenant, by.notice == row.notice, by.household.in_(doors))
    return brought.where(by.round == row.round)
