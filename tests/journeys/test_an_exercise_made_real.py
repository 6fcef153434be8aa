"""An exercise that someone tries to make real, by every route there is; and an emergency that is to be called an exercise."""

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import permutations, product
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from notices import ids
from notices.alarm.kinds import ALARMS
from notices.models import Approval, Message, Notice
from notices.publishing import life
from notices.publishing.compose import KINDS
from notices.tokyo import wire
from tests.journeys import alarms, circulars, story
from tests.journeys.story import PRESIDENT
from tests.phone import Phone
from tests.server.test_bad_input import is_a_problem
from tests.server.test_matrix import routes
from tests.town import TENANT, Town, circular, town

PAIRS = sorted(permutations(sorted(KINDS), 2))
BESIDE = [(has, wanted) for has, wanted in PAIRS if has in ALARMS]
FILLED = {"place": "3丁目", "time": "23時", "shelter": "桜小学校", "news": "ありません。"}
TEMPLATES = {"emergency": "evacuation", "exercise": "drill-evacuation", "safety-check": "safety-check"}


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database_url, tmp_path) as made:
        yield made


async def kinds(here: Town) -> dict[str, str]:
    async with here.house.db.read() as session:
        rows = await session.execute(select(Notice.id, Notice.kind).where(Notice.tenant == TENANT))
        return {id: kind for id, kind in rows}


async def urgent_messages(here: Town) -> int:
    """That carry a notice: approvers are told of an emergency as of one."""
    async with here.house.db.read() as session:
        query = select(func.count()).select_from(Message).where(Message.urgency == "emergency")
        return await session.scalar(query) or 0


async def drafted(here: Town, clerk: Phone, kind: str) -> str:
    answer = await alarms.try_write(here, clerk, kind=kind, publish=False)
    assert answer.status_code == 201, answer.text
    id: str = answer.json()["id"]
    return id


def texts(kind: str) -> dict[str, Any]:
    return alarms.evacuate(kind=kind, publish=False)


@pytest.mark.slow
async def test_a_draft_is_sent_by_no_button_but_its_own(here: Town) -> None:
    clerk = await circulars.clerk(here)
    await circulars.second_person(here)
    for has, wanted in BESIDE:
        await _no_other_button(here, clerk, has, wanted)
    await here.work()
    assert story.sent(here) == 0, "nothing has left"


async def _no_other_button(here: Town, clerk: Phone, has: str, wanted: str) -> None:
    draft = await drafted(here, clerk, has)
    before = await kinds(here)
    if wanted in ALARMS:
        is_a_problem(await alarms.press(clerk, draft, wanted), 409, slug="another-kind")
    else:
        is_a_problem(await alarms.press(clerk, draft, wanted), 400, 422)
    is_a_problem(await story.act(clerk, draft, "publish"), 409, slug="kind-unsaid")
    for said in ({"kind": wanted}, {"urgency": "urgent"}, {"kind": wanted, "title": "本番"}):
        body = {"baseRevision": 1, "resend": "none", "askAgain": False} | said
        is_a_problem(await clerk.http.patch(f"/api/v1/notices/{draft}", json=body), 400, 409, 422)
    again = await alarms.try_write(here, clerk, kind=wanted, id=draft)
    is_a_problem(again, 409, slug="id-taken")
    assert await kinds(here) == before
    assert (await story.notice(clerk, draft))["state"] == "draft"
    assert await urgent_messages(here) == 0


@pytest.mark.slow
async def test_what_waits_for_a_second_person_is_approved_as_what_it_is(here: Town) -> None:
    clerk = await circulars.clerk(here)
    approver = await circulars.second_person(here)
    for has, wanted in BESIDE:
        await _as_what_it_is(here, clerk, approver, has, wanted)


async def _as_what_it_is(here: Town, clerk: Phone, approver: Phone, has: str, wanted: str) -> None:
    made = await alarms.asked(here, clerk, kind=has)
    await circulars.prove(approver)
    act = f"/api/v1/notices/{made['id']}"
    seen = {"baseRevision": 1, "kind": wanted}
    is_a_problem(await approver.http.post(f"{act}/approve", json=seen), 409, slug="another-kind")
    async with here.house.db.read() as session:
        query = select(Approval.state).where(Approval.notice == made["id"])
        assert (await session.scalars(query)).all() == ["awaiting"]
    assert (await story.notice(clerk, made["id"]))["state"] == "awaiting"
    if has == "exercise":
        here.clock.pass_(minutes=10)
        await circulars.prove(clerk)
        alone = await clerk.http.post(f"{act}/alone", json={"baseRevision": 1, "reason": "本番にする"})
        is_a_problem(alone, 403, slug="alone-not-allowed")
    said = {"baseRevision": 1, "kind": has}
    await circulars.prove(approver)
    assert (await approver.http.post(f"{act}/approve", json=said)).status_code == 200
    assert (await kinds(here))[made["id"]] == has


