"""What a person wishes: language, topics, which of two homes, quiet hours, digests. They steer messages, and never what
is seen: every notice comes to the phone by sync all the same, and an emergency asks nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices.errors import ChoiceUnknown, FieldWrong, TopicUnknown
from notices.ladder.hours import Wishes, next_digest, out_of_quiet
from notices.models import Address, Message, Person
from notices.publishing.compose import TOPICS
from notices.records import audience as places
from notices.town import addresses
from notices.town.standing import Standing
from notices.wording.tongues import TONGUES
from sync import Change, record

DIGESTS: Final = ("now", "daily", "weekly")
_DEFAULT: Final[Mapping[str, Any]] = {"locale": "ja", "topics": {}, "area": None, "quietHours": None}


@dataclass(frozen=True, slots=True)
class Quiet:
    """Minutes of the day in Tokyo; `begins` after `ends` is a night."""

    begins: int
    ends: int


@dataclass(frozen=True, slots=True)
class Digest:
    """`hour` of the day in Tokyo; `day` of a weekly one, 0 is Monday."""

    every: str
    hour: int = 18
    day: int = 4


@dataclass(frozen=True, slots=True)
class Keep:
    """This wish stays as it is."""


KEEP: Final = Keep()


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to change. `topics` and `channels`: those named are switched, the others stay."""

    locale: str | None = None
    topics: Mapping[str, bool] = field(default_factory=dict)
    channels: Mapping[str, bool] = field(default_factory=dict)
    area: str | Keep | None = KEEP
    quiet: Quiet | Keep | None = KEEP
    digest: Digest | None = None


async def prefer(session: AsyncSession, by: Standing, wish: Wish, now: datetime) -> dict[str, Any]:
    """→ all of the person's preferences, as phones have them. Raises ChoiceUnknown, TopicUnknown, FieldWrong."""
    row = await session.get_one(Person, (by.tenant, by.person), with_for_update=True)
    _set(row, by, wish)
    for channel, on in wish.channels.items():
        await addresses.switch(session, by, channel, on, now)
    await _move_what_waits(session, row, now)
    keep(session, row)
    return told(row)


def _set(row: Person, by: Standing, wish: Wish) -> None:
    if wish.locale is not None:
        if wish.locale not in TONGUES:
            raise ChoiceUnknown(field="locale", choices=", ".join(TONGUES))
        row.locale = wish.locale
    if unknown := next((topic for topic in wish.topics if topic not in TOPICS), None):
        raise TopicUnknown(topic=unknown)
    muted = {topic for topic in _muted(row) if wish.topics.get(topic) is not True}
    muted |= {topic for topic, on in wish.topics.items() if not on}
    row.muted = "".join(f",{topic}" for topic in sorted(muted)) + ","
    if not isinstance(wish.area, Keep):
        if wish.area is not None and wish.area not in {home.association for home in by.homes}:
            raise FieldWrong(field="area", why="you have no home there")
        row.area = wish.area
    if not isinstance(wish.quiet, Keep):
        row.quiet_from = wish.quiet.begins if wish.quiet else None
        row.quiet_to = wish.quiet.ends if wish.quiet else None
    if wish.digest is not None:
        if wish.digest.every not in DIGESTS:
            raise ChoiceUnknown(field="digest.every", choices=", ".join(DIGESTS))
        row.digest, row.digest_hour, row.digest_day = wish.digest.every, wish.digest.hour, wish.digest.day


def _muted(row: Person) -> list[str]:
    return [topic for topic in row.muted.split(",") if topic]


async def _move_what_waits(session: AsyncSession, row: Person, now: datetime) -> None:
    """A digest that waits comes at the new time, if that is sooner: later might be too late for what it carries."""
    wishes = Wishes(row.quiet_from, row.quiet_to, row.digest, row.digest_hour, row.digest_day)
    at = out_of_quiet(wishes, now if row.digest == "now" else next_digest(wishes, now))
    mine = select(Address.id).where(Address.tenant == row.tenant, Address.person == row.id)
    rows = update(Message).where(Message.tenant == row.tenant, Message.address.in_(mine))
    rows = rows.where(Message.digest.is_(True), Message.state == "due", Message.due_at > at)
    await session.execute(rows.values(due_at=at).execution_options(synchronize_session=False))


def told(row: Person) -> dict[str, Any]:
    quiet = None
    if row.quiet_from is not None and row.quiet_to is not None:
        quiet = {"from": _clock(row.quiet_from), "to": _clock(row.quiet_to)}
    return {
        "locale": row.locale,
        "topics": dict.fromkeys(_muted(row), False),
        "area": row.area,
        "quietHours": quiet,
        "digest": {"every": row.digest, "hour": row.digest_hour, "day": row.digest_day},
    }


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def keep(session: AsyncSession, row: Person) -> None:
    """On every phone of the person. Who never wished anything has no record."""
    record(session, row.tenant, Change(places.person_scope(row.id), "preferences", row.id, told(row)))


def has_wished(row: Person) -> bool:
    said = told(row)
    return row.digest != "now" or any(said[name] != usual for name, usual in _DEFAULT.items())
