"""The head of the record leaves the house every morning, and what was mailed tells whether the past was rewritten."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from notices import audit
from notices.auditing import checking, heads
from notices.auditing.heads import Head
from notices.channels import Mail
from notices.tokyo import TOKYO
from tests.journeys import story
from tests.journeys.city_hall import official
from tests.journeys.test_second_person import has_mail
from tests.town import TENANT, Town, town

pytestmark = pytest.mark.everyday

CLERK, APPROVER = "石川 真", "岡田 薫"


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database_url, tmp_path) as made:
        yield made


def the_mails(here: Town) -> list[Mail]:
    return [mail for mail in story.mails(here) if "kairan audit verify" in story.plain(here, mail)]


async def a_morning(here: Town) -> None:
    here.clock.at = audit.next_morning(here.clock()) + timedelta(seconds=1)
    await here.work()


async def checked(here: Town, head: Head) -> checking.Checked:
    async with here.house.db.read() as session:
        return await checking.check(session, TENANT, [head])


async def test_the_head_is_mailed_every_morning_to_those_who_work_for_the_city(here: Town) -> None:
    await official(here, CLERK)
    await official(here, APPROVER, "approver")
    await has_mail(here, CLERK, "makoto.ishikawa@example.jp")
    await has_mail(here, APPROVER, "kaoru.okada@example.jp")
    await here.work()
    before = len(the_mails(here))
    await a_morning(here)
    mails = the_mails(here)[before:]
    assert {mail.to.address for mail in mails} == {"makoto.ishikawa@example.jp", "kaoru.okada@example.jp"}
    said = story.plain(here, mails[0])
    assert f"{here.clock().astimezone(TOKYO):%Y年%-m月%-d日 09:00}" in said
    assert re.search(r"^hana:\d+:(?:[0-9a-f]{4}-){15}[0-9a-f]{4}\r?$", said, re.MULTILINE), "in short groups"
    [head] = heads.found_in(said)
    assert head.tenant == TENANT
    assert (await checked(here, head)).bad is None
    wrong = Head(head.seq, bytes(32), TENANT)
    found = (await checked(here, wrong)).bad
    assert found is not None
    assert found.seq == head.seq
    await a_morning(here)
    assert len(the_mails(here)) == before + 4, "and once more the next morning, to each once"


async def test_where_the_operator_says_so_it_goes_there_alone(database_url: str, tmp_path: Path) -> None:
    boxes = "audit@example.jp, kansa@city.example.jp"
    async with town(database_url, tmp_path, audit_mail=boxes) as here:
        await official(here, CLERK)
        await has_mail(here, CLERK, "makoto.ishikawa@example.jp")
        await here.work()
        await a_morning(here)
        to = [mail.to.address for mail in the_mails(here)]
        assert sorted(set(to)) == ["audit@example.jp", "kansa@city.example.jp"]
        [head] = heads.found_in(story.plain(here, the_mails(here)[-1]))
        assert (await checked(here, head)).bad is None


async def test_a_city_where_nobody_reads_mail_goes_on(here: Town) -> None:
    await a_morning(here)
    assert the_mails(here) == []
    await official(here, CLERK)
    await has_mail(here, CLERK, "makoto.ishikawa@example.jp")
    await a_morning(here)
    assert len(the_mails(here)) == 1, "from the day on that somebody does"
