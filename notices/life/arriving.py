"""A household moves in: from elsewhere, or from another association of the city whose officers sent it on. Or somebody new comes
to live in a home that is there: a child is born, a mother moves in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from notices.life import finishing, telling, walking, words
from notices.life import scene as scenes
from notices.life.life_errors import ArrivalUnknown, EntryWrong, NobodyMovesIn
from notices.life.moving import insist_on_block
from notices.life.scene import Scene
from notices.life.sharing_a_home import free_number
from notices.life.telling import Told
from notices.models import Address, Household, LifeChange, Person
from notices.tokyo import today
from notices.town import mail_address

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Newcomer:
    """As an officer wrote it down; `id` made by the client where a second press would make them twice."""

    name: str
    kana: str = ""
    born: str = ""
    phone: str = ""
    mail: str = ""
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """`id` made by the client; no `walk`: at the end of the block; no `name`: that of the first person, or the one it had."""

    id: str
    block: str
    name: str = ""
    walk: int | None = None
    street: str = ""
    paper: bool = False


async def move_in(
    scene: Scene, association: str, place: Place, people: Sequence[Newcomer], *, preview: bool = False
) -> Body | None:
    """A new household of new people; notices that are out come to them by sync. None where this very one is in already.

    Raises NobodyMovesIn, BlockForeign, WalkWrong, EntryWrong.
    """
    if await _is_in(scene, place):
        return None
    await scenes.lock(scene, association)
    if not people:
        raise NobodyMovesIn
    ids = [_person(scene, each) for each in people]
    name = place.name or words.needed("お名前", people[0].name)
    told = await _home(scene, association, place, name, ids)
    return await finishing.finish(scene, "moved-in", association, place.id, told, preview=preview)


async def take_in(
    scene: Scene, association: str, change: str, place: Place, *, preview: bool = False
) -> Body | None:
    """Those whom another association sent here live here from now on: the same people with the same phones.

    Raises ArrivalUnknown, BlockForeign, WalkWrong, EntryWrong.
    """
    if await _is_in(scene, place):
        return None
    await scenes.lock(scene, association)
    query = select(LifeChange).where(LifeChange.tenant == scene.tenant, LifeChange.id == change)
    sent = await scene.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if sent is None or sent.undone_at is not None or sent.accepted_at is not None:
        raise ArrivalUnknown
    before = Told(**sent.said)
    if before.to_association != association:
        raise ArrivalUnknown
    people = await _still_away(scene, before.people)
    old = await scene.session.get_one(Household, (scene.tenant, sent.household))
    told = await _home(scene, association, place, place.name or old.name, people)
    told.from_association = sent.association
    if not preview:
        sent.accepted_at = scene.now
        await telling.tell(scene.session, sent)
    return await finishing.finish(scene, "arrived", association, place.id, told, preview=preview)


async def join(
    scene: Scene, household: str, people: Sequence[Newcomer], *, preview: bool = False
) -> Body | None:
    """New people live in this home from now on; the ledgers of circulars that are out count the home, as before. None where one
    of them is in the town already: it is the second press.

    Raises HouseholdUnknown, NobodyMovesIn, EntryWrong.
    """
    home = await scenes.home(scene, household)
    if not people:
        raise NobodyMovesIn
    if len({each.id for each in people}) < len(people):
        raise EntryWrong(field="お名前", why="同じ方が二度入っています。")
    known = select(Person.id).where(
        Person.tenant == scene.tenant, Person.id.in_([each.id for each in people])
    )
    if await scene.session.scalar(known.limit(1)) is not None:
        return None
    ids = [_person(scene, each) for each in people]
    await scenes.settle_in(scene, household, ids)
    told = Told(people=ids, block=home.row.block)
    return await finishing.finish(scene, "joined", home.row.association, household, told, preview=preview)


async def _is_in(scene: Scene, place: Place) -> bool:
    return await scene.session.get(Household, (scene.tenant, place.id)) is not None


async def _still_away(scene: Scene, people: Sequence[str]) -> list[str]:
    """As people again, whatever ended when they left. Who came back by a roster meanwhile has a home there as well then; who
    was forgotten meanwhile, at their own wish, does not arrive."""
    query = select(Person).where(
        Person.tenant == scene.tenant, Person.id.in_(people), Person.erased_at.is_(None)
    )
    rows = (await scene.session.scalars(query.order_by(Person.id))).all()
    for row in rows:
        scene.changes.set(row, ended_at=None)
    if not rows:
        raise ArrivalUnknown
    return [row.id for row in rows]


async def _home(scene: Scene, association: str, place: Place, name: str, people: Sequence[str]) -> Told:
    await insist_on_block(scene, association, place.block)
    others = await walking.homes(scene.session, scene.tenant, place.block)
    street = words.line("住所", place.street)
    scene.changes.insert(
        Household,
        "householdsAdded",
        id=place.id,
        association=association,
        block=place.block,
        walk=walking.make_room(scene.changes, others, place.walk),
        number=await free_number(scene, association),
        name=words.needed("世帯名", name),
        street=scene.vault.encrypt(scene.tenant, street) if street else None,
        paper=place.paper,
        joined_at=scene.now,
        left_at=None,
    )
    await scenes.settle_in(scene, place.id, people)
    return Told(people=list(people), block=place.block)


def _person(scene: Scene, said: Newcomer) -> str:
    phone = words.line("電話", said.phone)
    id = said.id or scene.changes.next_id()
    scene.changes.insert(
        Person,
        "peopleAdded",
        id=id,
        number=None,
        name=words.needed("お名前", said.name),
        kana=words.line("ふりがな", said.kana),
        born=words.year("生まれた年", said.born, today(scene.now)),
        phone=scene.vault.encrypt(scene.tenant, phone) if phone else None,
        created_at=scene.now,
        ended_at=None,
    )
    if mail := words.mail("メール", said.mail):
        scene.changes.add(
            Address,
            "mailsAdded",
            person=id,
            channel="mail",
            secret=scene.vault.encrypt(scene.tenant, mail),
            lookup=scene.vault.lookup(scene.tenant, mail.lower()),
            lane=mail_address.domain_of(mail),
            created_at=scene.now,
            changed_at=scene.now,
        )
    return id
