"""An approver who is asleep: after three minutes an emergency goes out all the same, with a reason that everybody reads."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from notices.models import Approval, Audit
from tests.journeys import alarms, circulars, city_hall, story
from tests.journeys.circulars import Official
from tests.journeys.test_second_person import has_mail
from tests.server.test_bad_input import is_a_problem
from tests.town import Town, town

pytestmark = pytest.mark.everyday
COLLEAGUE = "木下 薫"
AT_HOME = {
    circulars.CLERK: "tamiko.ichikawa@example.jp",
    circulars.SECOND: "hanako.shonin@example.jp",
    COLLEAGUE: "kaoru.kinoshita@example.jp",
}


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database_url, tmp_path) as made:
        made.clock.pass_(hours=16)  # one in the morning
        yield made


async def alone(by: Official, notice: str, reason: str = "川があふれ、承認を待てません。") -> httpx.Response:
    await circulars.prove(by)
    return await by.http.post(f"/api/v1/notices/{notice}/alone", json={"baseRevision": 1, "reason": reason})


async def approve(by: Official, notice: str) -> httpx.Response:
    await circulars.prove(by)
    return await by.http.post(f"/api/v1/notices/{notice}/approve", json={"baseRevision": 1})


async def test_nobody_answers_and_after_three_minutes_the_asker_goes_on_with_a_reason(here: Town) -> None:
    clerk, approver = await circulars.clerk(here), await circulars.second_person(here)
    colleague = await circulars.clerk(here, COLLEAGUE)
    for name, address in AT_HOME.items():
        await has_mail(here, name, address)
    quiet = {"quietHours": {"from": "22:00", "to": "06:30"}}
    for phone in (approver, colleague):
        assert (await phone.http.put("/api/v1/me/preferences", json=quiet)).status_code == 200
    made = await alarms.asked(here, clerk)
    await here.worker.idle()
    assert set(story.sent_to(here)) == {AT_HOME[circulars.SECOND], AT_HOME[COLLEAGUE]}, (
        "everybody who could approve is woken, and nobody else"
    )
    await clerk.pull()
    assert clerk.records["approvals", made["id"]]["aloneAt"] == "2026-11-21T02:03:00+09:00"
    here.clock.pass_(minutes=2, seconds=59)
    is_a_problem(await alone(clerk, made["id"]), 409, slug="alone-too-soon")
    here.clock.pass_(seconds=1)
    for wrong in ("", "　\n", "あ" * 501):
        is_a_problem(await alone(clerk, made["id"], wrong), 422, slug="alone-reason-missing")
    is_a_problem(await alone(colleague, made["id"]), 403, slug="alone-not-allowed")
    is_a_problem(await alone(approver, made["id"]), 403, slug="alone-not-allowed")
    answer = await alone(clerk, made["id"])
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["state"], told["alone"], told["decided"]["name"]) == ("approved", True, circulars.CLERK)
    await here.worker.idle()
    assert set(story.sent_to(here)) >= story.MAILED, "it is with every home"
    last = {mail.to.address: mail for mail in story.mails(here)}
    for name in (circulars.SECOND, COLLEAGUE):
        said = story.plain(here, last[AT_HOME[name]])
        assert "承認を待たずに" in said
        assert "川があふれ、承認を待てません。" in said
    is_a_problem(await approve(approver, made["id"]), 409, slug="already-decided")
    is_a_problem(await alone(clerk, made["id"]), 409, slug="already-decided")
    is_a_problem(await approve(clerk, made["id"]), 409, slug="already-decided")
    async with here.house.db.read() as session:
        actions = (await session.scalars(select(Audit.action).order_by(Audit.seq))).all()
        assert actions.count("approval.alone") == 1
        row = (await session.scalars(select(Approval))).one()
        assert (row.state, row.alone, row.reason) == ("approved", True, "川があふれ、承認を待てません。")
    await approver.pull()
    assert approver.records["approvals", made["id"]]["reason"] == "川があふれ、承認を待てません。"


async def test_the_way_out_is_open_from_the_second_that_was_told(here: Town) -> None:
    clerk = await circulars.clerk(here)
    here.clock.pass_(milliseconds=700)
    made = await alarms.asked(here, clerk)
    await clerk.pull()
    assert clerk.records["approvals", made["id"]]["aloneAt"] == "2026-11-21T02:03:00+09:00"
    here.clock.pass_(minutes=2, seconds=59, milliseconds=200)
    is_a_problem(await alone(clerk, made["id"]), 409, slug="alone-too-soon")
    here.clock.pass_(milliseconds=100)
    answer = await alone(clerk, made["id"])
    assert answer.status_code == 200, answer.text


async def test_who_answers_in_time_is_the_second_person_and_the_way_out_is_shut(here: Town) -> None:
    clerk, approver = await circulars.clerk(here), await circulars.second_person(here)
    made = await alarms.asked(here, clerk)
    here.clock.pass_(minutes=1)
    assert (await approve(approver, made["id"])).status_code == 200
    here.clock.pass_(minutes=5)
    is_a_problem(await alone(clerk, made["id"]), 409, slug="already-decided")


async def test_a_city_shuts_the_way_out_or_makes_it_longer(here: Town) -> None:
    clerk, approver = await circulars.clerk(here), await circulars.second_person(here)
    path = f"/api/v1/cities/{await circulars.city(here)}/alarm-settings"

    async def choose(by: Official, minutes: Any) -> httpx.Response:
        return await by.http.put(path, json={"aloneAfterMinutes": minutes})

    here.clock.pass_(minutes=11)
    is_a_problem(await choose(clerk, 0), 403, slug="passkey-needed")
    await circulars.prove(clerk)
    for wrong in (-1, 61, None):
        is_a_problem(await choose(clerk, wrong), 400, 422)
    await circulars.prove(approver)
    is_a_problem(await choose(approver, 5), 403)
    assert (await choose(clerk, 0)).json() == {"aloneAfterMinutes": 0}
    made = await alarms.asked(here, clerk)
    here.clock.pass_(hours=1)
    is_a_problem(await alone(clerk, made["id"]), 403, slug="alone-not-allowed")
    await circulars.prove(clerk)
    assert (await choose(clerk, 60)).status_code == 200
    is_a_problem(await alone(clerk, made["id"]), 403, slug="alone-not-allowed")
    here.clock.pass_(days=1)
    is_a_problem(await alone(clerk, made["id"]), 403, slug="alone-not-allowed")
    assert (await clerk.http.get(path)).json() == {"aloneAfterMinutes": 60}
    later = await alarms.asked(here, clerk)
    here.clock.pass_(hours=1)
    assert (await alone(clerk, later["id"])).status_code == 200


async def test_everybody_else_at_the_city_hall_hears_that_the_wait_is_another_one(here: Town) -> None:
    clerk, _ = await circulars.clerk(here), await circulars.second_person(here)
    colleague = await circulars.clerk(here, COLLEAGUE)
    assert (await colleague.http.put("/api/v1/me/preferences", json={"locale": "en"})).status_code == 200
    for name, address in AT_HOME.items():
        await has_mail(here, name, address)
    path = f"/api/v1/cities/{await circulars.city(here)}/alarm-settings"
    here.clock.pass_(hours=8)
    await circulars.prove(clerk)
    for minutes, holds in ((10, ("10分", "for 10 minutes")), (1, ("11月22日から", "From 2026-11-22"))):
        before = len(story.mails(here))
        for _ in range(2):
            assert (await clerk.http.put(path, json={"aloneAfterMinutes": minutes})).status_code == 200
        await here.worker.idle()
        said_to = [(mail.to.address, story.plain(here, mail)) for mail in story.mails(here)[before:]]
        said_to = [(to, text) for to, text in said_to if "ひとりで" in text or "go on alone" in text]
        heard = dict(said_to)
        assert set(heard) == {AT_HOME[circulars.SECOND], AT_HOME[COLLEAGUE]}
        assert len(said_to) == 2, "once"
        assert circulars.CLERK in heard[AT_HOME[circulars.SECOND]]
        for name, said in zip((circulars.SECOND, COLLEAGUE), holds, strict=True):
            assert said in heard[AT_HOME[name]]


async def test_whoever_waits_for_an_answer_cannot_shorten_their_own_wait(here: Town) -> None:
    clerk, _ = await circulars.clerk(here), await circulars.second_person(here)
    path = f"/api/v1/cities/{await circulars.city(here)}/alarm-settings"
    await circulars.prove(clerk)
    for minutes, today in ((10, 10), (1, 10), (20, 20), (10, 20)):
        assert (await clerk.http.put(path, json={"aloneAfterMinutes": minutes})).status_code == 200
        assert (await clerk.http.get(path)).json() == {"aloneAfterMinutes": today}, minutes
    made = await alarms.asked(here, clerk)
    here.clock.pass_(minutes=19)
    is_a_problem(await alone(clerk, made["id"]), 409, slug="alone-too-soon")
    here.clock.pass_(minutes=1)
    assert (await alone(clerk, made["id"])).status_code == 200
    async with here.house.db.read() as session:
        rows = await session.scalars(
            select(Audit.detail).where(Audit.action == "alarm.alone").order_by(Audit.seq)
        )
        assert [row["holds"] for row in rows] == ["2026-11-21", "2026-11-22", "2026-11-21", "2026-11-22"]


async def test_in_a_city_hall_of_one_an_emergency_waits_its_minutes_and_an_exercise_waits_for_somebody(
    here: Town,
) -> None:
    clerk = await circulars.clerk(here)
    drill = await alarms.try_write(here, clerk, **alarms.drill())
    is_a_problem(drill, 409, slug="nobody-to-approve")
    made = await alarms.try_write(here, clerk)
    assert made.status_code == 201, made.text
    here.clock.pass_(minutes=3)
    assert (await alone(clerk, made.json()["id"])).status_code == 200


async def test_whose_seat_has_ended_meanwhile_goes_on_with_nothing(here: Town) -> None:
    clerk = await circulars.clerk(here)
    await circulars.second_person(here)
    made = await alarms.asked(here, clerk)
    here.clock.pass_(minutes=3)
    await city_hall.leaves(here, circulars.CLERK)
    is_a_problem(
        await clerk.http.post(f"/api/v1/notices/{made['id']}/alone", json={"baseRevision": 1, "reason": "x"}),
        403,
        404,
    )


async def test_what_was_taken_back_is_a_draft_on_every_phone_of_the_city_hall(here: Town) -> None:
    clerk, approver = await circulars.clerk(here), await circulars.second_person(here)
    made = await alarms.asked(here, clerk)
    await approver.pull()
    assert approver.records["drafts", made["id"]]["state"] == "awaiting"
    assert (await story.act(clerk, made["id"], "recall")).status_code == 200
    await approver.pull()
    assert approver.records["drafts", made["id"]]["state"] == "draft"
    here.clock.pass_(minutes=5)
    is_a_problem(await alone(clerk, made["id"]), 409, slug="already-decided")
    pressed = await alarms.press(clerk, made["id"], "emergency")
    assert pressed.json()["state"] == "awaiting"
