"""Phones that were away: small deltas, lost answers, pages cut anywhere, cursors that do not belong."""

import asyncio
from pathlib import Path

import pytest

from notices.ids import new_id
from notices.privacy.consent import NEWEST
from sync import Base
from tests.journeys import alarms, families, forms, story
from tests.journeys.careful_phone import CarefulPhone, scopes_of
from tests.journeys.story import (
    HUSBAND,
    LEADER_1,
    LEADER_2,
    MIDORI_PRESIDENT,
    OFFICER_2,
    PRESIDENT,
    RESIDENT,
)
from tests.phone import NoSignal, Phone
from tests.town import SAKURA, Town, circular, town

KINDS = {
    "cities",
    "associations",
    "blocks",
    "seats",
    "notices",
    "households",
    "memberships",
    "stamps",
    "visits",
    "sheets",
    "reach",
    "roster",
    "submissions",
    "drafts",
    "sent",
    "enrolments",
    "devices",
    "corrections",
}


async def a_busy_week(here: Town) -> list[Phone]:
    """A bit of everything; the phones of a president, two leaders and a resident, as yet unsynced."""
    phones = [await here.phone(name) for name in (PRESIDENT, LEADER_1, LEADER_2, RESIDENT)]
    president, leader, _, resident = phones
    first = await here.post(president, title="一つ目")
    await here.post(president, title="二班へ", audience={"blocks": [here.blocks["二班"]]})
    gone = await here.post(president, title="取り下げるもの")
    await here.post(president, title="下書き", publish=False)
    await here.work()
    resident.stamp(first["id"], here.households["伊藤"])
    resident.stamp(gone["id"], here.households["渡辺"])
    await resident.push()
    printed = await leader.http.post(f"/api/v1/notices/{first['id']}/sheet")
    assert printed.status_code == 200, printed.text
    leader.visit(first["id"], here.households["鈴木"], "told")
    await leader.push()
    written = "AZpXAAAAcACAAAAAAAAAAA"
    president.write("submissions", written, circular(title="電車から", association=here.sakura))
    await president.push()
    await story.correct(president, first["id"], title="一つ目（訂正）")
    await story.act(president, gone["id"], "withdraw")
    await here.work()
    return phones


