"""A list moved homes and people: whoever an officer's press would have told of it hears of it, too."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import ids
from notices.life import hearing, telling
from notices.life.telling import Told
from notices.models import Household, LifeChange
from notices.roster.changes import Import

KIND: Final = "listed"
"""It is not taken back by a press: the next list says how it is."""
MOST: Final = 100
"""Homes that changed their block. More are another division into blocks, and everybody who leads one holds a new list."""
_AT_ONCE: Final = 500


async def tell(session: AsyncSession, work: Import, actor: str | None) -> None:
    homes = await _homes(session, work)
    for household, told in [*_of_people(work, homes), *_of_blocks(work, homes)]:
        row = LifeChange(
            tenant=work.tenant,
            id=ids.new_id(),
            association=work.association,
            kind=KIND,
            household=household,
            actor=actor,
            at=work.now,
            said=telling.said(told),
            states=[],
        )
        session.add(row)
        await session.flush()
        await telling.tell(session, row)
        await hearing.tell(session, row, actor, work.now)


async def _homes(session: AsyncSession, work: Import) -> dict[str, Household]:
    """As they are now."""
    wanted = {id for move in work.moves for id in (move.left, move.into)} | work.changes.touched.moved.keys()
    found: dict[str, Household] = {}
    listed = sorted(wanted)
    for start in range(0, len(listed), _AT_ONCE):
        query = select(Household).where(
            Household.tenant == work.tenant, Household.id.in_(listed[start : start + _AT_ONCE])
        )
        found |= {row.id: row for row in await session.scalars(query)}
    return found


def _of_people(work: Import, homes: dict[str, Household]) -> Iterator[tuple[str, Told]]:
    together: dict[tuple[str, str], list[str]] = defaultdict(list)
    for move in work.moves:
        together[move.left, move.into].append(move.person)
    for (left, into), people in sorted(together.items()):
        here = homes[left]
        ended = here.left_at is not None
        told = Told(people=sorted(people), block=here.block, other=into, other_block=homes[into].block)
        told.ended = ended
        yield left, told


def _of_blocks(work: Import, homes: dict[str, Household]) -> Sequence[tuple[str, Told]]:
    moved = sorted(work.changes.touched.moved.items())
    if len(moved) > MOST:
        return ()
    lives = defaultdict(list)
    for resident in work.register.residents:
        if resident.until is None:
            lives[resident.household].append(resident.person)
    return [(id, Told(people=sorted(lives[id]), block=block, to=homes[id].block)) for id, block in moved]
