"""An alert of somebody else comes in: a draft for the clerks, who hear of it; and by itself only where the city has said so."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from notices.models import Approval, Audit, CapAlert, CapSource, Notice, NoticeRevision
from server.keeping import retention
from server.operations import alerts as operations
from server.operations.holding import hold
from tests.cap.alerts import alert
from tests.journeys import story
from tests.journeys.city_hall import Official, leaves, official, quietly
from tests.journeys.story import RESIDENT
from tests.journeys.test_second_person import has_mail
from tests.server.test_bad_input import is_a_problem
from tests.town import TENANT, Town, town

pytestmark = pytest.mark.everyday

CLERK, COLLEAGUE = "石川 真", "木下 薫"
KISHO = "kisho@example.jp"


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database_url, tmp_path) as made:
        yield made


RULE = {
    "sender": KISHO,
    "event": "大雨特別警報",
    "urgency": "Expected",
    "severity": "Severe",
    "certainty": "Likely",
}


@dataclass
class Machine:
    """Somebody's, which brings alerts."""

    here: Town
    secret: str

    async def bring(self, data: bytes | None = None, **said: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.secret}", "Content-Type": "application/cap+xml"}
        async with self.here.http() as http:
            body = alert(**said) if data is None else data
            return await http.post("/api/v1/cap", content=body, headers=headers)

    async def brought(self, **said: Any) -> dict[str, Any]:
        answer = await self.bring(**said)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found


async def machine(here: Town, *senders: str) -> Machine:
    args = {"name": "気象台の中継", "senders": list(senders or (KISHO,)), "city": None}
    return Machine(here, (await operations.allow(here.house, args, quietly))["secret"])


async def city_of(by: Official) -> str:
    await by.phone.pull()
    [found] = story.ids_of(by.phone, "cities")
    return found


async def came_in(by: Official) -> dict[str, Any]:
    answer = await by.http.get(f"/api/v1/cities/{await city_of(by)}/alerts")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def rule(here: Town, by: Official, other: Official, **said: Any) -> str:
    """Written by one, switched on by the other. → its id"""
    city = await city_of(by)
    await by.prove()
    written = await by.http.post(f"/api/v1/cities/{city}/alerts/rules", json=RULE | said)
    assert written.status_code == 201, written.text
    assert written.json()["active"] is False
    id: str = written.json()["id"]
    path = f"/api/v1/cities/{city}/alerts/rules/{id}"
    is_a_problem(await by.http.put(path, json={"active": True}), 403, slug="cap-rule-own")
    await other.prove()
    assert (await other.http.put(path, json={"active": True})).json() == {"id": id, "active": True}
    return id


async def notice(here: Town, id: str) -> Notice:
    async with here.house.db.read() as session:
        return await session.get_one(Notice, (TENANT, id))


def ours(here: Town, address: str) -> list[str]:
    return [story.plain(here, mail) for mail in story.mails(here) if mail.to.address == address]


async def test_an_alert_becomes_a_draft_and_the_clerks_hear_of_it(here: Town) -> None:
    clerk, resident = await official(here, CLERK), await here.phone(RESIDENT)
    await has_mail(here, CLERK, "makoto.ishikawa@example.jp")
    kisho = await machine(here)
    made = await kisho.brought()
    assert made["became"] == "draft"
    await here.work()
    draft = await notice(here, made["notice"])
    assert (draft.kind, draft.state, draft.association) == ("emergency", "draft", None)
    assert draft.title == "花水木市に大雨特別警報"
    for part in (
        "これまでに経験したことのない",
        "ただちに身の安全",
        "対象：花水木市",
        "11月20日 16時00分",
        "発表：気象台",
    ):
        assert part in draft.body
    [told] = ours(here, "makoto.ishikawa@example.jp")
    assert "まだ、だれにも送っていません" in told
    await resident.pull()
    assert resident.all("notices") == [], "nobody else has it"
    [listed] = (await came_in(clerk))["alerts"]
    assert (listed["title"], listed["became"], listed["noticeState"]) == (
        f"【緊急】{draft.title}",
        "draft",
        "draft",
    )
    await clerk.phone.pull()
    assert clerk.phone.records["drafts", made["notice"]]["kind"] == "emergency"


