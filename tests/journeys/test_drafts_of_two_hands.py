"""A draft that two people have open: the second save is refused and loses nothing, and what went out later is no correction."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from notices.models import Delivery, NoticeRevision
from notices.tokyo import wire
from tests.journeys import alarms, circulars, story
from tests.journeys.story import OFFICER_2, PRESIDENT
from tests.journeys.test_drafts_of_the_city import COLLEAGUE, kept
from tests.phone import Phone
from tests.server.test_bad_input import is_a_problem
from tests.server.test_files import PDF, upload
from tests.town import Town, town


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database_url, tmp_path) as made:
        yield made


async def both_save(one: Phone, other: Phone, id: str, mine: dict[str, Any], theirs: dict[str, Any]) -> None:
    """Both have it open; `one` saves, `other` is refused, and saves again over what is there now."""
    seen = (await story.notice(other, id))["revision"]
    saved = await story.correct(one, id, baseRevision=seen, **mine)
    assert saved.status_code == 200, saved.text
    assert saved.json()["revision"] == seen + 1
    is_a_problem(await story.correct(other, id, baseRevision=seen, **theirs), 409, slug="revision-old")
    there = await story.notice(other, id)
    assert {name: there[name] for name in mine} == mine, "what the first has saved stands"
    # A save whose answer was lost is made once more: nobody is told that somebody else was there.
    again = await story.correct(one, id, baseRevision=seen, **mine)
    assert (again.status_code, again.json()["revision"]) == (200, seen + 1)
    following = await story.correct(one, id, baseRevision=seen + 1, title="二度めに直した題")
    assert (following.status_code, following.json()["revision"]) == (200, seen + 2)
    over = await story.correct(other, id, baseRevision=seen + 2, **theirs)
    assert (over.status_code, over.json()["revision"]) == (200, seen + 3)


async def test_two_officers_have_a_draft_open(here: Town) -> None:
    president, other = await here.phone(PRESIDENT), await here.phone(OFFICER_2)
    draft = (await here.post(president, publish=False))["id"]
    await both_save(president, other, draft, {"title": "9時から"}, {"body": "10時からです。"})
    sha256 = (await upload(other, PDF)).json()["sha256"]
    files = [{"sha256": sha256, "name": "地図.pdf"}]
    assert (await story.correct(other, draft, files=files)).status_code == 200
    is_a_problem(await story.correct(president, draft, baseRevision=4, files=[]), 409, slug="revision-old")
    assert (await story.correct(other, draft, baseRevision=4, files=files)).status_code == 200


async def test_two_clerks_have_a_draft_open_and_nobody_is_undone_to_all(here: Town) -> None:
    clerk, colleague = await circulars.clerk(here), await circulars.clerk(here, COLLEAGUE)
    draft = await kept(here, clerk)
    narrow = {"audience": {"associations": [here.sakura]}}
    await both_save(colleague, clerk, draft, narrow, {"audience": "all", "title": "ハザードマップ（改）"})
    await clerk.pull()
    assert clerk.records["circulations", draft]["revision"] == 4, "the screen names what it was made from"


async def test_two_clerks_have_an_alarm_draft_open(here: Town) -> None:
    clerk, colleague = await circulars.clerk(here), await circulars.clerk(here, COLLEAGUE)
    draft = (await alarms.try_write(here, clerk, publish=False)).json()["id"]
    narrow = {"audience": {"associations": [here.sakura]}}
    await both_save(colleague, clerk, draft, narrow, {"audience": "all", "title": "避難してください"})


async def test_nobody_sends_words_that_they_have_not_seen(here: Town) -> None:
    president, other = await here.phone(PRESIDENT), await here.phone(OFFICER_2)
    clerk, colleague = await circulars.clerk(here), await circulars.clerk(here, COLLEAGUE)
    letter = (await here.post(president, publish=False))["id"]
    circular = await kept(here, clerk)
    alarm = (await alarms.try_write(here, clerk, publish=False)).json()["id"]
    for one, second, draft, act in (
        (president, other, letter, "publish"),
        (clerk, colleague, circular, "publish"),
        (clerk, colleague, alarm, "send"),
    ):
        seen = (await story.notice(one, draft))["revision"]
        said = {"kind": "emergency"} if act == "send" else {}
        assert (await story.correct(second, draft, title="ほかの方の題")).status_code == 200
        press = f"/api/v1/notices/{draft}/{act}"
        refused = await one.http.post(press, json=said | {"baseRevision": seen})
        is_a_problem(refused, 409, slug="revision-unseen")
        assert (await story.notice(one, draft))["state"] == "draft"
        # The second press, of what is out already, names what was true when it was first pressed.
        for _ in range(2):
            sent = await one.http.post(press, json=said | {"baseRevision": seen + 1})
            assert sent.status_code == 200, sent.text
            assert sent.json()["state"] in ("held", "awaiting", "published")


async def test_what_was_rewritten_goes_out_as_news_and_is_corrected_like_everything(here: Town) -> None:
    president = await here.phone(PRESIDENT)
    draft = (await here.post(president, publish=False))["id"]
    for title in ("一度め", "二度め"):
        assert (await story.correct(president, draft, title=title)).status_code == 200
    assert (await story.act(president, draft, "publish")).status_code == 200
    await here.work()
    sent = story.mails(here)
    assert sent
    assert not any("【訂正】" in story.plain(here, mail) for mail in sent)
    await president.pull()
    record = president.records["notices", draft]
    assert (record["title"], record["correctedAt"], record["stampRound"]) == ("二度め", None, 1)
    first = record["revision"]
    await here.work()
    assert (await story.correct(president, draft, title="三度め", resend="all")).status_code == 200
    await here.work()
    again = story.mails(here)[len(sent) :]
    assert again
    assert all("【訂正】" in story.plain(here, mail) for mail in again)
    async with here.house.db.read() as session:
        revisions = select(NoticeRevision.revision).where(NoticeRevision.notice == draft)
        assert sorted(await session.scalars(revisions)) == [first, first + 1]
        planned = select(Delivery.revision).where(Delivery.notice == draft).distinct()
        assert sorted(await session.scalars(planned)) == [first, first + 1]


async def test_a_draft_that_was_sent_meanwhile_is_not_corrected_by_who_had_it_open(here: Town) -> None:
    president, other = await here.phone(PRESIDENT), await here.phone(OFFICER_2)
    draft = (await here.post(president, publish=False))["id"]
    seen = (await story.notice(other, draft))["revision"]
    assert (await story.act(president, draft, "publish")).status_code == 200
    await here.work()
    late = await story.correct(other, draft, baseRevision=seen, title="書きかけ")
    is_a_problem(late, 409, slug="revision-old")
    out = await story.notice(other, draft)
    assert out["state"] == "published"
    assert out["title"] != "書きかけ"


async def test_whoever_was_there_first_is_named_to_their_colleagues_with_the_time(here: Town) -> None:
    president, other = await here.phone(PRESIDENT), await here.phone(OFFICER_2)
    draft = (await here.post(president, publish=False))["id"]
    assert (await story.notice(other, draft))["lastHand"] is None, (
        "nobody has touched it since it was written"
    )
    here.clock.pass_(minutes=7)
    assert (await story.correct(other, draft, title="十時から")).status_code == 200
    hand = (await story.notice(president, draft))["lastHand"]
    assert hand == {
        "deed": "changed",
        "own": False,
        "name": OFFICER_2,
        "title": "副会長",
        "at": wire(here.clock()),
    }
    assert (await story.notice(other, draft))["lastHand"]["own"] is True
    for verb, deed in (("publish", "sent"), ("withdraw", "thrown")):
        assert (await story.act(other, draft, verb)).status_code == 200
        assert (await story.notice(president, draft))["lastHand"]["deed"] == deed
    clerk, colleague = await circulars.clerk(here), await circulars.clerk(here, COLLEAGUE)
    of_the_city = await kept(here, clerk)
    assert (await story.correct(colleague, of_the_city, title="改")).status_code == 200
    assert (await story.notice(clerk, of_the_city))["lastHand"]["name"] == COLLEAGUE


async def test_what_was_sent_and_taken_back_says_who_took_it_back(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path, undo_seconds=60) as here:
        president, other = await here.phone(PRESIDENT), await here.phone(OFFICER_2)
        draft = (await here.post(president, publish=False))["id"]
        assert (await story.act(other, draft, "publish")).status_code == 200
        assert (await story.act(president, draft, "undo")).status_code == 200
        hand = (await story.notice(other, draft))["lastHand"]
        assert (hand["deed"], hand["name"]) == ("takenBack", PRESIDENT)
