"""Somebody asks to be forgotten: a week to think it over, then her name is nowhere, and every ledger still adds up."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from notices.handover.handover_errors import NobodyOfThatName
from notices.models import Audit, Household, MailedCode, Message, Notice, Passkey, Person, StepUp
from notices.privacy import erasure
from notices.privacy.consent import NEWEST
from server.keeping import erased
from server.operations import OPERATIONS
from sync import Base
from tests.journeys import circulars, story
from tests.journeys.story import (
    HUSBAND,
    LEADER_1,
    LEADER_2,
    MIDORI_PRESIDENT,
    NO_CHANNEL,
    OFFICER_2,
    PRESIDENT,
    RESIDENT,
)
from tests.journeys.test_delivering import subscription
from tests.journeys.test_export import NAMES_A_PERSON
from tests.journeys.test_handover import schedule
from tests.phone import Phone
from tests.town import TENANT, Town, town

HERS = "sachi.ito@example.jp"
NAME = "さち"
"""Of 伊藤 さち, いとう さち: nobody else's."""


async def live(here: Town) -> tuple[Phone, Phone, Phone, dict[str, Any]]:
    """(resident, leader, president, a circular that she stamped and others asked her about)."""
    president, leader = await here.phone(PRESIDENT), await here.phone(LEADER_2)
    resident = await here.phone(RESIDENT)
    answer = await resident.http.put("/api/v1/me/push-subscription", json=subscription())
    assert answer.status_code == 200, answer.text
    said = {"version": NEWEST, "locale": "ja", "at": here.clock().isoformat()}
    resident.write("consents", f"{resident.person}.{NEWEST}", said)
    notice = await here.post(president)
    await here.work()
    await resident.pull()
    resident.stamp(notice["id"], here.households["伊藤"])
    await resident.push()
    leader.visit(notice["id"], here.households["伊藤"], "not-home")
    await leader.push()
    await here.work()
    return resident, leader, president, notice


async def ask(phone: Phone) -> str:
    answer = await phone.http.post("/api/v1/me/erasure", json={"confirm": True})
    assert answer.status_code == 202, answer.text
    at: str = answer.json()["at"]
    return at


async def pass_the_week(here: Town) -> None:
    here.clock.pass_(days=7, seconds=1)
    await here.work()


async def where_it_stands(here: Town, *texts: str) -> set[str]:
    """Tables of which some row holds one of these, in whatever form it can be read without a key."""
    found = set()
    async with here.house.db.read() as session:
        for table in Base.metadata.tables.values():
            for row in await session.execute(select(table)):
                values = [
                    each.decode(errors="ignore") if isinstance(each, bytes) else str(each) for each in row
                ]
                if any(text in value for text in texts for value in values):
                    found.add(table.name)
    return found


