"""Two workers at one town: exactly one claim, so nobody gets a thing twice and nobody goes without."""

import asyncio
from dataclasses import replace
from pathlib import Path

from sqlalchemy import func, select

from notices import roster
from notices.channels.memory import MemoryChannel
from notices.models import Message, NoticeHousehold
from notices.roster import sheet
from notices.tokyo import today
from server.house import House, build
from server.worker import Worker
from tests.faults import ledger
from tests.faults.test_kills import HOMES, PHONES, scene
from tests.journeys.story import mails
from tests.town import MIDORI, TENANT, Town, town

NEIGHBOURS = 90
DOMAINS = 6


async def move_in(here: Town) -> set[str]:
    """Some dozens of homes join みどり自治会, a mailbox each, of several mail providers. Their addresses."""
    boxes = {f"home{n}@provider{n % DOMAINS}.example.jp" for n in range(NEIGHBOURS)}
    lines = [
        f"西,{n},{n},家{n},1丁目 9-{n},,{n},人 {n},ひと,,,{box},,,"
        for n, box in enumerate(sorted(boxes), start=100)
    ]
    async with here.house.db.write() as session:
        now = here.clock()
        parsed = sheet.parse((MIDORI + "\n".join(lines)).encode(), today(now))
        await roster.apply(session, here.house.keys.vault, TENANT, here.midori, parsed, None, now)
    return boxes


def second(house: House) -> House:
    """Another machine: the same database and keys, its own connections, channels and name."""
    channels = {name: MemoryChannel(name) for name in house.channels}
    return build(house.settings, house.keys, channels, house.clock)


async def test_two_workers_side_by_side_send_a_circular_once_to_everybody(
    postgresql_database: str, tmp_path: Path
) -> None:
    async with town(postgresql_database, tmp_path) as here:
        boxes = await move_in(here)
        president = await here.phone("小林 茂")
        await here.post(president, here.midori)
        other = replace(here, house=second(here.house))
        assert other.house.office.worker != here.house.office.worker
        workers = [here.worker, Worker(other.house)]
        await asyncio.gather(*(worker.idle() for worker in workers))
        here.clock.pass_(seconds=2)
        await asyncio.gather(*(worker.idle() for worker in workers))
        shares = [[mail.to.address for mail in mails(each)] for each in (here, other)]
        assert all(shares), "both had a hand in it"
        everybody = boxes | {"shigeru.kobayashi@example.jp", "fumi.kato@example.jp"}
        assert sorted(shares[0] + shares[1]) == sorted(everybody), "nobody twice, nobody lost"
        async with here.house.db.read() as session:
            counted = select(Message.state, func.max(Message.attempt), func.count()).group_by(Message.state)
            assert [tuple(row) for row in await session.execute(counted)] == [("sent", 1, len(everybody))]
            over = select(func.count(), func.count(NoticeHousehold.handed_over_at))
            assert tuple((await session.execute(over)).one()) == (NEIGHBOURS + 2, NEIGHBOURS + 2)
        await other.house.db.close()


async def test_two_processes_at_once_send_a_circular_once_to_everybody(
    postgresql_database: str, tmp_path: Path
) -> None:
    async with scene(postgresql_database, tmp_path) as it:
        assert await asyncio.gather(it.run("never"), it.run("never")) == [0, 0]
        books = await it.restart_until_done()
        it.insist_nobody_is_lost(books)
        assert sorted(ledger.mail_copies(it.mail).values()) == [1] * HOMES
        assert sorted(ledger.push_copies(it.push).values()) == [1] * PHONES
