"""An alarm of the city goes to the homes themselves: at once after a second person, by all channels, and into their ledgers."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from notices import ids
from notices.models import Message, Notice
from tests.journeys import alarms, circulars, story
from tests.journeys.story import LEADER_2, MIDORI_LEADER, OFFICER_2, PRESIDENT, RESIDENT
from tests.journeys.test_delivering import pushes, subscribe, subscription
from tests.server.test_bad_input import is_a_problem
from tests.town import TENANT, Town, circular, town

pytestmark = pytest.mark.everyday


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database_url, tmp_path, undo_seconds=60) as made:
        yield made


@pytest.mark.everyday
async def test_it_is_with_every_home_at_once_by_all_channels_and_nothing_holds_it(here: Town) -> None:
    clerk, resident = await circulars.clerk(here), await here.phone(RESIDENT)
    midori = await here.phone(MIDORI_LEADER)
    await subscribe(resident, subscription())
    made = await alarms.asked(here, clerk, translations={"en": {"title": "Evacuate", "body": "Go now."}})
    assert made["state"] == "awaiting"
    assert made["urgency"] == "emergency"
    await here.worker.idle()
    assert story.MAILED.isdisjoint(story.sent_to(here)), "nothing goes out that one person alone wanted"
    await circulars.approve(here, made["id"])
    assert (await story.notice(clerk, made["id"]))["state"] == "published", "an emergency has no hold"
    await here.worker.idle()
    assert set(story.sent_to(here)) >= story.MAILED
    assert "fumi.kato@example.jp" in story.sent_to(here)
    assert len(pushes(here)) == 1, "who has a phone and a mailbox gets both"
    mail = next(each for each in story.mails(here) if each.to.address == "sachi.ito@example.jp")
    assert "花水木市" in story.plain(here, mail), "in the city's name"
    for phone in (resident, midori):
        await phone.pull()
        record = phone.records["notices", made["id"]]
        assert record["association"] is None
        assert (record["kind"], record["urgency"], record["step"]) == ("emergency", "emergency", "first")
        assert record["refersTo"] is None
        assert record["translations"]["en"]["title"] == "Evacuate"
    await clerk.pull()
    assert clerk.records["sent", made["id"]]["state"] == "published"
    assert ("drafts", made["id"]) not in clerk.records


async def test_its_ledger_is_every_homes_and_each_sees_their_own_part(here: Town) -> None:
    clerk, president = await circulars.clerk(here), await here.phone(PRESIDENT)
    leader, resident = await here.phone(LEADER_2), await here.phone(RESIDENT)
    made = await alarms.send(here, clerk)
    await here.work()
    resident.stamp(made["id"], here.households["伊藤"], 1)
    [pushed] = await resident.push()
    assert pushed["status"] == "ok"
    told = {"householdId": here.households["渡辺"], "how": "told"}
    assert (await leader.http.post(f"/api/v1/notices/{made['id']}/stamps", json=told)).status_code == 201
    await here.work()
    whole = (await clerk.http.get(f"/api/v1/notices/{made['id']}/reach")).json()
    assert (whole["households"], whole["grades"]["stamped"]) == (9, 2)
    assert sorted(each["name"] for each in whole["associations"]) == ["さくら町内会", "みどり自治会"]
    assert whole["rows"] == [], "homes are named block by block"
    block = {"block": here.blocks["二班"]}
    rows = (await clerk.http.get(f"/api/v1/notices/{made['id']}/reach", params=block)).json()["rows"]
    assert {row["name"]: row["grade"] for row in rows}["伊藤"] == "stamped"
    assert (await story.reach(president, made["id"]))["households"] == 7, (
        "an officer sees the own association"
    )
    assert (await story.reach(leader, made["id"]))["households"] == 4
    await president.pull()
    await leader.pull()
    subject = f"{made['id']}.{here.blocks['二班']}"
    assert president.records["reach", f"{subject}.o"]["grades"]["stamped"] == 2
    assert leader.records["reach", f"{subject}.l"]["grades"]["stamped"] == 2
    left = (await leader.http.get(f"/api/v1/notices/{made['id']}/walking-list")).json()
    assert [door["name"] for each in left["blocks"] for door in each["doors"]] == ["高橋", "田中"]


async def test_where_nobody_answers_the_doors_are_walked_within_minutes(here: Town) -> None:
    clerk, leader = await circulars.clerk(here), await here.phone(LEADER_2)
    made = await alarms.send(here, clerk)
    await here.work()
    for _ in range(3):
        here.clock.pass_(minutes=3)
        await here.work()
    assert (await story.reach(leader, made["id"]))["ladder"]["atTheDoor"] == 4


async def test_one_for_some_associations_is_seen_and_heard_there_alone(here: Town) -> None:
    clerk, resident = await circulars.clerk(here), await here.phone(RESIDENT)
    midori = await here.phone(MIDORI_LEADER)
    made = await alarms.send(here, clerk, audience={"associations": [here.midori]})
    await here.work()
    await midori.pull()
    await resident.pull()
    assert midori.records["notices", f"{made['id']}.{here.midori}"]["notice"] == made["id"]
    assert not story.ids_of(resident, "notices")
    assert story.MAILED.isdisjoint(story.sent_to(here))
    resident.stamp(made["id"], here.households["伊藤"], 1)
    [pushed] = await resident.push()
    assert pushed["status"] == "rejected", "it was not for them"
    midori.stamp(made["id"], here.households["加藤"], 1)
    [pushed] = await midori.push()
    assert pushed["status"] == "ok"
    assert (await story.act(clerk, made["id"], "withdraw")).status_code == 200
    await midori.pull()
    assert not story.ids_of(midori, "notices")


async def test_an_association_sounds_its_own_alarm_without_a_hold(here: Town) -> None:
    president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
    answer = await alarms.of_association(here, president, urgency="ordinary")
    assert (answer.json()["state"], answer.json()["urgency"]) == ("published", "emergency")
    await here.work()
    assert set(story.sent_to(here)) == story.MAILED
    await resident.pull()
    assert resident.records["notices", answer.json()["id"]]["urgency"] == "emergency"
    later = await alarms.of_association(here, president, publishAt="2026-12-24T10:00:00+09:00")
    is_a_problem(later, 422, slug="not-later")


async def test_an_exercise_overtakes_nobody(here: Town) -> None:
    clerk = await circulars.clerk(here)
    made = await alarms.send(here, clerk, **alarms.drill())
    assert made["urgency"] == "ordinary"
    async with here.house.db.read() as session:
        query = select(Message.urgency).where(Message.tenant == TENANT, Message.urgency == "emergency")
        assert (await session.scalars(query)).all() == []


async def test_an_exercise_tries_every_channel_and_wakes_nobody(here: Town) -> None:
    president, resident, officer = [await here.phone(name) for name in (PRESIDENT, RESIDENT, OFFICER_2)]
    await subscribe(resident, subscription())
    await subscribe(officer, subscription(2))
    night = {"quietHours": {"from": "22:00", "to": "06:30"}}
    for phone, wish in ((resident, {"digest": {"every": "weekly"}}), (officer, night)):
        assert (await phone.http.put("/api/v1/me/preferences", json=wish)).status_code == 200
    here.clock.pass_(hours=13)  # eleven at night
    assert (await alarms.of_association(here, president, **alarms.drill())).status_code == 201
    await here.work()
    assert "sachi.ito@example.jp" in story.sent_to(here), "in no bundle"
    assert len(pushes(here)) == 1, "and on the phone as well"
    assert "ken.takahashi@example.jp" not in story.sent_to(here)
    here.clock.pass_(hours=8)
    await here.work()
    assert "ken.takahashi@example.jp" in story.sent_to(here)
    assert len(pushes(here)) == 2
    for each in pushes(here):
        assert json.loads(each.body.payload)["notification"]["title"].startswith("【訓練】")


async def test_a_clerk_finds_an_alarm_again_and_a_circular_is_as_it_was(here: Town) -> None:
    clerk = await circulars.clerk(here)
    made = await alarms.send(here, clerk)
    city = await circulars.city(here)
    found = await clerk.http.get(f"/api/v1/cities/{city}/notices", params={"q": "ヒナン"})
    assert [each["id"] for each in found.json()["notices"]] == []
    found = await clerk.http.get(f"/api/v1/cities/{city}/notices", params={"q": "避難"})
    assert [each["id"] for each in found.json()["notices"]] == [made["id"]]
    sent = await circulars.send(here, clerk)
    assert sent["state"] == "held", "a circular waits for the time of undo"
    listed = (await clerk.http.get(f"/api/v1/cities/{city}/notices")).json()["notices"]
    assert {each["kind"] for each in listed} == {"emergency", "circular"}


async def test_what_is_out_stands_as_it_is(here: Town) -> None:
    clerk = await circulars.clerk(here)
    made = await alarms.send(here, clerk)
    said = {"baseRevision": 1, "title": "避難指示の訂正", "resend": "none", "askAgain": False}
    answer = await clerk.http.patch(f"/api/v1/notices/{made['id']}", json=said)
    is_a_problem(answer, 409, slug="alarm-stands")
    moved = {"baseRevision": 1, "deadline": "2026-12-24", "resend": "none", "askAgain": False}
    assert (await clerk.http.patch(f"/api/v1/notices/{made['id']}", json=moved)).status_code == 200
    async with here.house.db.read() as session:
        row = await session.get_one(Notice, (TENANT, made["id"]))
        assert (row.kind, row.revision) == ("emergency", 2)


async def test_the_same_draft_from_a_phones_second_try_is_one_of_its_kind(here: Town) -> None:
    president = await here.phone(PRESIDENT)
    id = ids.new_id()
    prepared = circular(kind="exercise", deadline=None, publish=False, id=id)
    answer = await here.try_post(president, **prepared)
    assert answer.status_code == 201, answer.text
    said = circular(kind="emergency", deadline=None, association=here.sakura)
    president.write("submissions", id, said)
    [pushed] = await president.push()
    assert pushed["status"] == "rejected", "an emergency that nobody got is never called sent"


async def test_prepared_texts_lie_on_every_phone_and_are_filled_in_in_five_languages(here: Town) -> None:
    clerk = await circulars.clerk(here)
    told = (await clerk.http.get("/api/v1/alarm-templates")).json()
    shipped = await clerk.http.get("/web/alarm-templates.json")
    assert shipped.json() == told
    assert "/web/alarm-templates.json" in (await clerk.http.get("/sw.js")).text, "without a signal, too"
    given = {"place": "3丁目", "time": "23時", "shelter": "桜小学校"}
    answer = await alarms.try_write(here, clerk, template="evacuation", fillIns=given, publish=False)
    made = answer.json()
    assert set(made["translations"]) == {"ja-easy", "en", "zh", "ko"}
    assert made["translations"]["en"]["body"].count("桜小学校") == 1
    corrected = {"en": {"title": "Evacuate now", "body": "To the school."}}
    said = {"baseRevision": 1, "translations": corrected}
    assert (await clerk.http.patch(f"/api/v1/notices/{made['id']}", json=said)).status_code == 200
    assert (await story.notice(clerk, made["id"]))["translations"] == corrected


async def test_what_is_wrong_with_an_alarm_is_said_and_sends_nothing(here: Town) -> None:
    clerk, president = await circulars.clerk(here), await here.phone(PRESIDENT)
    await circulars.second_person(here)
    wrong: tuple[tuple[dict[str, object], str | None], ...] = (
        ({"template": "evacuation"}, "fill-in-missing"),
        ({"template": "ufo"}, "template-unknown"),
        ({"template": "all-clear", "fillIns": {"place": "3丁目", "time": "朝"}}, "follow-up-wrong"),
        ({"translations": {"fr": {"title": "Fuyez", "body": "Vite"}}}, None),
        ({"translations": {"en": {"title": "", "body": "Go"}}}, "title-missing"),
        ({"translations": {"en": {"title": "Go", "body": "\u202ego"}}}, None),
        ({"translations": {"en": {"title": "Go"}}}, None),
        ({"step": "later"}, None),
        ({"refersTo": "x", "step": "update"}, None),
        ({"publishAt": "2026-12-24T10:00:00+09:00"}, "not-later"),
        ({"urgency": "emergency"}, None),
    )
    for said, slug in wrong:
        is_a_problem(await alarms.try_write(here, clerk, **said), 400, 422, slug=slug, what=said)
        is_a_problem(await alarms.of_association(here, president, **said), 400, 422, slug=slug, what=said)
    await here.work()
    assert story.sent(here) == 0


async def test_what_became_of_an_alarm_of_the_city_is_told_to_its_clerks_in_counts(here: Town) -> None:
    clerk, president = await circulars.clerk(here), await here.phone(PRESIDENT)
    alarm = await alarms.send(here, clerk)
    await here.work()
    path = f"/api/v1/notices/{alarm['id']}/deliveries"
    told = (await clerk.http.get(path)).json()
    assert (told["total"], told["states"], told["rows"]) == (8, {"sent": 8}, []), (
        "which home is reach's to say"
    )
    [mail] = told["channels"]
    assert (mail["channel"], mail["total"]) == ("mail", 8)
    assert (await president.http.get(path)).status_code == 404, "an officer's own are told to officers"
