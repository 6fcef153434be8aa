"""Whom a message reaches at once is asked twice: of one person in Python as it is planned, of a town in SQL before. A law
holds the two together."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import insert, select

from notices import ids
from notices.ladder.hours import Wishes, slot
from notices.models import Person
from notices.planning.soon import asleep, leaves_by
from notices.tokyo import TOKYO, end_of, today
from tests.town import Town, town

HALF_HOUR = timedelta(minutes=30)
PEOPLE, MOMENTS = 400, 40
MINUTES = (0, 1, 30, 390, 570, 719, 720, 1080, 1320, 1410, 1439)
"""On which much begins and ends, so that edges meet."""


def minute(rng: Random) -> int:
    return rng.choice(MINUTES) if rng.random() < 0.7 else rng.randrange(1440)


def wishes(rng: Random) -> Wishes:
    quiet = (None, None) if rng.random() < 0.2 else (minute(rng), minute(rng))
    digest = rng.choice(("now", "daily", "weekly"))
    return Wishes(quiet[0], quiet[1], digest, rng.randrange(24), rng.randrange(7))


def moment(rng: Random) -> datetime:
    day = datetime(2026, 11, 20, tzinfo=TOKYO) + timedelta(days=rng.randrange(14))
    second = rng.choice((0, 0, 1, 30, 59))
    at = day + timedelta(minutes=rng.choice(MINUTES) + rng.choice((-31, -30, -29, -1, 0, 1)), seconds=second)
    return at.astimezone(UTC)


def ending(rng: Random, now: datetime) -> datetime | None:
    choices = (
        None,
        now + timedelta(minutes=rng.randrange(1, 1500)),
        end_of(today(now) + timedelta(days=rng.randrange(9))),
    )
    return rng.choice(choices)


async def settle(here: Town, rng: Random) -> dict[str, Wishes]:
    people = {ids.new_id(): wishes(rng) for _ in range(PEOPLE)}
    names = ("quiet_from", "quiet_to", "digest", "digest_hour", "digest_day")
    rows: list[dict[str, Any]] = [
        {"tenant": "laws", "id": id, "name": "x", "kana": "", "created_at": here.clock()}
        | {name: getattr(theirs, name) for name in names}
        for id, theirs in people.items()
    ]
    async with here.house.db.write() as session:
        await (await session.connection()).execute(insert(Person.__table__), rows)  # type: ignore[arg-type]
    return people


@pytest.mark.parametrize("urgency", ["ordinary", "urgent", "emergency"])
async def test_a_count_in_sql_and_a_plan_in_python_say_the_same_of_everybody(
    database_url: str, tmp_path: Path, urgency: str
) -> None:
    rng = Random(f"soon {urgency}")
    async with town(database_url, tmp_path) as here:
        people = await settle(here, rng)
        for _ in range(MOMENTS):
            now = moment(rng)
            ends = ending(rng, now)
            async with here.house.db.read() as session:
                query = select(Person.id, leaves_by(urgency, now, HALF_HOUR, ends))
                rows = await session.execute(query.where(Person.tenant == "laws"))
                said = {id: leaves for id, leaves in rows}
            for id, theirs in people.items():
                leaves = slot(theirs, urgency, now, ends, may_bundle=True).at <= now + HALF_HOUR
                assert bool(said[id]) == leaves, (theirs, now.astimezone(TOKYO), ends)


async def test_who_is_asleep_in_sql_is_asleep_in_python(database_url: str, tmp_path: Path) -> None:
    rng = Random("asleep")
    async with town(database_url, tmp_path) as here:
        people = await settle(here, rng)
        for _ in range(MOMENTS):
            now = moment(rng)
            async with here.house.db.read() as session:
                query = select(Person.id, asleep(now)).where(Person.tenant == "laws")
                said = {id: sleeps for id, sleeps in await session.execute(query)}
            for id, theirs in people.items():
                sleeps = (
                    slot(
                        Wishes(theirs.quiet_from, theirs.quiet_to), "ordinary", now, None, may_bundle=False
                    ).at
                    > now
                )
                assert bool(said[id]) == sleeps, (theirs, now.astimezone(TOKYO))
