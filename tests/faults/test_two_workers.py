"""Two workers at one town: exactly one claim, so nobody gets a thing twice and nobody goes without."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy import func, select

from notices import roster
from notices.channels import Crossing, Outgoing, Settle
from notices.channels.memory import MemoryChannel
from notices.models import Message, NoticeHousehold
from notices.roster import sheet
from notices.tokyo import today
from server.house import House, build
from server.work.worker import Worker
from tests.faults import ledger
from tests.faults.test_kills import HOMES, PHONES, scene
from tests.journeys.story import mails
from tests.town import MIDORI, TENANT, Town, town

NEIGHBOURS = 90
"""With one mail provider: more than one worker claims at once (deliver.claim.BATCH), fewer than two do."""


class Meeting(MemoryChannel):
    """Sends its first batch when the other worker has claimed one too."""

    def __init__(self, barrier: asyncio.Barrier) -> None:
        super().__init__("mail")
        self._barrier: asyncio.Barrier | None = barrier

    async def send(self, batch: Sequence[Outgoing], *, settle: Settle, crossing: Crossing) -> None:
        barrier, self._barrier = self._barrier, None
        if barrier is not None:
            await barrier.wait()
        await super().send(batch, settle=settle, crossing=crossing)


async def move_in(here: Town) -> set[str]:
    """Some dozens of homes join みどり自治会, a mailbox each. Their addresses."""
    boxes = {f"home{n}@example.jp" for n in range(NEIGHBOURS)}
    lines = [
        f"西,{n},{n},家{n},1丁目 9-{n},,{n},人 {n},ひと,,,{box},,,"
        for n, box in enumerate(sorted(boxes), start=100)
    ]
    async with here.house.db.write() as session:
        now = here.clock()
        parsed = sheet.parse((MIDORI + "\n".join(lines)).encode(), today(now))
        await roster.apply(session, here.house.keys.vault, TENANT, here.midori, parsed, None, now)
    return boxes


def second(house: House, mail: MemoryChannel) -> House:
    """Another machine: the same database and keys, its own connections, channels and name."""
    channels = {"mail": mail, "push": MemoryChannel("push")}
    return build(house.settings, house.keys, channels, house.clock)


async def test_two_workers_side_by_side_send_a_circular_once_to_everybody(
    postgresql_database: str, tmp_path: Path
) -> None:
    barrier = asyncio.Barrier(2)
    channels = {"mail": Meeting(barrier), "push": MemoryChannel("push")}
    async with town(postgresql_database, tmp_path, channels) as here, asyncio.timeout(60):
        boxes = await move_in(here)
        president = await here.phone("小林 茂")
        await here.post(president, here.midori)
        other = replace(here, house=second(here.house, Meeting(barrier)))
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
        assert list(await asyncio.gather(it.run("never"), it.run("never"))) == [0, 0]
        books = await it.restart_until_done()
        it.insist_nobody_is_lost(books)
        assert sorted(ledger.mail_copies(it.mail).values()) == [1] * (HOMES - PHONES)
        assert sorted(ledger.push_copies(it.push).values()) == [1] * PHONES