@pytest.mark.slow
async def test_nothing_follows_what_is_of_another_kind(here: Town) -> None:
    """Of the city and of an association, updates and all-clears, to what is out."""
    president, clerk = await here.phone(PRESIDENT), await circulars.clerk(here)
    for has, wanted in PAIRS:
        await _nothing_follows(here, president, clerk, has, wanted)
    assert len(await kinds(here)) == len(PAIRS)


async def _nothing_follows(here: Town, president: Phone, clerk: Phone, has: str, wanted: str) -> None:
    first = await here.try_post(president, **texts(has), deadline=None)
    assert first.status_code == 201, first.text
    id = first.json()["id"]
    pressed = await (
        alarms.press(president, id, has) if has in ALARMS else story.act(president, id, "publish")
    )
    assert pressed.json()["state"] == "published", pressed.text
    for step in ("update", "all-clear"):
        said = alarms.evacuate(kind=wanted, refersTo=id, step=step, publish=True)
        is_a_problem(await here.try_post(president, **said, deadline=None), 409, 422, what=step)
    for step in ("update", "all-clear"):
        answer = await alarms.try_write(here, clerk, kind=wanted, refersTo=id, step=step)
        is_a_problem(answer, 409, 422, what="and what an association says, the city does not go on with")


@pytest.mark.slow
async def test_a_prepared_text_serves_its_own_kind_alone(here: Town) -> None:
    clerk = await circulars.clerk(here)
    president = await here.phone(PRESIDENT)
    for has, wanted in BESIDE:
        said = texts(wanted) | {"template": TEMPLATES[has], "fillIns": FILLED}
        is_a_problem(await alarms.try_write(here, clerk, **said), 409, slug="another-kind")
        is_a_problem(await here.try_post(president, **said, deadline=None), 409, slug="another-kind")
        given = said | {"translations": {"en": {"title": "Real", "body": "Real"}}}
        is_a_problem(await alarms.try_write(here, clerk, **given), 409, slug="another-kind")
    assert await kinds(here) == {}


@pytest.mark.slow
async def test_a_repeated_request_and_a_phones_second_try_make_no_other_thing(here: Town) -> None:
    president = await here.phone(PRESIDENT)
    for has, wanted in PAIRS:
        await _no_other_thing(here, president, has, wanted)
    await here.work()
    assert story.sent(here) == 0


async def _no_other_thing(here: Town, president: Phone, has: str, wanted: str) -> None:
    id, key = ids.new_id(), {"Idempotency-Key": ids.new_id()}
    to = f"/api/v1/associations/{here.sakura}/notices"
    first = await president.http.post(to, json=texts(has) | {"id": id}, headers=key)
    assert first.status_code == 201, first.text

    async def again(headers: dict[str, str]) -> httpx.Response:
        said = texts(wanted) | {"id": id, "publish": True}
        return await president.http.post(to, json=said, headers=headers)

    is_a_problem(await again(key), 422, slug="idempotency-key-reused")
    is_a_problem(await again({"Idempotency-Key": ids.new_id()}), 409, slug="id-taken")
    president.write("submissions", id, circular(kind=wanted, deadline=None, association=here.sakura))
    [pushed] = await president.push()
    assert pushed["status"] == "rejected"
    assert (await kinds(here))[id] == has


@pytest.mark.parametrize(("has", "wanted"), PAIRS)
def test_not_even_our_own_code_makes_one_of_the_other(has: str, wanted: str) -> None:
    row = Notice(kind=has)
    with pytest.raises(TypeError, match="one kind for ever"):
        row.kind = wanted
    row.kind = has


