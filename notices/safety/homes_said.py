"""A safety check home by home: who was asked, what was said of each and by whom, in walking order."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.models import Block, Household, Notice, NoticeHousehold, Person, Resident, SafetyAnswer
from notices.safety import household_records, standing_of
from notices.safety.standing_of import Answer, Home
from notices.tokyo import wire

Body = dict[str, Any]
_row = NoticeHousehold


@dataclass(frozen=True, slots=True)
class Door:
    """A home that was asked; `row` has its place in the walk, `names` its people's, `said` the records of its answers."""

    row: Any
    home: Home
    names: Mapping[str, str]
    said: Mapping[str, Body]


async def doors(
    session: AsyncSession, notice: Notice, blocks: Collection[str] | None = None
) -> Sequence[Door]:
    """In the association's order, and in a block in the order of the walk. `blocks` limits it to these."""
    query = (
        select(_row.household, _row.block, _row.walk, _row.paper, _row.not_home_at, Household.name)
        .add_columns(Block.name.label("block_name"), Block.association)
        .join(Household, (Household.tenant == _row.tenant) & (Household.id == _row.household))
        .join(Block, (Block.tenant == _row.tenant) & (Block.id == _row.block))
        .where(_row.tenant == notice.tenant, _row.notice == notice.id)
        .order_by(Block.association, Block.position, _row.block, _row.walk, _row.household)
    )
    if blocks is not None:
        query = query.where(_row.block.in_(blocks))
    rows = (await session.execute(query)).all()
    people = await _asked(session, notice, blocks)
    said = await _said(session, notice, blocks)
    return [_door(row, people.get(row.household, {}), said.get(row.household, ())) for row in rows]


def _door(row: Any, names: Mapping[str, str], said: Sequence[tuple[SafetyAnswer, str, str | None]]) -> Door:
    answers = [
        Answer(each.subject, each.state, (each.at, each.said_at, each.press), each.late)
        for each, _, _ in said
    ]
    known = dict(names) | {each.subject: name for each, _, name in said if name is not None}
    told = {each.subject: household_records.told(each, by) for each, by, _ in said}
    return Door(row, standing_of.stand(row.household, names.keys(), answers), known, told)


async def _asked(
    session: AsyncSession, notice: Notice, blocks: Collection[str] | None
) -> Mapping[str, Mapping[str, str]]:
    """Household → person → name, of those who lived there when it was asked: the columns add up to them for ever."""
    at = notice.published_at
    query = (
        select(Resident.household, Resident.person, Person.name)
        .join(_row, (_row.tenant == Resident.tenant) & (_row.household == Resident.household))
        .join(Person, (Person.tenant == Resident.tenant) & (Person.id == Resident.person))
        .where(_row.tenant == notice.tenant, _row.notice == notice.id, Resident.since <= at)
        .where(or_(Resident.until.is_(None), Resident.until > at))
        .order_by(Resident.household, Resident.person)
    )
    if blocks is not None:
        query = query.where(_row.block.in_(blocks))
    people: dict[str, dict[str, str]] = defaultdict(dict)
    for household, person, name in await session.execute(query):
        people[household][person] = name
    return people


async def _said(
    session: AsyncSession, notice: Notice, blocks: Collection[str] | None
) -> Mapping[str, list[tuple[SafetyAnswer, str, str | None]]]:
    """Household → its answers, each with the name of who said it and of whom it was said."""
    about = Person.__table__.alias("about")
    query = (
        select(SafetyAnswer, Person.name, about.c.name)
        .join(Person, (Person.tenant == SafetyAnswer.tenant) & (Person.id == SafetyAnswer.by))
        .outerjoin(about, (about.c.tenant == SafetyAnswer.tenant) & (about.c.id == SafetyAnswer.subject))
        .where(SafetyAnswer.tenant == notice.tenant, SafetyAnswer.notice == notice.id)
        .order_by(SafetyAnswer.household, SafetyAnswer.subject)
    )
    if blocks is not None:
        of = _row.__table__
        query = query.join(
            of, (of.c.tenant == SafetyAnswer.tenant) & (of.c.household == SafetyAnswer.household)
        )
        query = query.where(of.c.notice == notice.id, of.c.block.in_(blocks))
    said: dict[str, list[tuple[SafetyAnswer, str, str | None]]] = defaultdict(list)
    for answer, by, name in await session.execute(query.execution_options(populate_existing=True)):
        said[answer.household].append((answer, by, name))
    return said


def line(door: Door) -> Body:
    """As a leader's phone and a board hold it."""
    whole = door.said.get(door.row.household)
    return {
        "household": door.row.household,
        "name": door.row.name,
        "walk": door.row.walk,
        "paper": door.row.paper,
        "column": door.home.column,
        "late": door.home.late,
        "notHomeAt": wire(door.row.not_home_at),
        "whole": whole,
        "people": [
            {
                "id": person,
                "name": name,
                "column": door.home.people.get(person, _unasked(door, person)),
                "said": door.said.get(person),
            }
            for person, name in door.names.items()
        ],
    }


def _unasked(door: Door, person: str) -> str:
    """Of who moved in since: they are seen, and in no sum."""
    answer = door.home.decisive.get(person)
    return "missing" if answer is None else standing_of.COLUMN[answer.state]
