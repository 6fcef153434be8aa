"""What time does to alarms: an exercise waits for its morning, an alarm ends with its time, and years empty it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from notices.models import Notice
from notices.privacy import retention
from tests.journeys import alarms, circulars, story
from tests.journeys.story import LEADER_2, RESIDENT
from tests.town import TENANT, Town, town


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database_url, tmp_path, undo_seconds=60) as made:
        yield made


async def test_an_exercise_that_was_approved_waits_for_its_morning_and_can_be_called_off(here: Town) -> None:
    clerk, resident = await circulars.clerk(here), await here.phone(RESIDENT)
    at = "2026-11-24T09:00:00+09:00"
    made = await alarms.send(here, clerk, **alarms.drill(publishAt=at))
    off = await alarms.send(here, clerk, **alarms.drill(publishAt=at, title="とりやめる訓練"))
    for notice in (made, off):
        assert (await story.notice(clerk, notice["id"]))["state"] == "scheduled"
    assert (await story.act(clerk, off["id"], "undo")).json()["state"] == "draft"
    here.clock.pass_(days=3, hours=23)
    await here.work()
    assert (await story.notice(clerk, made["id"]))["state"] == "published"
    await resident.pull()
    assert resident.titles() == {"避難訓練：川ぞいの地域"}
    assert "sachi.ito@example.jp" in story.sent_to(here)


async def test_what_was_to_follow_an_exercise_that_is_over_by_then_does_not_go_out(here: Town) -> None:
    clerk = await circulars.clerk(here)
    first = await alarms.send(here, clerk, **alarms.drill())
    late = await alarms.send(
        here,
        clerk,
        **alarms.drill(refersTo=first["id"], step="update", publishAt="2026-11-20T12:00:00+09:00"),
    )
    await alarms.follow(here, clerk, first["id"], "all-clear", **alarms.drill())
    here.clock.pass_(hours=3)
    await here.work()
    assert (await story.notice(clerk, late["id"]))["state"] == "draft"


async def test_an_alarm_of_the_city_ends_with_its_time_and_is_emptied_with_the_years(here: Town) -> None:
    clerk, leader = await circulars.clerk(here), await here.phone(LEADER_2)
    made = await alarms.send(
        here, clerk, expiresAt="2026-11-21", translations={"en": {"title": "A", "body": "B"}}
    )
    some = await alarms.send(here, clerk, audience={"associations": [here.sakura]})
    await here.work()
    visit = leader.visit(made["id"], here.households["渡辺"], "told")
    await leader.push()
    here.clock.pass_(days=3)
    await here.work()
    await leader.pull()
    assert story.ids_of(leader, "notices") == {f"{some['id']}.{here.sakura}"}
    then = here.clock() + timedelta(days=1)
    for rule in retention.RULES:
        async with here.house.db.write() as session:
            rows = await rule.find(session, TENANT, then)
            if rows:
                await rule.remove(session, TENANT, rows, here.clock())
    await here.work()
    async with here.house.db.read() as session:
        for id in (made["id"], some["id"]):
            row = await session.get_one(Notice, (TENANT, id))
            assert (row.body, row.translations, row.state) == ("", {}, "expired")
            assert row.title
    await leader.pull()
    await clerk.pull()
    assert not story.ids_of(leader, "notices")
    assert ("visits", visit) not in leader.records
    assert clerk.records["sent", made["id"]]["body"] == ""
    whole = (await clerk.http.get(f"/api/v1/notices/{made['id']}/reach")).json()
    assert (whole["households"], whole["grades"]["stamped"]) == (9, 1), "the ledger keeps its sums"
