"""Who is told of what changed in a home: its association's officers, and the leaders of the blocks it touches. A record each,
for a season; the audit keeps the fact for ever.

That somebody has died is for the officers: a leader is told that they are no longer on the list.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.life.scene import Scene
from notices.models import Association, Household, LifeChange, Person
from notices.records import audience as places
from notices.tokyo import wire
from sync import Change, record

Body = dict[str, Any]
KEPT: Final = timedelta(days=90)
TAKEN_BACK_WITHIN: Final = timedelta(days=7)
TAKES_BACK: Final = frozenset({"moved-in", "joined", "moved", "moved-out", "sent", "split", "merged", "died"})
"""What can be taken back. A place within the block and an address are simply set again; whom an association took in from
another is its own."""
_AT_ONCE: Final = 100


@dataclass(slots=True)
class Told:
    """What an operation says of itself: ids, and titles of seats."""

    people: list[str] = field(default_factory=list)
    seats: list[str] = field(default_factory=list)
    """Vacant from that day."""
    unfilled: list[dict[str, str]] = field(default_factory=list)
    """Of seats that a handover to come gave them: {title, begins}. Until that day nothing changes there."""
    ended: bool = False
    """Nobody is left in the home."""
    block: str | None = None
    to: str | None = None
    """The block it moved to."""
    other: str | None = None
    """The home it was split into, or merged with."""
    other_block: str | None = None
    to_association: str | None = None
    from_association: str | None = None

    @property
    def blocks(self) -> list[str]:
        """Whose leaders hear of it."""
        return [block for block in dict.fromkeys((self.block, self.to, self.other_block)) if block]


async def tell(session: AsyncSession, row: LifeChange) -> None:
    """On the phones of officers and leaders, as it stands now."""
    said = Told(**row.said)
    body = await _body(session, row, said)
    scope = places.officers_scope(row.association)
    record(session, row.tenant, Change(scope, "changes", f"{row.id}.o", body | {"takeBack": _until(row)}))
    for block in said.blocks:
        theirs = body | {
            "kind": "moved-out" if row.kind == "died" else row.kind,
            "seats": [],
            "unfilled": [],
            "takeBack": None,
        }
        record(
            session, row.tenant, Change(places.leader_scope(block), "changes", f"{row.id}.{block}", theirs)
        )
    if said.to_association is not None:
        open_ = row.undone_at is None and row.accepted_at is None
        waiting = body | {
            "kind": "arriving",
            "association": said.to_association,
            "seats": [],
            "unfilled": [],
            "takeBack": None,
        }
        scope = places.officers_scope(said.to_association)
        arrival = Change(scope, "changes", f"{row.id}.a", waiting if open_ else None)
        record(session, row.tenant, arrival)


def _until(row: LifeChange) -> str | None:
    """Until when an officer may take it back."""
    open_ = row.kind in TAKES_BACK and row.undone_at is None and row.accepted_at is None
    return wire(row.at + TAKEN_BACK_WITHIN) if open_ else None


async def _body(session: AsyncSession, row: LifeChange, said: Told) -> Body:
    people = await _names(session, Person, row.tenant, [*said.people, *([row.actor] if row.actor else [])])
    homes = await _names(
        session, Household, row.tenant, [row.household, *([said.other] if said.other else [])]
    )
    ids = [id for id in (said.to_association, said.from_association) if id]
    associations = await _names(session, Association, row.tenant, ids)
    return {
        "change": row.id,
        "association": row.association,
        "kind": row.kind,
        "at": wire(row.at),
        "by": _named(people, row.actor),
        "household": _named(homes, row.household),
        "people": [_named(people, person) for person in said.people],
        "block": said.block,
        "to": said.to,
        "other": _named(homes, said.other),
        "seats": said.seats,
        "unfilled": said.unfilled,
        "ended": said.ended,
        "toAssociation": _named(associations, said.to_association),
        "fromAssociation": _named(associations, said.from_association),
        "undone": row.undone_at is not None,
    }


async def _names(
    session: AsyncSession, model: type[Person | Household | Association], tenant: str, ids: Sequence[str]
) -> dict[str, str]:
    if not ids:
        return {}
    query = select(model.id, model.name).where(model.tenant == tenant, model.id.in_(sorted(set(ids))))
    return {id: name for id, name in await session.execute(query)}


def _named(names: Mapping[str, str], id: str | None) -> Body | None:
    return None if id is None else {"id": id, "name": names.get(id, "")}


async def forget_the_old(scene: Scene, association: str) -> None:
    """With each new one: what is older than a season leaves the phones, and how the rows were is no longer kept."""
    query = select(LifeChange).where(
        LifeChange.tenant == scene.tenant,
        LifeChange.association == association,
        LifeChange.at < scene.now - KEPT,
    )
    for row in (await scene.session.scalars(query.order_by(LifeChange.at).limit(_AT_ONCE))).all():
        said = Told(**row.said)
        kept = [(places.officers_scope(row.association), f"{row.id}.o")]
        kept += [(places.leader_scope(block), f"{row.id}.{block}") for block in said.blocks]
        if said.to_association is not None:
            kept.append((places.officers_scope(said.to_association), f"{row.id}.a"))
        for scope, id in kept:
            record(scene.session, row.tenant, Change(scope, "changes", id, None))
        await scene.session.delete(row)


def said(told: Told) -> Body:
    return asdict(told)
