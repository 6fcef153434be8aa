"""What the owner of a mailbox says by the link in a mail: no more, not about this, or again.

A mailbox, not a person: couples share one, and whoever reads there may say so for it. The right to do it is the link.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple, cast

from sqlalchemy import ColumnElement, Text, func, or_, select, true
from sqlalchemy import cast as cast_to
from sqlalchemy.ext.asyncio import AsyncSession

from notices.errors import NotFound, TopicUnknown
from notices.models import Address, Person
from notices.planning.carried import (
    BOUNCED,
    BOUNCED_SOFTLY,
    BY_ITS_OWNER,
    COMPLAINED,
    STOPPED,
    STOPPED_WHOLLY,
)
from notices.publishing.compose import TOPICS
from notices.town.standing import Standing

Wish = Literal["topic", "all", "wholly", "again"]
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Mailbox:
    """`stopped`: everything but emergencies; `wholly`: these too. `topics`: what else is not wanted."""

    stopped: bool
    wholly: bool
    topics: Sequence[str]
    locale: str
    """Of the person whose mail the link was in."""


async def look(session: AsyncSession, tenant: str, address: str) -> Mailbox:
    """Raises NotFound."""
    row = await session.get(Address, (tenant, address))
    if row is None or row.channel != "mail":
        raise NotFound()
    person = await session.get(Person, (tenant, row.person)) if row.person is not None else None
    return Mailbox(
        stopped=row.state == "off" or (row.state, row.reason) == ("suppressed", COMPLAINED),
        wholly=(row.state, row.reason) == ("off", STOPPED_WHOLLY),
        topics=tuple(row.stopped_topics or ()),
        locale=person.locale if person is not None else "ja",
    )


async def wish(
    session: AsyncSession, tenant: str, address: str, wanted: Wish, topic: str | None, now: datetime
) -> None:
    """Raises NotFound, TopicUnknown. The same wish again does no harm."""
    rows = await _rows(session, tenant, address)
    if not rows:
        raise NotFound()
    if wanted == "topic" and topic not in TOPICS:
        raise TopicUnknown()
    for row in rows:
        if wanted == "topic":
            row.stopped_topics, row.changed_at = sorted({*(row.stopped_topics or ()), str(topic)}), now
        elif wanted == "again":
            _open(row, now)
        else:
            _close(row, STOPPED_WHOLLY if wanted == "wholly" else STOPPED, now)


async def _rows(session: AsyncSession, tenant: str, address: str) -> Sequence[Address]:
    box = select(Address.lookup).where(Address.tenant == tenant, Address.id == address).scalar_subquery()
    query = select(Address).where(Address.tenant == tenant, Address.lookup == box, Address.channel == "mail")
    return (await session.scalars(query.order_by(Address.id).with_for_update())).all()


def _close(row: Address, reason: str, now: datetime) -> None:
    # What the roster replaced, or removed, is off for another reason, and stays so.
    if row.state in ("live", "suppressed") or row.reason in BY_ITS_OWNER:
        row.state, row.reason, row.changed_at = "off", reason, now


def _open(row: Address, now: datetime) -> None:
    """Only what its reader closed: a mailbox that nobody has does not come to life by a press."""
    if row.stopped_topics or _closed(row):
        row.stopped_topics, row.changed_at = None, now
    if _closed(row):
        row.state, row.reason, row.suppressed_at = "live", None, None


class Word(NamedTuple):
    """The last that the reader of a mailbox said of it, to the millisecond. `reason`: why it is closed, or "live"."""

    at: datetime
    reason: str
    topics: tuple[str, ...]


async def words(
    session: AsyncSession, tenant: str, *, since: datetime | None = None, of: Collection[str] = ()
) -> dict[str, Word]:
    """By address: where something is stopped, of those that changed since then; and of these addresses, if mail goes there."""
    # What was set to None is JSON's null, and not SQL's.
    topics = func.coalesce(cast_to(Address.stopped_topics, Text), "null") != "null"
    closed = or_(topics, Address.reason.in_((*BY_ITS_OWNER, COMPLAINED)))
    query = select(Address).where(Address.tenant == tenant, Address.channel == "mail")
    found = {row.id: row for row in await session.scalars(query.where(closed, _since(since)))}
    known = sorted(set(of) - found.keys())
    for start in range(0, len(known), _AT_ONCE):
        some = query.where(Address.id.in_(known[start : start + _AT_ONCE]))
        found |= {row.id: row for row in await session.scalars(some)}
    return {id: _word(row) for id, row in found.items() if row.state == "live" or _closed(row)}


async def say_again(session: AsyncSession, tenant: str, address: str, word: Word) -> None:
    """What the database has forgotten."""
    row = await session.get_one(Address, (tenant, address))
    row.stopped_topics = list(word.topics) or None
    if word.reason == "live":
        _open(row, word.at)
        row.stopped_topics = list(word.topics) or None
    elif word.reason == COMPLAINED:
        row.state, row.reason, row.suppressed_at = "suppressed", COMPLAINED, word.at
    else:
        _close(row, word.reason, word.at)
    row.changed_at = word.at


def _since(since: datetime | None) -> ColumnElement[bool]:
    return true() if since is None else Address.changed_at >= since


def _word(row: Address) -> Word:
    at = row.changed_at.replace(microsecond=row.changed_at.microsecond // 1000 * 1000)
    return Word(at, str(row.reason) if _closed(row) else "live", tuple(row.stopped_topics or ()))


@dataclass(frozen=True, slots=True)
class Own:
    """`state`: none, live, stopped, failing (nobody is there, by what came back), resting (full for a while)."""

    state: Literal["none", "live", "stopped", "failing", "resting"]
    topics: Sequence[str]
    """About which no mail is wanted."""


async def own(session: AsyncSession, by: Standing) -> Own:
    """How mail stands for a person: their best mailbox, of one that was replaced nothing."""
    query = select(Address).where(
        Address.tenant == by.tenant, Address.person == by.person, Address.channel == "mail"
    )
    rows = (await session.scalars(query.order_by(Address.id))).all()
    states = {_told(row) for row in rows}
    best = next((each for each in ("live", "stopped", "resting", "failing") if each in states), "none")
    topics = {topic for row in rows if row.state == "live" for topic in row.stopped_topics or ()}
    return Own(cast(Any, best), sorted(topics))


def _told(row: Address) -> str:
    if row.state == "suppressed" and row.reason in (BOUNCED, BOUNCED_SOFTLY):
        return "failing" if row.reason == BOUNCED else "resting"
    if row.state == "live":
        return "live"
    return "stopped" if _closed(row) else "none"


def _closed(row: Address) -> bool:
    """By whoever reads there."""
    off = row.state == "off" and row.reason in BY_ITS_OWNER
    return off or (row.state, row.reason) == ("suppressed", COMPLAINED)


async def turn_on(session: AsyncSession, by: Standing, now: datetime) -> bool:
    """All mail again, topics too, to what its owner closed. Others who share the mailbox keep their wish. → whether it was."""
    query = select(Address).where(
        Address.tenant == by.tenant, Address.person == by.person, Address.channel == "mail"
    )
    closed = [
        row
        for row in await session.scalars(query.order_by(Address.id).with_for_update())
        if _closed(row) or row.stopped_topics
    ]
    for row in closed:
        _open(row, now)
    return bool(closed)
