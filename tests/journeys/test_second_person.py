"""A clerk who tries to send alone: it waits, for somebody else, who approves exactly what they saw, as of now."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from notices import ids
from notices.approval import asking, records, states, telling
from notices.channels import Push
from notices.channels.memory import MemoryChannel
from notices.models import Address, Approval, Audit, Notice, NoticeRevision, Person
from notices.town import mail_address
from notices.town.standing import standing
from tests.journeys import city_hall, story
from tests.journeys.city_hall import Official, official
from tests.journeys.story import PRESIDENT, RESIDENT
from tests.journeys.test_delivering import subscription
from tests.server.test_bad_input import is_a_problem, japanese
from tests.server.test_files import PDF
from tests.town import TENANT, Town, circular, town

CLERK, APPROVER, COLLEAGUE = "石川 真", "岡田 薫", "木下 薫"


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database_url, tmp_path) as made:
        yield made


async def city(by: Official) -> str:
    """Its id, as the phone knows it."""
    await by.phone.pull()
    [found] = story.ids_of(by.phone, "cities")
    return found


async def asks(by: Official, headers: dict[str, str] | None = None, **said: Any) -> httpx.Response:
    body = circular(**said)
    key = {"Idempotency-Key": ids.new_id()} | (headers or {})
    return await by.http.post(f"/api/v1/cities/{await city(by)}/notices", json=body, headers=key)


async def asked(by: Official, **said: Any) -> dict[str, Any]:
    answer = await asks(by, **said)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def state_of(here: Town, notice: str) -> str:
    async with here.house.db.read() as session:
        return (await session.get_one(Notice, (TENANT, notice))).state


async def has_mail(here: Town, name: str, address: str) -> None:
    vault, now = here.house.keys.vault, here.clock()
    async with here.house.db.write() as session:
        person = (await session.scalars(select(Person.id).where(Person.name == name))).one()
        row = Address(tenant=TENANT, id=ids.new_id(), person=person, channel="mail", created_at=now)
        row.secret, row.lookup = vault.encrypt(TENANT, address), vault.lookup(TENANT, address)
        row.lane, row.changed_at = mail_address.domain_of(address), now
        session.add(row)


def record(by: Official, notice: str) -> dict[str, Any]:
    return by.phone.records["approvals", notice]


@pytest.mark.everyday
async def test_a_clerk_who_tries_to_send_alone(here: Town) -> None:
    clerk, approver = await official(here, CLERK), await official(here, APPROVER, "approver")
    await has_mail(here, APPROVER, "kaoru.okada@example.jp")
    await has_mail(here, CLERK, "makoto.ishikawa@example.jp")
    here.clock.pass_(minutes=11)
    is_a_problem(
        await asks(clerk), 403, slug="passkey-needed", what="they have not proved themselves of late"
    )
    await clerk.prove()
    made = await asked(clerk, title="防災訓練のお知らせ")
    assert made["state"] == "awaiting"
    await here.work()
    assert story.sent_to(here) == ["kaoru.okada@example.jp"], (
        "only the approver is told; nothing has gone out"
    )
    mail = story.plain(here, story.mails(here)[-1])
    assert CLERK in mail
    assert "/approvals" in mail
    assert story.mails(here)[-1].unsubscribe is None
    own = await clerk.act(made["id"], "approve", baseRevision=1)
    assert japanese(is_a_problem(own, 403, slug="own-approval")["detail"])
    await approver.phone.pull()
    seen = record(approver, made["id"])
    assert seen["title"] == "防災訓練のお知らせ"
    assert seen["asked"]["name"] == CLERK
    assert seen["forecast"] == {
        "associations": 2,
        "people": 10,
        "households": 9,
        "withChannel": 7,
        "paper": 1,
        "withoutChannel": 1,
    }
    late = await approver.act(made["id"], "approve", baseRevision=1)
    is_a_problem(late, 403, slug="passkey-needed", what="an approver proves themselves afresh, too")
    assert await state_of(here, made["id"]) == "awaiting"
    await approver.prove()
    answer = await approver.act(made["id"], "approve", baseRevision=1)
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "approved"
    assert await state_of(here, made["id"]) == "published"
    await here.work()
    assert "makoto.ishikawa@example.jp" in story.sent_to(here)[1:], "the clerk hears of it"
    await clerk.phone.pull()
    assert record(clerk, made["id"])["decided"]["name"] == APPROVER


async def test_approving_twice_sends_once_and_a_second_approver_hears_that_it_is_done(here: Town) -> None:
    clerk, approver = await official(here, CLERK), await official(here, APPROVER, "approver")
    other = await official(here, COLLEAGUE, "approver")
    made = await asked(clerk)
    for _ in range(2):
        answer = await approver.act(made["id"], "approve", baseRevision=1)
        assert answer.status_code == 200, answer.text
    is_a_problem(await other.act(made["id"], "approve", baseRevision=1), 409, slug="already-decided")
    refused = await other.act(made["id"], "refuse", baseRevision=1, reason="遅かった")
    is_a_problem(refused, 409, slug="already-decided")
    is_a_problem(await clerk.act(made["id"], "recall"), 409, slug="already-decided")
    async with here.house.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(NoticeRevision)) == 1


async def test_of_two_approvers_at_once_one_sends_it(here: Town) -> None:
    clerk, approver = await official(here, CLERK), await official(here, APPROVER, "approver")
    other = await official(here, COLLEAGUE, "approver")
    made = await asked(clerk)
    answers = await asyncio.gather(
        *(by.act(made["id"], "approve", baseRevision=1) for by in (approver, other))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    async with here.house.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(NoticeRevision)) == 1


async def test_an_approver_is_told_by_push_and_mail_but_not_in_their_quiet_hours(here: Town) -> None:
    clerk, approver = await official(here, CLERK), await official(here, APPROVER, "approver")
    await has_mail(here, APPROVER, "kaoru.okada@example.jp")
    await approver.http.put("/api/v1/me/push-subscription", json=subscription())
    await asked(clerk, title="市内いっせい清掃")
    await here.work()
    push = here.house.channels["push"]
    assert isinstance(push, MemoryChannel)
    [told] = [json.loads(each.body.payload)["notification"] for each in push.kept if isinstance(each, Push)]
    assert told["title"] == "【承認のお願い】市内いっせい清掃"
    assert told["navigate"].endswith("/approvals")
    assert len(story.mails(here)) == 1
    quiet = {"from": "00:00", "to": "23:59"}
    await approver.http.put("/api/v1/me/preferences", json={"quietHours": quiet})
    await asked(clerk)
    await here.work()
    assert len(story.mails(here)) == 1


async def test_a_former_approver_and_a_former_clerk_are_nobody_from_the_next_request_on(here: Town) -> None:
    clerk, approver = await official(here, CLERK), await official(here, APPROVER, "approver")
    colleague = await official(here, COLLEAGUE)
    made = await asked(clerk)
    await city_hall.leaves(here, APPROVER, "approver")
    is_a_problem(await approver.act(made["id"], "approve", baseRevision=1), 403, 404)
    other = await official(here, "森 実")
    await other.prove()
    await city_hall.leaves(here, "森 実")
    late = await other.act(made["id"], "approve", baseRevision=1)
    is_a_problem(late, 403, 404, what="a clerk may approve a colleague's, a former one nobody's")
    await city_hall.leaves(here, CLERK)
    is_a_problem(await asks(clerk), 403, what="and sends nothing either")
    assert await state_of(here, made["id"]) == "awaiting"
    body = is_a_problem(await colleague.act(made["id"], "approve", baseRevision=1), 409, slug="asker-left")
    assert japanese(body["detail"])
    assert await state_of(here, made["id"]) == "awaiting"
    back = await colleague.act(made["id"], "refuse", baseRevision=1, reason="担当が変わりました")
    assert back.status_code == 200, back.text
    assert await state_of(here, made["id"]) == "draft"


async def test_what_was_changed_since_it_was_seen_is_not_approved(here: Town) -> None:
    clerk, approver = await official(here, CLERK), await official(here, APPROVER, "approver")
    made = await asked(clerk, title="はじめの題")
    assert (await clerk.act(made["id"], "recall")).json()["state"] == "withdrawn"
    async with here.house.db.write() as session:
        notice = await session.get_one(Notice, (TENANT, made["id"]))
        by = await standing(session, TENANT, clerk.phone.person, here.clock())
        assert by is not None
        notice.title = "あとの題"
        again = await asking.ask(session, by, notice, here.clock())
    assert again.revision == 2
    old = is_a_problem(await approver.act(made["id"], "approve", baseRevision=1), 409, slug="approval-old")
    assert old["revision"] == 2
    is_a_problem(
        await approver.act(made["id"], "refuse", baseRevision=1, reason="x"), 409, slug="approval-old"
    )
    async with here.house.db.write() as session:
        notice = await session.get_one(Notice, (TENANT, made["id"]))
        row = (await session.scalars(select(Approval).where(Approval.revision == 2))).one()
        notice.body = "こっそり変えた"
        await records.keep(session, notice, row)
    hidden = await approver.act(made["id"], "approve", baseRevision=2)
    is_a_problem(hidden, 409, slug="approval-old", what="not even if somebody changed it while it waited")
    assert await state_of(here, made["id"]) == "awaiting"


async def test_given_back_with_a_reason_it_is_a_draft_and_the_clerk_reads_why(here: Town) -> None:
    clerk, approver = await official(here, CLERK), await official(here, APPROVER, "approver")
    await has_mail(here, CLERK, "makoto.ishikawa@example.jp")
    made = await asked(clerk)
    for reason in ("", "   ", "字" * 501):
        answer = await approver.act(made["id"], "refuse", baseRevision=1, reason=reason)
        is_a_problem(answer, 422, slug="refusal-reason-missing")
    is_a_problem(await clerk.act(made["id"], "refuse", baseRevision=1, reason="x"), 403, slug="own-approval")
    reason = "日付がちがいます。11月29日です。"
    answer = await approver.act(made["id"], "refuse", baseRevision=1, reason=reason)
    assert answer.status_code == 200, answer.text
    await here.work()
    mail = story.mails(here)[-1]
    assert mail.to.address == "makoto.ishikawa@example.jp"
    assert reason in story.plain(here, mail)
    await clerk.phone.pull()
    assert record(clerk, made["id"])["reason"] == reason
    assert await state_of(here, made["id"]) == "draft"


async def test_what_is_decided_before_the_mail_leaves_asks_nobody_any_more(here: Town) -> None:
    clerk = await official(here, CLERK)
    await official(here, APPROVER, "approver")
    await has_mail(here, APPROVER, "kaoru.okada@example.jp")
    made = await asked(clerk)
    async with here.house.db.write() as session:
        row = (await session.scalars(select(Approval))).one()
        await telling.count_and_tell(session, TENANT, row.id, here.clock())
    assert (await clerk.act(made["id"], "recall")).status_code == 200
    await here.work()
    assert story.mails(here) == []


async def test_an_approver_cannot_send_and_a_clerk_alone_in_the_house_cannot_either(here: Town) -> None:
    clerk = await official(here, CLERK)
    is_a_problem(await asks(clerk), 409, slug="nobody-to-approve")
    approver = await official(here, APPROVER, "approver")
    is_a_problem(await asks(approver), 403, slug="not-allowed")
    made = await asked(clerk)
    is_a_problem(await approver.act(made["id"], "recall"), 403, slug="clerks-only")


async def test_where_there_is_no_approver_another_clerk_is_told_and_may(here: Town) -> None:
    clerk, colleague = await official(here, CLERK), await official(here, COLLEAGUE)
    await has_mail(here, COLLEAGUE, "kaoru.kinoshita@example.jp")
    made = await asked(clerk)
    await here.work()
    assert story.sent_to(here) == ["kaoru.kinoshita@example.jp"]
    assert (await colleague.act(made["id"], "approve", baseRevision=1)).status_code == 200


async def test_who_does_not_work_for_the_city_neither_sees_nor_decides(here: Town) -> None:
    clerk = await official(here, CLERK)
    await official(here, APPROVER, "approver")
    made = await asked(clerk)
    for name in (PRESIDENT, RESIDENT):
        phone = await here.phone(name)
        for verb, said in (
            ("approve", {"baseRevision": 1}),
            ("refuse", {"baseRevision": 1, "reason": "x"}),
            ("recall", {}),
        ):
            is_a_problem(await phone.http.post(f"/api/v1/notices/{made['id']}/{verb}", json=said), 403)
        await phone.pull()
        assert not story.ids_of(phone, "approvals")
    president = await here.phone(PRESIDENT)
    ordinary = await here.post(president)
    is_a_problem(await clerk.act(ordinary["id"], "approve", baseRevision=1), 404, slug="not-found")


async def test_the_other_person_may_open_the_files_before_it_goes_out(here: Town) -> None:
    clerk = await official(here, PRESIDENT, lives="sakura")
    approver = await official(here, APPROVER, "approver")
    uploaded = await clerk.http.post("/api/v1/files", files={"file": ("紙.pdf", PDF, "application/pdf")})
    sha = uploaded.json()["sha256"]
    assert (await approver.http.get(f"/files/{sha}")).status_code == 404
    await asked(clerk, files=[{"sha256": sha, "name": "紙.pdf"}])
    assert (await approver.http.get(f"/files/{sha}")).status_code == 200
    neighbour = await here.phone(RESIDENT)
    assert (await neighbour.http.get(f"/files/{sha}")).status_code == 404


async def test_a_lost_answer_asks_once_and_bad_input_asks_nobody(here: Town) -> None:
    clerk = await official(here, CLERK)
    await official(here, APPROVER, "approver")
    key = {"Idempotency-Key": ids.new_id()}
    first, again = await asks(clerk, key), await asks(clerk, key)
    assert first.status_code == again.status_code == 201
    assert first.json()["id"] == again.json()["id"]
    is_a_problem(await asks(clerk, key, title="ほかの題"), 422, slug="idempotency-key-reused")
    wrong: tuple[dict[str, Any], ...] = (
        {"title": ""},
        {"kind": "event"},
        {"deadline": "2020-01-01"},
        {"audience": {"associations": []}},
        {"audience": {"associations": [ids.new_id()]}},
        {"audience": {"blocks": [here.blocks["一班"]]}},
        {"id": first.json()["id"]},
    )
    for said in wrong:
        is_a_problem(await asks(clerk, **said), 400, 404, 409, 422, what=said)
    elsewhere = f"/api/v1/cities/{ids.new_id()}/notices"
    body = {name: value for name, value in circular().items() if name != "publish"}
    new_key = {"Idempotency-Key": ids.new_id()}
    is_a_problem(await clerk.http.post(elsewhere, json=body, headers=new_key), 404)
    async with here.house.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(Approval)) == 1


async def test_a_choice_of_associations_is_counted_by_itself(here: Town) -> None:
    clerk, approver = await official(here, CLERK), await official(here, APPROVER, "approver")
    made = await asked(clerk, audience={"associations": [here.midori]})
    await here.work()
    await approver.phone.pull()
    counted = record(approver, made["id"])["forecast"]
    assert (counted["associations"], counted["households"], counted["people"]) == (1, 2, 2)


async def test_the_audit_names_both(here: Town) -> None:
    clerk, approver = await official(here, CLERK), await official(here, APPROVER, "approver")
    made = await asked(clerk)
    await approver.act(made["id"], "approve", baseRevision=1)
    async with here.house.db.read() as session:
        query = select(Audit.action, Audit.actor).where(Audit.subject == made["id"]).order_by(Audit.seq)
        entries = [(action, actor) for action, actor in await session.execute(query)]
    assert entries == [
        ("circular.write", clerk.phone.person),
        ("approval.asked", clerk.phone.person),
        ("approval.approved", approver.phone.person),
    ]


def test_a_request_is_decided_once_and_by_one_of_three_acts() -> None:
    acts: tuple[states.Act, ...] = ("approve", "refuse", "recall")
    every: tuple[states.State, ...] = ("awaiting", "approved", "refused", "withdrawn")
    for state in every:
        for act in acts:
            found = states.after(state, act)
            assert (found is not None) == (state == "awaiting"), f"{act} of what is {state}"
    assert {states.after("awaiting", act) for act in acts} == {"approved", "refused", "withdrawn"}
    assert all(re.search(r"[a-z]+ ", why) for _, why in states.TRANSITIONS.values()), "each says why"