async def in_every_state(here: Town, clerk: Phone, president: Phone, kind: str) -> None:
    """Of the city, and out and as a draft of an association too. Nothing holds it; and only an exercise has its day."""
    soon, day = (wire(here.clock() + timedelta(hours=hours)) for hours in (1, 24))
    await alarms.send(here, clerk, kind=kind, expiresAt=soon)
    here.clock.pass_(hours=2)
    await here.work()
    withdrawn = await alarms.send(here, clerk, kind=kind)
    await circulars.prove(clerk)
    assert (await story.act(clerk, withdrawn["id"], "withdraw")).status_code == 200
    if kind == "exercise":
        await alarms.send(here, clerk, kind=kind, publishAt=day)
    await drafted(here, clerk, kind)
    await alarms.asked(here, clerk, kind=kind)
    await alarms.send(here, clerk, kind=kind)
    for publish in (True, False):
        answer = await alarms.of_association(here, president, kind=kind, publish=publish)
        assert answer.status_code == 201, answer.text
    async with here.house.db.read() as session:
        found = set(await session.scalars(select(Notice.state)))
    never = {"held"} if kind == "exercise" else {"held", "scheduled"}
    assert found == set(life.STATES) - never, "a new state is tried too"


@pytest.mark.slow
@pytest.mark.parametrize(("has", "wanted"), [("exercise", "emergency"), ("emergency", "exercise")])
async def test_no_route_that_takes_a_notice_makes_one_of_the_other(here: Town, has: str, wanted: str) -> None:
    """Made from the route table: whoever adds a route has it tried here, in every state, by everybody who may press anything."""
    clerk, president = await circulars.clerk(here), await here.phone(PRESIDENT)
    approver = await circulars.second_person(here)
    await in_every_state(here, clerk, president, has)
    there = sorted(await kinds(here))
    bodies: tuple[dict[str, Any], ...] = (
        {"kind": wanted},
        {"baseRevision": 1, "kind": wanted},
        {"baseRevision": 1, "kind": wanted, "urgency": "emergency", "resend": "all"},
        {"baseRevision": 1, "reason": "本番にします。"},
        {"kind": wanted, "confirm": True},
        {},
    )
    here.clock.pass_(minutes=10)
    tried = [(path, method) for path, method, _ in routes(here) if "{notice}" in path and method != "GET"]
    assert len(tried) > 10
    for by in (clerk, approver, president):
        await circulars.prove(by)
        for path, method in tried:
            for id, body in product(there, bodies):
                answer = await by.http.request(method, path.replace("{notice}", id), json=body)
                assert answer.status_code < 500, (path, method, body, answer.text)
    await here.work()
    assert set((await kinds(here)).values()) == {has}
    assert sorted(await kinds(here)) == there
    async with here.house.db.read() as session:
        urgency = "ordinary" if has == "exercise" else "emergency"
        assert set(await session.scalars(select(Notice.urgency))) == {urgency}
    if has == "exercise":
        assert await urgent_messages(here) == 0


@pytest.mark.slow
async def test_what_was_an_exercise_last_year_counts_with_exercises_alone(here: Town) -> None:
    clerk = await circulars.clerk(here)
    drill = alarms.drill(template="drill-evacuation", fillIns=FILLED)
    last = await alarms.send(here, clerk, **drill)
    await here.work()
    here.clock.pass_(days=365)
    resident = await here.phone(story.RESIDENT)
    now = await alarms.send(here, clerk, **drill)
    await here.work()
    here.clock.pass_(hours=1)
    await alarms.send(here, clerk, **alarms.drill(title="べつの訓練"))
    await alarms.follow(here, clerk, now["id"], "all-clear", **alarms.drill())
    await here.work()
    resident.stamp(now["id"], here.households["伊藤"], 1)
    await resident.push()
    city = await circulars.city(here)
    answer = await clerk.http.get(f"/api/v1/cities/{city}/exercises")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["year"] == 2027
    assert [each["title"] for each in told["exercises"]] == ["べつの訓練", "避難訓練：川ぞいの地域"], (
        "what ended an exercise is a part of it"
    )
    [this] = [each for each in told["exercises"] if each["id"] == now["id"]]
    assert (this["households"], this["answered"]) == (9, 1)
    assert this["minutesToAnswer"] == {"50": None, "90": None}
    assert this["minutesToHandOver"]["50"] is not None
    assert this["before"]["id"] == last["id"]
    assert this["before"]["answered"] == 0
    is_a_problem(await clerk.http.get(f"/api/v1/cities/{city}/exercises", params={"year": 1}), 422)
    reach = (await clerk.http.get(f"/api/v1/cities/{city}/reach")).json()
    assert (reach["circulars"], reach["households"]) == (0, 0)
    load = (await clerk.http.get(f"/api/v1/cities/{city}/load")).json()
    assert {each["own"] + each["city"] for each in load["associations"]} == {0}