async def test_the_same_alert_twice_is_once(here: Town) -> None:
    await official(here, CLERK)
    kisho = await machine(here)
    first = await kisho.brought()
    again = await kisho.bring()
    assert (again.status_code, again.json()) == (200, first)
    async with here.house.db.read() as session:
        assert len((await session.scalars(select(CapAlert))).all()) == 1
        drafts = select(Notice).where(Notice.association.is_(None))
        assert len((await session.scalars(drafts)).all()) == 1


async def test_an_exercise_becomes_an_exercise_and_a_test_becomes_nothing(here: Town) -> None:
    await official(here, CLERK)
    kisho = await machine(here)
    drill = await kisho.brought(status="Exercise", identifier="drill-1")
    assert (await notice(here, drill["notice"])).kind == "exercise"
    for status in ("Test", "System", "Draft"):
        nothing = await kisho.brought(status=status, identifier=f"{status}-1")
        assert (nothing["became"], nothing["notice"]) == ("ignored", None)
        assert "試験用" in nothing["sentence"]
    assert (await kisho.brought(msgType="Ack", identifier="ack-1"))["became"] == "ignored"


def refers(**said: str) -> str:
    return ",".join((said.get("sender", KISHO), said["identifier"], "2026-11-20T10:00:00+09:00"))


async def test_an_update_rewrites_the_draft_and_a_cancel_withdraws_it(here: Town) -> None:
    clerk = await official(here, CLERK)
    kisho = await machine(here)
    first = await kisho.brought(identifier="a1")
    update = await kisho.brought(
        identifier="a2", msgType="Update", references=refers(identifier="a1"), headline="雨が強まっています"
    )
    assert update["notice"] == first["notice"], "nobody has sent it yet: it says what is true now"
    assert (await notice(here, first["notice"])).title == "雨が強まっています"
    cancel = await kisho.brought(
        identifier="a3", msgType="Cancel", references=refers(identifier="a2"), info=""
    )
    assert (cancel["became"], cancel["notice"]) == ("ended", first["notice"])
    assert (await notice(here, first["notice"])).state == "withdrawn"
    assert [each["became"] for each in (await came_in(clerk))["alerts"]] == ["ended", "draft", "draft"]
    late = await kisho.brought(
        identifier="a4", msgType="Cancel", references=refers(identifier="unknown"), info=""
    )
    assert (late["became"], late["why"]) == ("ignored", "cap-nothing-to-cancel")


async def test_nobody_ends_what_another_has_said_and_no_exercise_what_is_real(here: Town) -> None:
    await official(here, CLERK)
    kisho = await machine(here, KISHO, "bosai@example.jp")
    first = await kisho.brought(identifier="a1")
    other = await kisho.brought(
        identifier="b1", sender="bosai@example.jp", msgType="Cancel", references=refers(identifier="a1")
    )
    drill = await kisho.brought(
        identifier="a2", status="Exercise", msgType="Cancel", references=refers(identifier="a1")
    )
    assert (other["became"], drill["became"]) == ("ignored", "ignored")
    assert (await notice(here, first["notice"])).state == "draft"


async def test_by_a_rule_that_two_people_made_it_goes_out_by_itself(here: Town) -> None:
    clerk, colleague = await official(here, CLERK), await official(here, COLLEAGUE)
    resident = await here.phone(RESIDENT)
    kisho = await machine(here)
    made = await rule(here, clerk, colleague)
    sent = await kisho.brought(identifier="a1")
    assert sent["became"] == "sent"
    await here.work()
    await resident.pull()
    [got] = resident.all("notices")
    assert (got["kind"], got["title"]) == ("emergency", "花水木市に大雨特別警報")
    assert "sachi.ito@example.jp" in story.sent_to(here)
    update = await kisho.brought(
        identifier="a2", msgType="Update", references=refers(identifier="a1"), headline="雨が強まっています"
    )
    assert update["became"] == "sent"
    follow_up = await notice(here, update["notice"])
    assert (follow_up.refers_to, follow_up.step) == (sent["notice"], "update")
    over = await kisho.brought(identifier="a3", msgType="Cancel", references=refers(identifier="a2"), info="")
    assert over["became"] == "sent"
    assert (await notice(here, over["notice"])).step == "all-clear"
    async with here.house.db.read() as session:
        actions = (await session.scalars(select(Audit.action).where(Audit.action.like("cap.%")))).all()
    assert [each for each in actions if each.startswith("cap.rule")] == ["cap.rule-written", "cap.rule-on"]
    assert actions.count("cap.sent") == 3
    listed = await came_in(colleague)
    assert (listed["rules"][0]["id"], listed["rules"][0]["own"]) == (made, False)
    assert listed["rules"][0]["switchedBy"] == COLLEAGUE


