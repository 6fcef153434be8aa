"""A law: what is told before the press is what then happens. In towns drawn from a number, for every urgency and topic."""

from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from notices import ids
from notices.channels.memory import MemoryChannel
from notices.healing.silence import QUIET, silent
from notices.models import Address, Delivery, Device, Household, Lane, Message, Notice, NoticeHousehold
from notices.planning import forecast
from notices.tokyo import end_of, today
from server.demo.census import Census, Way
from tests.journeys.story import PRESIDENT
from tests.town import TENANT, Town, town

HOMES = 60
DOMAINS = ("a.example.jp", "b.example.jp", "c.example.jp")
ORIGINS = ("https://push-a.example.jp", "https://push-b.example.jp")
STATES: tuple[tuple[str, str | None], ...] = (
    *(("live", None),) * 6,
    ("suppressed", "bounced-softly"),
    ("suppressed", "bounced"),
    ("suppressed", "complained"),
    ("off", "stopped"),
    ("off", "stopped-wholly"),
    ("gone", "unsubscribed"),
)


def wishes(rng: Random, here: Town) -> dict[str, Any]:
    quiet = rng.choice(((None, None),) * 4 + ((1320, 390), (570, 720), (0, 1439)))
    return {
        "quiet_from": quiet[0],
        "quiet_to": quiet[1],
        "digest": rng.choice(("now", "now", "now", "daily", "weekly")),
        "digest_hour": rng.randrange(24),
        "digest_day": rng.randrange(7),
        "muted": rng.choice((",", ",", ",money,", ",events,money,")),
        "area": rng.choice((None, None, None, here.sakura, here.midori)),
    }


def addresses(rng: Random, census: Census, person: str, box: str) -> None:
    ways = [Way.mail(f"{box}@{rng.choice(DOMAINS)}")] if rng.random() < 0.6 else []
    if rng.random() < 0.5:
        origin = rng.choice(ORIGINS)
        ways.append(Way.push(origin, f"{origin}/{ids.new_id()}", "k", "a"))
    if rng.random() < 0.2:
        ways.append(Way.line(f"U{ids.new_id()}"))
    for way in ways:
        census.address(person, way)
        state, reason = rng.choice(STATES)
        stopped = rng.choice((None, None, None, ["money"], ["money", "events"]))
        census.rows[Address][-1] |= {"state": state, "reason": reason, "stopped_topics": stopped}
        softly = reason == "bounced-softly"
        census.rows[Address][-1] |= {
            "soft_score": 9.0 if softly else None,
            "soft_failed_at": census.now if softly else None,
        }


async def fill(here: Town, rng: Random) -> None:
    """Homes with nobody, one or two people, of whom some share a mailbox and some have been silent for long."""
    now = here.clock()
    census = Census(TENANT, here.house.keys.vault, now)
    for number in range(HOMES):
        home = census.add(
            Household,
            association=here.sakura,
            block=here.blocks[rng.choice(("一班", "二班"))],
            walk=100 + number,
            number=f"L{number}",
            name=f"家{number}",
            joined_at=now,
            paper=rng.random() < 0.15,
            fell_at=now if rng.random() < 0.05 else None,
        )
        box = f"box{number}"
        for each in range(rng.choice((0, 1, 1, 2))):
            person = census.person(f"人{number}.{each}", [home], **wishes(rng, here))
            addresses(rng, census, person, box)
            if rng.random() < 0.5:
                seen = now - rng.choice((QUIET + timedelta(days=1), timedelta(days=1)))
                census.add(
                    Device,
                    person=person,
                    name="x",
                    number="11",
                    token_hash=ids.bytes_of(ids.new_id()),
                    created_at=now - timedelta(days=300),
                    seen_at=seen,
                )
    async with here.house.db.write() as session:
        await census.write(session)


async def rest(here: Town, rng: Random) -> None:
    """Some destinations; a pause of ten hours was written by a wrong clock, and is none."""
    async with here.house.db.write() as session:
        for lane in (*DOMAINS, *ORIGINS):
            if rng.random() < 0.5:
                pause = timedelta(minutes=rng.choice((5, 25, 35, 100, 600)))
                row: dict[str, Any] = {
                    "channel": "push" if "//" in lane else "mail",
                    "name": lane,
                    "troubles": 20,
                }
                row |= {"paused_until": here.clock() + pause, "asked": rng.random() < 0.5}
                await session.execute(insert(Lane).values(row))


async def fallen(here: Town) -> set[str]:
    """Homes on paper by themselves. One that has another way comes back within the hour."""
    async with here.house.db.read() as session:
        return set(await session.scalars(select(Household.id).where(Household.fell_at.is_not(None))))


async def told(here: Town, notice: str, fell: set[str]) -> tuple[set[str], set[str]]:
    """(homes for which something has left or still waits to, those for which it has left); a push to a
    phone that was silent for long is no telling."""
    async with here.house.db.read() as session:
        quiet = (Address.channel == "push") & silent(Address.tenant, Address.person, here.clock())
        query = (
            select(Delivery.household, Message.state, Message.reason, quiet)
            .join(Message, (Message.tenant == Delivery.tenant) & (Message.id == Delivery.message))
            .join(Address, (Address.tenant == Delivery.tenant) & (Address.id == Delivery.address))
            .where(Delivery.notice == notice, Delivery.step == "first")
        )
        rows = (await session.execute(query)).all()
    left = {home for home, state, _, _ in rows if state != "skipped"} - fell
    soon = {home for home, state, _, drawer in rows if state == "sent" and not drawer} - fell
    return left, soon


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("urgency", ["ordinary", "urgent", "emergency"])
async def test_what_is_forecast_is_what_then_leaves(
    database_url: str, tmp_path: Path, urgency: str, seed: int
) -> None:
    rng = Random(f"{urgency} {seed}")
    channels = {name: MemoryChannel(name) for name in ("mail", "push", "line")}
    async with town(database_url, tmp_path, channels, undo_seconds=60) as here:
        here.clock.pass_(minutes=rng.randrange(1440), days=rng.randrange(7))
        president = await here.phone(PRESIDENT)
        await fill(here, rng)
        topic = rng.choice(("money", "events", "garbage"))
        ends = None if rng.random() < 0.4 else end_of(today(here.clock()) + timedelta(days=rng.randrange(8)))
        said = {"topic": topic, "deadline": ends.isoformat() if ends else None}
        made = await here.post(president, **said, urgency="urgent" if urgency == "urgent" else "ordinary")
        if urgency == "emergency":
            async with here.house.db.write() as session:
                rows = update(Notice).where(Notice.id == made["id"]).values(urgency="emergency")
                await session.execute(rows.execution_options(journalled=True))
        here.clock.pass_(seconds=61)
        await rest(here, rng)
        about = forecast.about(here.sakura, topic, urgency, said["deadline"])
        async with here.house.db.read() as session:
            seen = await forecast.by_block(session, TENANT, here.sakura, about, here.clock())
        fell = await fallen(here)
        for _ in range(6):
            await here.worker.idle()
            here.clock.pass_(minutes=5)
        await here.worker.idle()
        _, soon = await told(here, made["id"], fell)
        # What rests is looked at again when it leaves, and some of it then does not.
        here.clock.pass_(hours=2)
        await here.worker.idle()
        left, _ = await told(here, made["id"], fell)
        assert (seen["withChannel"], seen["withinHalfHour"]) == (len(left), len(soon))
        async with here.house.db.read() as session:
            homes = await session.scalars(
                select(NoticeHousehold.household).where(NoticeHousehold.notice == made["id"])
            )
            assert seen["households"] == len(homes.all())
