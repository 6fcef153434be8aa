"""A safety check home by home: who was asked, what was said of each and by whom, in walking order."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, null, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from notices.models import Block, Household, Notice, NoticeHousehold, Person, Resident, SafetyAnswer
from notices.safety import household_records, joined, standing_of
from notices.safety.joined import Said
from notices.safety.standing_of import Answer, Home
from notices.tokyo import wire

Body = dict[str, Any]
_row = NoticeHousehold


@dataclass(frozen=True, slots=True)
class Door:
    """A home that was asked, or one that answers without: it moved in since, and is in no sum.

    `row` has its place in the walk, `names` its people's, `said` the records of its answers. `lives_in`: the home that it has
    become a part of since.
    """

    row: Any
    home: Home
    names: Mapping[str, str]
    said: Mapping[str, Body]
    asked: bool = True
    lives_in: Body | None = None

    @property
    def gone(self) -> bool:
        """Nobody lives there any more, nor with another home."""
        return self.row.left_at is not None and self.lives_in is None


@dataclass(frozen=True, slots=True)
class _Within:
    """What is read of a check: everything, or some blocks, or some homes."""

    notice: Notice
    blocks: Collection[str] | None
    homes: Collection[str] | None

    def of(
        self, block: InstrumentedAttribute[str], home: InstrumentedAttribute[str]
    ) -> Iterator[ColumnElement[bool]]:
        if self.blocks is not None:
            yield block.in_(self.blocks)
        if self.homes is not None:
            yield home.in_(self.homes)


async def doors(
    session: AsyncSession,
    notice: Notice,
    blocks: Collection[str] | None = None,
    homes: Collection[str] | None = None,
) -> Sequence[Door]:
    """In the association's order, and in a block in the order of the walk. `blocks` and `homes` limit it to these."""
    within = _Within(notice, blocks, homes)
    asked = (await session.execute(_rows(within))).all()
    since = (await session.execute(_rows_since(within))).all()
    people = await _asked(session, within)
    chains = await joined.links(session, notice, *within.of(_row.block, _row.household))
    others = {row.household for row in since} | {link.into for chain in chains.values() for link in chain}
    said = await _said(session, within, others)
    found = [_door(row, {}, said.get(row.household, ()), False) for row in since]
    for row in asked:
        names, chain = people.get(row.household, {}), chains.get(row.household, ())
        door = _door(row, names, joined.heard(row.household, names, chain, said), True)
        found.append(replace(door, lives_in=chain[-1].told()) if chain else door)
    return sorted(found, key=_in_order)


def _in_order(door: Door) -> tuple[Any, ...]:
    row = door.row
    return row.association, row.position, row.block, row.walk, row.household


def _rows(within: _Within) -> Select[*tuple[Any, ...]]:
    query = (
        select(_row.household, _row.block, _row.walk, _row.paper, _row.not_home_at, Household.name)
        .add_columns(Household.left_at)
        .add_columns(Block.name.label("block_name"), Block.association, Block.position)
        .join(Household, (Household.tenant == _row.tenant) & (Household.id == _row.household))
        .join(Block, (Block.tenant == _row.tenant) & (Block.id == _row.block))
        .where(_row.tenant == within.notice.tenant, _row.notice == within.notice.id)
    )
    return query.where(*within.of(_row.block, _row.household))


def _rows_since(within: _Within) -> Select[*tuple[Any, ...]]:
    """Homes that answer and are not in the ledger, where they are now."""
    home, said = Household, SafetyAnswer
    counted = select(_row.household).where(
        _row.tenant == said.tenant, _row.notice == said.notice, _row.household == said.household
    )
    query = (
        select(home.id.label("household"), home.block, home.walk, home.paper)
        .add_columns(null().label("not_home_at"), home.name, home.left_at)
        .add_columns(Block.name.label("block_name"), Block.association, Block.position)
        .join(said, (said.tenant == home.tenant) & (said.household == home.id))
        .join(Block, (Block.tenant == home.tenant) & (Block.id == home.block))
        .where(said.tenant == within.notice.tenant, said.notice == within.notice.id, ~counted.exists())
        .distinct()
    )
    return query.where(*within.of(home.block, home.id))


def _door(row: Any, names: Mapping[str, str], said: Sequence[Said], asked: bool) -> Door:
    answers = [
        Answer(subject, each.state, (each.at, each.said_at, each.press), each.late)
        for subject, each, _, _ in said
    ]
    known = dict(names) | {each.subject: each.about for each in said if each.about is not None}
    told = {each.subject: household_records.told(each.answer, each.by) for each in said}
    return Door(row, standing_of.stand(row.household, names.keys(), answers), known, told, asked)


async def _asked(session: AsyncSession, within: _Within) -> Mapping[str, Mapping[str, str]]:
    """Household → person → name, of those who lived there when it was asked: the columns add up to them for ever."""
    notice = within.notice
    query = (
        select(Resident.household, Resident.person, Person.name)
        .join(_row, (_row.tenant == Resident.tenant) & (_row.household == Resident.household))
        .join(Person, (Person.tenant == Resident.tenant) & (Person.id == Resident.person))
        .where(_row.tenant == notice.tenant, _row.notice == notice.id, Resident.since <= notice.published_at)
        .where(or_(Resident.until.is_(None), Resident.until > notice.published_at))
        .order_by(Resident.household, Resident.person)
    )
    people: dict[str, dict[str, str]] = defaultdict(dict)
    found = query.where(*within.of(_row.block, _row.household))
    for household, person, name in await session.execute(found):
        people[household][person] = name
    return people


async def _said(
    session: AsyncSession, within: _Within, others: Collection[str]
) -> Mapping[str, Sequence[Said]]:
    """Household → its answers. `others`: homes that are not in this part of the ledger."""
    notice, about = within.notice, Person.__table__.alias("about")
    counted = select(_row.household).where(_row.tenant == notice.tenant, _row.notice == notice.id)
    counted = counted.where(*within.of(_row.block, _row.household))
    query = (
        select(SafetyAnswer, Person.name, about.c.name)
        .join(Person, (Person.tenant == SafetyAnswer.tenant) & (Person.id == SafetyAnswer.by))
        .outerjoin(about, (about.c.tenant == SafetyAnswer.tenant) & (about.c.id == SafetyAnswer.subject))
        .where(SafetyAnswer.tenant == notice.tenant, SafetyAnswer.notice == notice.id)
        .where(or_(SafetyAnswer.household.in_(counted), SafetyAnswer.household.in_(sorted(others))))
        .order_by(SafetyAnswer.household, SafetyAnswer.subject)
    )
    said: dict[str, list[Said]] = defaultdict(list)
    for answer, by, name in await session.execute(query.execution_options(populate_existing=True)):
        said[answer.household].append(Said(answer.subject, answer, by, name))
    return said


def line(door: Door) -> Body:
    """As a leader's phone and a board hold it."""
    whole = door.said.get(door.row.household)
    return {
        "household": door.row.household,
        "name": door.row.name,
        "walk": door.row.walk,
        "paper": door.row.paper,
        "asked": door.asked,
        "livesIn": door.lives_in,
        "gone": door.gone,
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