@pytest.mark.parametrize(
    "said",
    [
        {"event": "大雨警報"},
        {"severity": "Moderate"},
        {"urgency": "Unknown"},
        {"certainty": "Possible"},
    ],
)
async def test_what_the_rule_does_not_name_waits_for_a_clerk(here: Town, said: dict[str, str]) -> None:
    clerk, colleague = await official(here, CLERK), await official(here, COLLEAGUE)
    kisho = await machine(here)
    await rule(here, clerk, colleague)
    assert (await kisho.brought(**said))["became"] == "draft"


async def test_an_exercise_of_somebody_else_waits_for_a_clerk_whatever_the_rule(here: Town) -> None:
    clerk, colleague = await official(here, CLERK), await official(here, COLLEAGUE)
    kisho = await machine(here)
    await rule(here, clerk, colleague)
    drill = await kisho.brought(status="Exercise", identifier="drill-1")
    assert (drill["became"], (await notice(here, drill["notice"])).state) == ("draft", "draft")


async def test_what_a_machine_does_is_done_in_nobodys_name(here: Town) -> None:
    clerk, colleague = await official(here, CLERK), await official(here, COLLEAGUE)
    kisho = await machine(here)
    await rule(here, clerk, colleague)
    sent = await kisho.brought()
    drill = await kisho.brought(identifier="x2", event="洪水警報")
    await colleague.prove()
    assert (await colleague.act(drill["notice"], "send", kind="emergency")).status_code == 200
    cancel = await kisho.brought(
        identifier="x3", msgType="Cancel", references=refers(identifier="x2"), info=""
    )
    assert cancel["became"] == "ended"
    async with here.house.db.read() as session:
        [source] = await session.scalars(select(CapSource))
        deeds = select(Audit).where(
            Audit.action.in_(["notice.write", "notice.withdraw", "approval.withdrawn"])
        )
        assert {row.actor for row in await session.scalars(deeds)} == {source.id}
        [approval] = await session.scalars(select(Approval))
        assert (approval.decided_by, approval.decided_name) == (source.id, "気象台の中継")
        revisions = select(NoticeRevision.by).where(NoticeRevision.notice == sent["notice"])
        assert (await session.scalars(revisions)).all() == [source.id]
    out = await notice(here, sent["notice"])
    assert (out.state, out.author, out.author_name, out.author_title) == (
        "published",
        source.id,
        "気象台の中継",
        "花水木市",
    )
    await here.work()


async def test_an_update_never_rewrites_what_a_clerk_has_changed_nor_is_it_sent_by_a_rule(here: Town) -> None:
    clerk, colleague = await official(here, CLERK), await official(here, COLLEAGUE)
    kisho = await machine(here)
    first = await kisho.brought(identifier="a1")
    await rule(here, clerk, colleague)
    said = {"baseRevision": 1, "title": "川に近づかないでください"}
    changed = await clerk.http.patch(f"/api/v1/notices/{first['notice']}", json=said)
    assert changed.status_code == 200, changed.text
    for n in (2, 3):
        update = await kisho.brought(
            identifier=f"a{n}",
            msgType="Update",
            references=refers(identifier=f"a{n - 1}"),
            headline=f"雨が強まっています{n}",
        )
        assert update["became"] == "draft"
        assert update["notice"] != first["notice"]
        assert (await notice(here, update["notice"])).title == f"雨が強まっています{n}"
    kept = await notice(here, first["notice"])
    assert (kept.title, kept.state) == ("川に近づかないでください", "draft")


async def test_a_rule_that_is_off_or_ended_sends_nothing(here: Town) -> None:
    clerk, colleague = await official(here, CLERK), await official(here, COLLEAGUE)
    kisho = await machine(here)
    made = await rule(here, clerk, colleague)
    path = f"/api/v1/cities/{await city_of(clerk)}/alerts/rules/{made}"
    here.clock.pass_(minutes=30)
    off = await clerk.http.put(path, json={"active": False})
    assert off.json()["active"] is False, "off is one press, by anybody, without a proof"
    assert (await kisho.brought(identifier="a1"))["became"] == "draft"
    assert (await clerk.http.delete(path)).status_code == 204
    assert (await came_in(clerk))["rules"] == []
    is_a_problem(await colleague.http.put(path, json={"active": True}), 404, 403)


