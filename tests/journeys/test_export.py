"""Somebody asks what is stored of her, and gets all of it, in words, and nothing of anybody else's."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from notices.models import Person, Resident
from notices.privacy import export
from notices.privacy.consent import NEWEST
from sync import Base
from tests.journeys import forms
from tests.journeys.story import LEADER_2, PRESIDENT, RESIDENT
from tests.journeys.test_delivering import subscription
from tests.phone import Phone
from tests.town import TENANT, Town, town

DOCUMENT = Path(__file__).parents[2] / "docs" / "export.md"
NAMES_A_PERSON = {
    "person",
    "by",
    "said_by",
    "stamped_by",
    "actor",
    "author",
    "announced_by",
    "issued_by",
    "uploaded_by",
    "asked_by",
    "decided_by",
    "printed_by",
    "written_by",
    "switched_by",
    "represented",
    "recorded_by",
    "ended_by",
}


async def asked(phone: Phone) -> dict[str, Any]:
    answer = await phone.http.get("/api/v1/me/export")
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    told: dict[str, Any] = answer.json()
    return told


async def a_full_life(here: Town) -> tuple[Phone, Phone]:
    """A resident of whom everything is stored that can be; and the president."""
    president, leader = await here.phone(PRESIDENT), await here.phone(LEADER_2)
    resident = await here.phone(RESIDENT)
    answer = await resident.http.put("/api/v1/me/push-subscription", json=subscription())
    assert answer.status_code == 200, answer.text
    wishes = {"topics": {"money": False}, "digest": {"every": "now"}}
    assert (await resident.http.put("/api/v1/me/preferences", json=wishes)).status_code == 200
    said = {"version": NEWEST, "locale": "ja", "at": here.clock().isoformat()}
    resident.write("consents", f"{resident.person}.{NEWEST}", said)
    notice = await here.post(president)
    await here.work()
    looked = {"block": here.blocks["二班"], "notice": notice["id"], "at": here.clock().isoformat()}
    leader.write("looks", notice["id"], looked)
    leader.visit(notice["id"], here.households["伊藤"], "not-home")
    await leader.push()
    await resident.pull()
    resident.stamp(notice["id"], here.households["伊藤"])
    await resident.push()
    await here.work()
    return resident, president


async def test_she_is_told_everything_in_words_and_her_addresses_in_clear(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        resident, _ = await a_full_life(here)
        told = await asked(resident)
    assert told["person"]["name"] == RESIDENT
    assert [(home["name"], home["block"], home["street"]) for home in told["homes"]] == [
        ("伊藤", "二班", "3丁目 7-3")
    ]
    by_channel = {each["channel"]: each["address"] for each in told["addresses"]}
    assert by_channel["mail"] == "sachi.ito@example.jp"
    assert by_channel["push"].startswith("http")
    assert [(each["name"], each["revokedAt"]) for each in told["devices"]] == [(RESIDENT, None)]
    assert [each["version"] for each in told["consents"]] == [NEWEST]
    assert told["preferences"]["topics"] == {"money": False}
    [stamp] = told["stamps"]
    assert (stamp["household"], stamp["counts"]) == ("伊藤", True)
    assert [(each["by"], each["kind"], each["byYou"]) for each in told["visits"]] == [
        (LEADER_2, "not-home", False)
    ]
    assert [(each["by"], each["byYou"]) for each in told["looks"]] == [(LEADER_2, False)]
    assert {(each["channel"], each["state"]) for each in told["messages"]} >= {("push", "sent")}
    assert all(each["notices"] == ["秋の清掃と側溝の点検について"] for each in told["messages"])
    assert "device.enrolled" in {each["action"] for each in told["deeds"]}


async def test_nothing_of_anybody_else_is_in_it(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        resident, _ = await a_full_life(here)
        answer = await resident.http.get("/api/v1/me/export")
    text = answer.text
    for foreign in ("hanako.yamada", "minoru.tanaka", "3丁目 7-2", "山田 太郎", "みどり"):
        assert foreign not in text


async def test_an_officer_is_told_what_she_wrote_and_did(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        _, president = await a_full_life(here)
        told = await asked(president)
    assert [(each["title"], each["asWhat"]) for each in told["written"]] == [
        ("秋の清掃と側溝の点検について", "会長")
    ]
    assert [(each["title"], each["role"]) for each in told["seats"]] == [("会長", "president")]
    assert any(each["action"].startswith("notice.") and each["byYou"] for each in told["deeds"])


@pytest.mark.everyday
async def test_what_a_home_said_after_she_had_moved_out_is_not_hers_to_read(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader = await here.phone(PRESIDENT), await here.phone(LEADER_2)
        person, home = here.people[RESIDENT], here.households["伊藤"]
        notice = await here.post(president, form=forms.SURVEY)
        forms.reply(leader, notice["id"], home=home, at=here.clock(), entered=True, answers={"when": "am"})
        assert await forms.sent(leader) == [("ok", "")]
        for until, many in ((here.clock() + timedelta(hours=1), 1), (here.clock() - timedelta(hours=1), 0)):
            async with here.house.db.write() as session:
                lives = update(Resident).where(Resident.tenant == TENANT, Resident.person == person)
                await session.execute(lives.values(until=until), execution_options={"journalled": True})
            async with here.house.db.read() as session:
                told = await export.of_person(session, here.house.keys.vault, TENANT, person, here.clock())
            assert (len(told["answers"]), len(told["visits"])) == (many, many)


async def test_it_has_the_parts_that_its_document_explains(sqlite_database: str, tmp_path: Path) -> None:
    async with town(sqlite_database, tmp_path) as here:
        told = await asked(await here.phone(RESIDENT))
    explained = [name for line in DOCUMENT.read_text().splitlines() for name in _first_cell(line)]
    assert explained == list(told)


def _first_cell(line: str) -> list[str]:
    return re.findall(r"`(\w+)`", line.split("|")[1]) if line.startswith("| `") else []


@pytest.mark.everyday
def test_no_table_that_names_a_person_is_forgotten() -> None:
    naming = {
        table.name
        for table in Base.metadata.tables.values()
        if NAMES_A_PERSON & {column.name for column in table.columns} or table.name == "person"
    }
    assert naming - set(export.PARTS) - set(export.LEFT_OUT) == set(), "told, or said why not"
    assert set(export.PARTS) | set(export.LEFT_OUT) <= naming, "and what is not there any more is not listed"


async def test_what_the_operator_makes_is_the_same_and_on_record(database_url: str, tmp_path: Path) -> None:
    from server.operations import OPERATIONS

    async with town(database_url, tmp_path) as here:
        resident, _ = await a_full_life(here)
        args = {"association": "sakura", "person": RESIDENT}
        made = await OPERATIONS["people.export"](here.house, args, lambda _done, _total: None)
        hers = await asked(resident)
        assert [each["action"] for each in hers["deeds"]][-1] == "person.exported"
        assert made | {"deeds": []} == hers | {"deeds": []}
        async with here.house.db.read() as session:
            assert await session.scalar(
                select(Person.name).where(Person.tenant == TENANT, Person.name == RESIDENT)
            )
