"""Homes that have become a part of another while a check is out: from then on what is said there speaks for them, too.

The row of such a home stays in its sum for ever; nobody is sent to its old door.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from notices.models import Block, Household, MergedHome, Notice, NoticeHousehold, SafetyAnswer

Body = dict[str, Any]
_row = NoticeHousehold
_other = aliased(Household)


class Said(NamedTuple):
    """`subject`: a person, or the home of whose row this is. `by`, `about`: names."""

    subject: str
    answer: SafetyAnswer
    by: str
    about: str | None


class Link(NamedTuple):
    """The home that one has become a part of. `since`: what is said there of everybody speaks for them from then on."""

    into: str
    since: datetime
    name: str
    walk: int
    block: str
    block_name: str

    def told(self) -> Body:
        return {
            "household": self.into,
            "name": self.name,
            "walk": self.walk,
            "block": self.block,
            "blockName": self.block_name,
        }


async def links(
    session: AsyncSession, notice: Notice, *which: ColumnElement[bool]
) -> Mapping[str, Sequence[Link]]:
    """Of the homes that were asked, those that are a part of another now: one link by the other, the last where they live.

    `which` speaks of the ledger's rows.
    """
    asked = _links(notice.tenant).join(
        _row, and_(_row.tenant == MergedHome.tenant, _row.household == MergedHome.household)
    )
    found = (await session.execute(asked.where(_row.notice == notice.id, *which))).all()
    chains: dict[str, list[Link]] = defaultdict(list)
    homes = {home: [home] for home, *_ in found}
    while found:
        # Nearly always there is none, and seldom a second one.
        ends: dict[str, list[str]] = defaultdict(list)
        for home, *link in found:
            for first in homes.get(home, ()):
                chains[first].append(Link(*link))
                ends[link[0]].append(first)
        homes = ends
        on = _links(notice.tenant).where(MergedHome.household.in_(sorted(homes)))
        found = (await session.execute(on)).all()
    return chains


def _links(tenant: str) -> Select[*tuple[Any, ...]]:
    """The home, and the fields of `Link`. A home ends as it becomes a part of another."""
    same, home = MergedHome.tenant, Household
    return (
        select(MergedHome.household, MergedHome.into, home.left_at)
        .add_columns(_other.name, _other.walk, _other.block, Block.name)
        .join(home, and_(home.tenant == same, home.id == MergedHome.household))
        .join(_other, and_(_other.tenant == same, _other.id == MergedHome.into))
        .join(Block, and_(Block.tenant == same, Block.id == _other.block))
        .where(same == tenant, home.left_at.is_not(None))
        .order_by(MergedHome.household)
    )


def heard(
    home: str, people: Collection[str], chain: Iterable[Link], said: Mapping[str, Sequence[Said]]
) -> Sequence[Said]:
    """What speaks of this home and of its people, wherever they live by now. The newest last."""
    every = [*said.get(home, ()), *_elsewhere(home, people, chain, said)]
    return sorted(every, key=lambda each: (each.answer.at, each.answer.said_at, each.answer.press))


def _elsewhere(
    home: str, people: Collection[str], chain: Iterable[Link], said: Mapping[str, Sequence[Said]]
) -> Iterator[Said]:
    for link in chain:
        for each in said.get(link.into, ()):
            if each.subject in people:
                yield each
            elif each.subject == link.into and each.answer.at >= link.since:
                yield each._replace(subject=home)