async def test_an_approver_switches_a_rule_on_but_writes_none_as_they_send_nothing(here: Town) -> None:
    clerk, approver = await official(here, CLERK), await official(here, COLLEAGUE, "approver")
    await machine(here)
    await approver.prove()
    path = f"/api/v1/cities/{await city_of(approver)}/alerts/rules"
    is_a_problem(await approver.http.post(path, json=RULE), 403, slug="not-allowed")
    assert (await came_in(clerk))["rules"] == []
    await rule(here, clerk, approver)
    [there] = (await came_in(clerk))["rules"]
    assert (there["active"], there["writtenBy"], there["switchedBy"]) == (True, CLERK, COLLEAGUE)


async def test_a_rule_is_for_a_sender_that_may_bring_alerts_and_for_what_cap_knows(here: Town) -> None:
    clerk = await official(here, CLERK)
    await machine(here)
    await clerk.prove()
    path = f"/api/v1/cities/{await city_of(clerk)}/alerts/rules"
    good = {
        "sender": KISHO,
        "event": "大雨",
        "urgency": "Immediate",
        "severity": "Severe",
        "certainty": "Likely",
    }
    for wrong in ({"sender": "x@example.jp"}, {"event": " "}, {"severity": "Terrible"}):
        is_a_problem(await clerk.http.post(path, json=good | wrong), 422, slug="cap-rule-wrong")
    foreign = good | {"audience": {"districts": ["どこか"]}}
    is_a_problem(await clerk.http.post(path, json=foreign), 422)
    here.clock.pass_(minutes=11)
    is_a_problem(await clerk.http.post(path, json=good), 403, slug="passkey-needed")


async def test_where_nobody_works_for_the_city_the_alert_is_to_come_again(here: Town) -> None:
    await official(here, CLERK)
    await official(here, COLLEAGUE)
    kisho = await machine(here)
    await leaves(here, CLERK)
    await leaves(here, COLLEAGUE)
    here.clock.pass_(days=1)
    is_a_problem(await kisho.bring(expires="2026-11-22T16:00:00+09:00"), 409, slug="cap-nobody-here")
    async with here.house.db.read() as session:
        assert (await session.scalars(select(CapAlert))).all() == []


async def test_whoever_is_allowed_no_more_brings_no_more(here: Town) -> None:
    await official(here, CLERK)
    args = {"name": "気象台の中継", "senders": [KISHO], "city": None}
    made = await operations.allow(here.house, args, quietly)
    kisho = Machine(here, made["secret"])
    await kisho.brought()
    await operations.disallow(here.house, {"id": made["id"]}, quietly)
    is_a_problem(await kisho.bring(identifier="a2"), 401, slug="cap-secret-wrong")


async def test_a_city_on_hold_sends_nothing_by_itself(here: Town) -> None:
    clerk, colleague = await official(here, CLERK), await official(here, COLLEAGUE)
    kisho = await machine(here)
    await rule(here, clerk, colleague)
    await hold(here.house, {}, quietly)
    held = await kisho.brought()
    assert (held["became"], held["why"]) == ("draft", "cap-rule-failed")


@pytest.mark.everyday
async def test_two_that_bring_the_same_alert_at_once_bring_one(here: Town) -> None:
    await official(here, CLERK)
    first, second = await machine(here), await machine(here)
    answers = await asyncio.gather(*(each.bring() for each in (first, second, first, second)))
    assert sorted(each.status_code for each in answers) == [200, 200, 200, 201]
    assert len({each.json()["notice"] for each in answers}) == 1


async def test_alerts_go_with_the_texts_that_were_made_of_them(here: Town) -> None:
    await official(here, CLERK)
    kisho = await machine(here)
    await kisho.brought()
    here.clock.pass_(days=1827)
    assert await retention.step(here.house, TENANT, here.clock())
    async with here.house.db.read() as session:
        assert (await session.scalars(select(CapAlert))).all() == []
