"""kill -9 while somebody is asked whether all is well: they are asked all the same, and not once more than that."""

import asyncio
import signal
from pathlib import Path

import pytest
from sqlalchemy import select

from notices.healing.silence import QUIET
from notices.models import Message, Question
from server.sinks.mail import MailSink
from server.sinks.push import PushSink
from tests.clock import Clock
from tests.faults import ledger
from tests.faults.test_kills import subscribe
from tests.forked import Forked
from tests.journeys.story import RESIDENT
from tests.town import Town, town

HERS = "sachi.ito@example.jp"


async def run(here: Town, mail: MailSink, folder: Path, point: str) -> int:
    wanted = here.house.settings
    facts = {
        "KAIRAN_DATABASE_URL": wanted.database_url,
        "KAIRAN_SECRET_FILE": str(folder / "kairan.secret"),
        "KAIRAN_FILES_URL": wanted.files_url,
        "KAIRAN_SMTP_URL": mail.url,
        "KAIRAN_MAIL_FROM": wanted.mail_from,
        "KAIRAN_PUSH_HOSTS": wanted.push_hosts,
    }
    now = here.clock().isoformat()
    process = Forked("tests.faults.dying_worker", point, "0", now, environment=facts)
    return await asyncio.wait_for(process.wait(), 60)


@pytest.mark.slow
@pytest.mark.parametrize("point", ["asked", "claimed", "crossed", "sent"])
async def test_a_worker_killed_while_it_asks_neither_forgets_the_question_nor_asks_again(
    database_url: str, tmp_path: Path, point: str
) -> None:
    clock = Clock()
    mail, push = MailSink(), PushSink(now=lambda: clock())
    await mail.start()
    await push.start()
    try:
        async with town(database_url, tmp_path, push_hosts=push.origin) as here:
            resident = await here.phone(RESIDENT)
            await subscribe(resident, push, "hers")
            await resident.pull()
            await here.work()
            here.clock.pass_(days=QUIET.days + 1)
            clock.at = here.clock()
            assert await run(here, mail, tmp_path, "asked") == -signal.SIGKILL
            if point != "asked":
                assert await run(here, mail, tmp_path, point) == -signal.SIGKILL
            for _ in range(3):
                await ledger.time_passes(database_url)
                here.clock.pass_(hours=1)
                clock.at = here.clock()
                assert await run(here, mail, tmp_path, "never") == 0
            async with here.house.db.read() as session:
                asked = set(await session.scalars(select(Question.at)))
                states = set(await session.scalars(select(Message.state)))
            assert (len(asked), states) == (1, {"sent"})
            kills = int(point in ("crossed", "sent"))
            assert 1 <= ledger.mail_copies(mail)[HERS] <= 1 + kills
            assert 1 <= ledger.push_copies(push)["hers"] <= 1 + kills
            letters = {letter.parsed["Message-ID"] for letter in mail.messages(HERS)}
            assert len(letters) == 1, "a second copy must be seen as the first one"
    finally:
        await mail.close()
        await push.close()