async def test_after_a_week_her_name_is_nowhere_and_the_ledger_still_adds_up(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        resident, leader, president, notice = await live(here)
        before = await story.reach(president, notice["id"])
        assert await where_it_stands(here, NAME) >= {"person", "sync_rec"}
        await ask(resident)
        await here.work()
        assert "person" in await where_it_stands(here, NAME), "there is a week to think it over"
        await pass_the_week(here)
        assert await where_it_stands(here, NAME, HERS) == set()
        after = await story.reach(president, notice["id"])
        assert (after["households"], after["grades"]["stamped"]) == (
            before["households"],
            before["grades"]["stamped"],
        )
        assert story.grade_of(after, here.households["伊藤"]) == "stamped"
        for phone in (leader, president):
            await phone.pull()
            assert NAME not in str(phone.records)
            assert "伊藤" in str(phone.records), "the household stays"
        refused = await resident.http.get("/sync/v1/pull")
        assert (refused.status_code, refused.json()["slug"], refused.json()["wipe"]) == (
            403,
            "device-revoked",
            True,
        )


async def test_nothing_is_sent_to_her_any_more_and_her_home_gets_paper(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        resident, _, president, _ = await live(here)
        await here.post(president, title="まとめて届くもの", urgency="ordinary")
        await ask(resident)
        await pass_the_week(here)
        left = story.sent(here)
        later = await here.post(
            president, kind="notice", deadline=None, audience={"blocks": [here.blocks["二班"]]}
        )
        await here.work()
        assert HERS not in story.sent_to(here)[left:]
        async with here.house.db.read() as session:
            home = await session.get_one(Household, (TENANT, here.households["伊藤"]))
            assert home.on_paper
            assert home.left_at is None
            open_ = select(Message.state).where(Message.person == resident.person)
            assert not {"due", "sending"} & set(await session.scalars(open_))
        assert (await story.reach(president, later["id"]))["finished"]


async def test_it_can_be_taken_back_for_a_week_and_asking_twice_changes_nothing(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        resident, _, president, _ = await live(here)
        at = await ask(resident)
        here.clock.pass_(days=3)
        assert await ask(resident) == at
        for phone in (resident, president):
            await phone.pull()
            assert [each["at"] for each in phone.all("erasures")] == [at]
        assert (await resident.http.delete("/api/v1/me/erasure")).status_code == 204
        assert (await resident.http.get("/api/v1/me/erasure")).json() == {"at": None}
        await pass_the_week(here)
        await resident.pull()
        assert resident.all("erasures") == []
        assert resident.all("memberships")[0]["person"]["name"] == RESIDENT
        assert await erased.noted(here.house.store, TENANT) == set()


async def test_whoever_holds_a_seat_hands_it_over_first(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        for name in (PRESIDENT, OFFICER_2, LEADER_2):
            phone = await here.phone(name)
            answer = await phone.http.post("/api/v1/me/erasure", json={"confirm": True})
            assert (answer.status_code, answer.json()["slug"]) == (409, "still-in-office")
            assert "引き継いで" in answer.json()["detail"]


async def test_without_the_word_nothing_happens(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        resident = await here.phone(RESIDENT)
        for body in ({}, {"confirm": False}, {"confirm": "yes"}):
            answer = await resident.http.post("/api/v1/me/erasure", json=body)
            assert answer.status_code in (400, 422), answer.text
        assert (await resident.http.get("/api/v1/me/erasure")).json() == {"at": None}


async def test_an_officer_asks_for_somebody_without_a_phone_and_both_can_take_it_back(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, midori = await here.phone(PRESIDENT), await here.phone(MIDORI_PRESIDENT)
        path = f"/api/v1/associations/{here.sakura}/people/{here.people[NO_CHANNEL]}/erasure"
        assert (await midori.http.post(path, json={"confirm": True})).status_code == 404
        assert (await president.http.post(path, json={"confirm": True})).status_code == 202
        assert (await president.http.delete(path)).status_code == 204
        assert (await president.http.post(path, json={"confirm": True})).status_code == 202
        await pass_the_week(here)
        assert "person" not in await where_it_stands(here, NO_CHANNEL)
        async with here.house.db.read() as session:
            rows = await session.execute(
                select(Audit.action, Audit.actor).where(Audit.action.like("erasure.%"))
            )
            assert {tuple(row) for row in rows} == {
                ("erasure.asked", president.person),
                ("erasure.taken-back", president.person),
            }


async def test_what_a_former_officer_wrote_stays_by_the_seat_alone(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        former, resident = await here.phone(OFFICER_2), await here.phone(RESIDENT)
        await here.post(former)
        await here.work()
        here.clock.pass_(days=400)
        await ask(former)
        await pass_the_week(here)
        assert await where_it_stands(here, OFFICER_2) == set()
        await resident.pull()
        assert [each["from"] for each in resident.all("notices")] == [{"name": "", "title": "副会長"}]


async def test_her_name_goes_from_the_lists_of_homes_that_leaders_and_officers_hold(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader, husband = [await here.phone(name) for name in (PRESIDENT, LEADER_1, HUSBAND)]
        notice = await here.post(president)
        await here.work()
        await husband.pull()
        husband.stamp(notice["id"], here.households["山田"])
        await husband.push()
        await here.work()
        for phone in (leader, president):
            await phone.pull()
            assert HUSBAND in str(phone.all("reach"))
        args = {"association": "sakura", "person": HUSBAND}
        await OPERATIONS["people.erase"](here.house, args, lambda _done, _total: None)
        here.clock.pass_(seconds=2)
        await here.work()
        for phone in (leader, president):
            await phone.pull()
            assert phone.all("reach")
            assert HUSBAND not in str(phone.all("reach"))
        assert await where_it_stands(here, HUSBAND) == set()


async def test_whoever_worked_for_city_or_association_is_in_no_table_of_what_they_decided(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        clerk, president = await circulars.clerk(here), await here.phone(PRESIDENT)
        midori, officer = await here.phone(MIDORI_PRESIDENT), await here.phone(OFFICER_2)
        sent = await circulars.send(here, clerk)
        await here.work()
        assert (await circulars.forward(president, sent["id"])).status_code == 200
        assert (await circulars.decline(midori, sent["id"], reason="高台です")).status_code == 200
        await schedule(president, here, {"会長": [RESIDENT]})
        await here.work()
        approver = await circulars.second_person(here)
        for name in (PRESIDENT, MIDORI_PRESIDENT, RESIDENT, circulars.CLERK, circulars.SECOND):
            assert await where_it_stands(here, name) - {"person", "sync_rec"}, name
        gone = [president, midori, await here.phone(RESIDENT), clerk, approver]
        for phone in gone:
            await erased.erase(here.house, TENANT, phone.person, here.clock())
        here.clock.pass_(seconds=2)
        await here.work()
        names = (PRESIDENT, MIDORI_PRESIDENT, RESIDENT, circulars.CLERK, circulars.SECOND)
        assert await where_it_stands(here, *names) == set()
        await officer.pull()
        assert officer.all("handovers")
        assert officer.all("circulations")
        assert not any(name in str(officer.records) for name in names)
        people = [phone.person for phone in gone]
        async with here.house.db.read() as session:
            for table in (Passkey, MailedCode):
                whose = select(func.count()).select_from(table).where(table.person.in_(people))
                assert await session.scalar(whose) == 0
            assert await session.scalar(select(func.count()).select_from(StepUp)) == 0


@pytest.mark.everyday
def test_no_table_that_names_a_person_is_forgotten() -> None:
    naming = {
        table.name
        for table in Base.metadata.tables.values()
        if NAMES_A_PERSON & {column.name for column in table.columns} or table.name == "person"
    }
    known = set(erasure.GOES) | set(erasure.STAYS)
    assert naming - known == set(), "it goes, or it is said why not"
    assert known - naming == {"step_up"}, "and what is not there any more is not listed"


async def test_what_an_association_passed_on_by_itself_keeps_the_name_that_is_the_seat_of_the_city(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        clerk, president = await circulars.clerk(here), await here.phone(PRESIDENT)
        resident = await here.phone(RESIDENT)
        assert (await circulars.by_itself(president, here.sakura)).status_code == 200
        await circulars.send(here, clerk)
        await here.work()
        await here.work()
        await erased.erase(here.house, TENANT, clerk.person, here.clock())
        await here.work()
        assert await where_it_stands(here, circulars.CLERK) == set()
        await resident.pull()
        [notice] = resident.all("notices")
        assert notice["from"] == {"name": "市職員", "title": "花水木市"}
        async with here.house.db.read() as session:
            mine = select(Notice.author_name).where(Notice.id == notice["notice"])
            assert await session.scalar(mine) == "市職員"


async def test_a_restore_does_not_bring_her_back(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path, chores=True) as here:
        resident, _, _, _ = await live(here)
        await ask(resident)
        await pass_the_week(here)
        assert await erased.noted(here.house.store, TENANT) == {resident.person}
        # As the backup of last month has it.
        async with here.house.db.write() as session:
            row = update(Person).where(Person.tenant == TENANT, Person.id == resident.person)
            back = row.values(name=RESIDENT, erased_at=None, ended_at=None)
            await session.execute(back, execution_options={"journalled": True})
        assert "person" in await where_it_stands(here, NAME)
        here.clock.pass_(hours=1)
        await here.work()
        assert await where_it_stands(here, NAME) == set()


async def test_an_empty_store_is_told_again_who_was_erased(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path, chores=True) as here:
        resident, _, _, _ = await live(here)
        await ask(resident)
        await pass_the_week(here)
        await here.house.store.place.delete(f"{TENANT}/erased/{resident.person}")
        here.clock.pass_(hours=1)
        await here.work()
        assert await erased.noted(here.house.store, TENANT) == {resident.person}


async def test_the_operator_erases_at_once(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        await live(here)
        args = {"association": "sakura", "person": RESIDENT}
        made = await OPERATIONS["people.erase"](here.house, args, lambda _done, _total: None)
        await here.work()
        assert made == {"number": here.people[RESIDENT]}
        assert await where_it_stands(here, NAME, HERS) == set()


async def test_the_operator_tells_and_erases_somebody_who_has_moved_out(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        answer = await president.http.post(f"/api/v1/households/{here.households['伊藤']}/move-out", json={})
        assert answer.status_code in (200, 201), answer.text
        await here.work()
        args = {"association": "sakura", "person": RESIDENT}
        told = await OPERATIONS["people.export"](here.house, args, lambda _done, _total: None)
        assert told["person"]["name"] == RESIDENT
        made = await OPERATIONS["people.erase"](here.house, args, lambda _done, _total: None)
        await here.work()
        assert made == {"number": here.people[RESIDENT]}
        assert await where_it_stands(here, NAME, HERS) == set()
        for what in ("people.export", "people.erase"):
            with pytest.raises(NobodyOfThatName):
                await OPERATIONS[what](here.house, args, lambda _done, _total: None)