async def test_pages_come_in_order_and_their_checksums_hold_for_every_role(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        seen: set[str] = set()
        for phone in await a_busy_week(here):
            whole, piecemeal = CarefulPhone.beside(phone), CarefulPhone.beside(phone)
            await whole.pull()
            await piecemeal.pull(limit=1)
            assert piecemeal.records == whole.records, "however a snapshot is cut, it is the same"
            assert piecemeal.pages >= len(whole.records), "one record a page"
            assert whole.checked == {scope for scope, _, _ in whole.records}, "every scope can be checked"
            seen |= {type for _, type, _ in whole.records}
            assert await whole.page(200) is False
        assert seen == KINDS, "the record types of the protocol, no more and no fewer"


LATER_KINDS = {
    "answers",
    "form-answers",
    "form-results",
    "greetings",
    "looks",
    "preferences",
    "proxies",
    "safety",
    "consents",
}


async def a_busy_night(here: Town) -> list[Phone]:
    """Whether all are safe, what they say to a form, who speaks for whom."""
    phones = [await here.phone(name) for name in (PRESIDENT, LEADER_2, RESIDENT, OFFICER_2)]
    president, leader, resident, other = phones
    check = {"kind": "safety-check", "title": "ご無事ですか", "body": "答えてください。"}
    asked = (await alarms.of_association(here, president, **check)).json()["id"]
    survey = (await here.post(president, form=forms.SURVEY))["id"]
    await here.work()
    proxy = await families.ask(resident, name=OFFICER_2)
    assert (await families.take_up(other, proxy["code"])).status_code in (200, 201)
    assert (await families.greets(resident)).status_code == 200
    await resident.pull()
    home, now = resident.home(), here.clock().isoformat()
    said = {"notice": asked, "household": home, "state": "family-safe", "at": now}
    resident.write("answers", f"sa.{asked}.{home}", said)
    forms.reply(resident, survey, answers={"when": "am"})
    resident.write("preferences", resident.person, {"locale": "en"})
    resident.write("consents", f"{resident.person}.{NEWEST}", {"version": NEWEST, "locale": "ja", "at": now})
    leader.write("looks", new_id(), {"block": here.blocks["二班"], "notice": None, "at": now})
    for phone in (resident, leader):
        assert {each["status"] for each in await phone.push()} == {"ok"}
    here.clock.pass_(minutes=1)
    await here.work()
    await here.work()
    return phones


async def test_what_is_said_in_need_comes_in_order_too(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        seen: set[str] = set()
        for phone in await a_busy_night(here):
            whole, piecemeal = CarefulPhone.beside(phone), CarefulPhone.beside(phone)
            await whole.pull()
            await piecemeal.pull(limit=1)
            assert piecemeal.records == whole.records
            seen |= {type for _, type, _ in whole.records}
        assert seen >= LATER_KINDS


def test_the_careful_phone_knows_every_kind_and_notices_a_wrong_order() -> None:
    """What it does not know it could not put into an order."""
    declared = [mapper.class_ for mapper in Base.registry.mappers]
    kinds = {kind for model in declared for kind in getattr(model, "__synced__", ())}
    for kind in kinds | KINDS | LATER_KINDS:
        assert scopes_of(kind, "a"), kind
    for first, second in (("safety", "answers"), ("cities", "looks"), ("form-results", "greetings")):
        changes = [{"t": kind, "id": "a", "s": n, "q": 1} for n, kind in enumerate((first, second))]
        with pytest.raises(AssertionError, match="removals, person"):
            CarefulPhone.in_order(changes)
        CarefulPhone.in_order(changes[::-1])


async def test_a_phone_offline_for_days_catches_up_with_one_small_delta(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        await resident.pull()
        resident.online = False
        with pytest.raises(NoSignal):
            await resident.pull()
        for day in range(5):
            notice = await here.post(president, title=f"{day}日目")
            for hour in range(3):
                await story.correct(president, notice["id"], body=f"{hour}回目の訂正です。")
            here.clock.pass_(days=1)
            await here.work()
        resident.online = True
        before = resident.bytes_received
        changes = await resident.pull()
        assert resident.titles() == {f"{day}日目" for day in range(5)}
        assert changes == 5, "one record per notice, however often it was corrected"
        assert resident.bytes_received - before < 5_000, "a small delta"
        assert all(each["body"] == "2回目の訂正です。" for each in resident.all("notices"))


@pytest.mark.everyday
async def test_a_stale_copy_and_a_delta_are_a_fresh_copy_for_every_cut(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, other, resident = [await here.phone(each) for each in (PRESIDENT, OFFICER_2, RESIDENT)]
        stale = [CarefulPhone.beside(phone) for phone in (president, other, resident) for _ in range(3)]
        for number, limit in enumerate((2, 3, 200) * 3):
            await stale[number].page(limit)
        first = await here.post(president, title="一つ目")
        second = await here.post(president, title="二班へ", audience={"blocks": [here.blocks["二班"]]})
        for each in stale:
            await each.page(4)
        moved = {"block": here.blocks["一班"]}
        answer = await president.http.patch(f"/api/v1/households/{here.households['伊藤']}", json=moved)
        assert answer.status_code == 200, answer.text
        await story.act(president, first["id"], "withdraw")
        for each in stale[::2]:
            await each.page(1)
        handed_over = SAKURA.replace("会長,2026-04-01,2027-03-31", ",,", 1).replace("二班,3,", "一班,4,")
        assert (await story.import_roster(other, here.sakura, handed_over)).status_code == 200
        await here.work()
        for number, each in enumerate(stale):
            await each.pull(limit=1 + number % 4)
            fresh = CarefulPhone(each.http)
            await fresh.pull()
            assert each.known() == fresh.known(), f"cut {number}"
        titles = {
            held[1]["title"]
            for held in stale[-1].known().values()
            if "title" in held[1] and "body" in held[1]
        }
        assert titles == set(), f"of {second['id']} nothing is left with who moved away"


async def test_answers_lost_on_the_way_lose_nothing(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        notice = await here.post(president)
        for _ in range(3):
            resident.drop_answers = 1
            with pytest.raises(NoSignal):
                await resident.pull(limit=2)
        await resident.pull(limit=2)
        resident.stamp(notice["id"], resident.home())
        for _ in range(3):
            resident.drop_answers = 1
            with pytest.raises(NoSignal):
                await resident.push()
        assert [each["status"] for each in await resident.push()] == ["ok"]
        await resident.pull()
        assert len(resident.all("stamps")) == 1
        assert resident.outbox == []


async def test_an_old_cursor_replayed_still_converges(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        notice = await here.post(president)
        await resident.pull()
        old, held = resident.cursor, dict(resident.records)
        await story.correct(president, notice["id"], title="訂正しました")
        await resident.pull()
        resident.cursor, resident.records = old, held
        await resident.pull()
        assert resident.titles() == {"訂正しました"}


async def test_a_push_can_carry_the_next_page_home(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        notice = await here.post(president)
        await resident.pull()
        id = resident.stamp(notice["id"], resident.home())
        asked = {"mutations": resident.outbox, "pull": {"cursor": resident.cursor, "limit": 50}}
        answer = await resident.http.post("/sync/v1/push", json=asked)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert [each["status"] for each in body["results"]] == ["ok"]
        carried = {(each["t"], each["id"]) for each in body["pull"]["changes"]}
        assert ("stamps", id) in carried, "one round trip: the press and what came of it"


async def test_cursors_belong_to_one_person_and_say_so(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        wife, husband = await here.phone(PRESIDENT), await here.phone(HUSBAND)
        stranger = await here.phone(MIDORI_PRESIDENT)
        await here.post(wife)
        await wife.pull()
        for phone in (husband, stranger):
            answer = await phone.http.get("/sync/v1/pull", params={"cursor": wife.cursor})
            assert answer.status_code == 410, "a foreign cursor gets no data"
            assert answer.json()["slug"] == "resync-required"
            assert answer.json()["reason"] in ("wrong-user", "cursor-invalid")
            assert "changes" not in answer.json()


async def test_two_phones_of_one_person_are_each_told_everything(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, first, second = [await here.phone(each) for each in (PRESIDENT, RESIDENT, RESIDENT)]
        notice = await here.post(president)
        await asyncio.gather(first.pull(), second.pull())
        id = first.stamp(notice["id"], first.home())
        await first.push()
        await second.pull()
        assert ("stamps", id) in second.records
        assert first.person == second.person
        assert first.device != second.device


async def test_hello_says_what_a_client_must_know_before_it_begins(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        phone = await here.phone(RESIDENT)
        answer = await phone.http.get("/sync/v1/hello")
        assert answer.status_code == 200
        assert "epoch" in answer.json()
        assert "limits" in answer.json() or "limit" in repr(answer.json()).lower()
