"""What is no notice leaves by one way, also what was written before there was one."""

from importlib import import_module
from pathlib import Path

from sqlalchemy import delete, select, text

from notices.healing import questions
from notices.models import Memo
from tests.journeys.story import HUSBAND, PRESIDENT, RESIDENT
from tests.journeys.test_healing import QUIET, mails_to, on_the_phone
from tests.town import TENANT, town

migration = import_module("server.migrations.versions.0024_memos_and_corrections")


async def test_a_question_that_waited_for_the_migration_is_asked_after_it(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        for number, name in enumerate((PRESIDENT, HUSBAND, RESIDENT), start=1):
            await on_the_phone(here, name, number)
        here.clock.pass_(days=QUIET)
        async with here.house.db.write() as session:
            people, _ = await questions.next_to_ask(session, TENANT, None, here.clock())
            assert await questions.ask(session, TENANT, people, here.clock()) == 3
            memo = (Memo.message, Memo.about, Memo.subject, Memo.person)
            before = set((await session.execute(select(*memo))).all())
            await session.execute(delete(Memo))
            for _ in range(2):
                for statement in migration.STATEMENTS:
                    await session.execute(text(statement))
            assert set((await session.execute(select(*memo))).all()) == before
        await here.work()
        assert len(mails_to(here, "hanako.yamada@example.jp")) == 1
