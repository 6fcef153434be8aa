"""A wrong day in a circular that is out: a clerk writes it anew, somebody else sees both, every home reads the right one."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from notices.circulation.passage import copy_id
from notices.models import Approval, Notice, NoticeRevision, Person
from notices.privacy import retention
from tests.journeys import circulars, story
from tests.journeys.circulars import forward
from tests.journeys.story import MIDORI_PRESIDENT, PRESIDENT, RESIDENT
from tests.phone import Phone
from tests.town import TENANT, Town, town

COVER = "公民館にも貼ってあります。"
RIGHT = "説明会は12月5日（土）です。ご家庭の避難先を確かめてください。"


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database_url, tmp_path) as made:
        yield made


async def out(here: Town, clerk: Phone) -> str:
    """A circular that one association has passed on."""
    president = await here.phone(PRESIDENT)
    circular: str = (await circulars.send(here, clerk))["id"]
    assert (await forward(president, circular, cover=COVER)).status_code == 200
    await here.work()
    return circular


async def corrects(clerk: Phone, circular: str, **said: object) -> httpx.Response:
    await circulars.prove(clerk)
    return await story.correct(clerk, circular, **said)


async def decides(by: Phone, circular: str, verb: str, revision: int, **said: object) -> httpx.Response:
    await circulars.prove(by)
    return await by.http.post(f"/api/v1/notices/{circular}/{verb}", json={"baseRevision": revision, **said})


def slug(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("slug", "")


async def test_a_correction_waits_for_a_second_person_and_then_follows_to_every_copy(here: Town) -> None:
    clerk, approver = await circulars.clerk(here), await circulars.second_person(here)
    resident, midori = await here.phone(RESIDENT), await here.phone(MIDORI_PRESIDENT)
    circular = await out(here, clerk)
    await resident.pull()
    resident.stamp(copy_id(circular, here.sakura), resident.home())
    await resident.push()
    before = resident.all("notices")[0]["body"]
    sent = story.sent(here)

    answer = await corrects(clerk, circular, body=RIGHT)
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "published", "what is out stays out"
    await here.work()
    await resident.pull()
    assert resident.all("notices")[0]["body"] == before, "nothing has changed yet"
    await approver.pull()
    waits = approver.records["approvals", circular]
    assert (waits["state"], waits["revision"], waits["body"]) == ("awaiting", 2, RIGHT)
    assert waits["before"]["body"].startswith("川の近くの浸水")

    assert slug(await decides(clerk, circular, "approve", 2)) == (403, "own-approval")
    assert slug(await decides(approver, circular, "approve", 1)) == (409, "approval-old")
    assert (await decides(approver, circular, "approve", 2)).status_code == 200
    assert (await decides(approver, circular, "approve", 2)).status_code == 200, "twice is once"
    await here.work()
    for phone in (resident, midori):
        await phone.pull()
    [notice] = resident.all("notices")
    assert notice["body"] == f"{COVER}\n\n**花水木市からの回覧**\n\n{RIGHT}"
    assert (notice["revision"], notice["stampRound"]) == (2, 1), "stamps stand"
    assert story.sent(here) == sent, "silent"
    assert midori.records["circulations", f"{circular}.{here.midori}"]["body"] == RIGHT
    assert (await forward(midori, circular)).json()["body"].endswith(RIGHT)
    async with here.house.db.read() as session:
        by = select(Person.name).join(NoticeRevision, NoticeRevision.by == Person.id)
        of = by.where(NoticeRevision.notice.in_((circular, copy_id(circular, here.sakura))))
        names = (await session.scalars(of.where(NoticeRevision.revision == 2))).all()
        assert names == [circulars.CLERK] * 2, "whose words they are"


async def test_a_correction_that_is_given_back_or_taken_back_changes_nothing(here: Town) -> None:
    clerk, approver = await circulars.clerk(here), await circulars.second_person(here)
    circular = await out(here, clerk)
    assert (await corrects(clerk, circular, body=RIGHT)).status_code == 200
    assert slug(await corrects(clerk, circular, title="別の題")) == (409, "correction-waits")
    assert (await decides(approver, circular, "refuse", 2, reason="日がちがいます")).status_code == 200
    told = (await clerk.http.get(f"/api/v1/notices/{circular}")).json()
    assert (told["state"], told["revision"]) == ("published", 1)
    assert (await corrects(clerk, circular, body=RIGHT)).status_code == 200
    assert (await decides(clerk, circular, "recall", 3)).status_code == 200
    told = (await clerk.http.get(f"/api/v1/notices/{circular}")).json()
    assert (told["state"], told["revision"]) == ("published", 1)
    assert slug(await decides(approver, circular, "approve", 3)) == (409, "already-decided")


async def test_what_was_seen_is_what_is_approved_and_what_is_withdrawn_needs_no_correction(
    here: Town,
) -> None:
    clerk, approver = await circulars.clerk(here), await circulars.second_person(here)
    circular = await out(here, clerk)
    assert (await corrects(clerk, circular, body=RIGHT)).status_code == 200
    assert (await corrects(clerk, circular, deadline="2026-12-11")).status_code == 200
    assert slug(await decides(approver, circular, "approve", 2)) == (409, "approval-old")
    assert (await decides(approver, circular, "refuse", 2, reason="期限が動きました")).status_code == 200

    title = "ハザードマップ（改訂）"
    assert slug(await corrects(clerk, circular, baseRevision=1, title=title)) == (409, "revision-old")
    assert (await corrects(clerk, circular, title=title)).status_code == 200
    await circulars.prove(clerk)
    assert (await story.act(clerk, circular, "withdraw")).status_code == 200
    assert slug(await decides(approver, circular, "approve", 3)) == (409, "already-decided")
    async with here.house.db.read() as session:
        states = (await session.scalars(select(Approval.state).order_by(Approval.revision))).all()
        assert states == ["approved", "refused", "withdrawn"]
        assert (await session.get_one(Notice, (TENANT, circular))).state == "withdrawn"
    await approver.pull()
    assert approver.records["approvals", circular]["state"] == "withdrawn"


async def test_only_a_clerk_asks_for_a_correction(here: Town) -> None:
    clerk, approver = await circulars.clerk(here), await circulars.second_person(here)
    circular = await out(here, clerk)
    said = {"baseRevision": 1, "body": RIGHT}
    for phone in (approver, await here.phone(PRESIDENT), await here.phone(RESIDENT)):
        assert (await phone.http.patch(f"/api/v1/notices/{circular}", json=said)).status_code in (403, 404)
    async with here.house.db.read() as session:
        assert (await session.scalars(select(Approval.revision))).all() == [1]


async def test_what_a_correction_said_goes_with_the_texts(here: Town) -> None:
    clerk = await circulars.clerk(here)
    circular = await out(here, clerk)
    assert (await corrects(clerk, circular, body=RIGHT)).status_code == 200
    [texts] = [rule for rule in retention.RULES if rule.what == "texts"]
    async with here.house.db.write() as session:
        await texts.remove(session, TENANT, [circular], here.clock())
    async with here.house.db.read() as session:
        rows = (await session.scalars(select(Approval).order_by(Approval.revision))).all()
        assert [row.correction for row in rows] == [None, None]
